// SPDX-License-Identifier: Apache-2.0
import { grouped } from "../format/amount.ts";

/** Satoshi, grouped, in digits of one width. */
export function Amount({ sats }: { sats: bigint | string }) {
  return (
    <span className="amount">
      <span className="number">{grouped(sats)}</span> <span className="unit">sats</span>
    </span>
  );
}
