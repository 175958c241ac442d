// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";

/** Something is under way. */
export function Waiting({ children }: { children: ReactNode }) {
  return (
    <p className="waiting" role="status">
      <span className="spinner" aria-hidden="true" />
      <span>{children}</span>
    </p>
  );
}
