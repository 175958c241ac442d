// SPDX-License-Identifier: Apache-2.0
import { Notice } from "../ui/Notice.tsx";

/** Browsers give pages that came over plain HTTP no cryptography, but for those of this very machine. */
export function InsecureNotice() {
  if (isSecureContext) return null;
  return (
    <Notice tone="bad" title="This page came without encryption." urgent>
      <p>
        Your browser then refuses the cryptography that launching and paying need. Open it with https, or on localhost.
      </p>
    </Notice>
  );
}
