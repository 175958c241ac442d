// SPDX-License-Identifier: Apache-2.0
import { messageOf } from "../../core/errors.ts";
import { Notice } from "./Notice.tsx";

/** What could not be loaded, and another try. */
export function Trouble({ what, error, again }: { what: string; error: unknown; again: () => void }) {
  return (
    <Notice tone="bad" title={what}>
      <p>{messageOf(error)}</p>
      <button type="button" className="button small" onClick={again}>
        Try again
      </button>
    </Notice>
  );
}
