// SPDX-License-Identifier: Apache-2.0
import { Link } from "../router/Link.tsx";
import { Notice } from "../ui/Notice.tsx";
import { refusalOf } from "./refusal.ts";

/** Why a launch failed, and the way on. Nothing was paid. */
export function RefusalNotice({ error }: { error: unknown }) {
  const { title, text, elsewhere } = refusalOf(error);
  return (
    <Notice tone="bad" title={title} urgent>
      <p>{text}</p>
      {elsewhere && (
        <p>
          <Link href="/">Show all offers</Link>
        </p>
      )}
    </Notice>
  );
}
