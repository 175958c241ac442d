// SPDX-License-Identifier: Apache-2.0
import type { AnyLeaseSummary } from "../../pool/api.ts";
import { quoteParts } from "./quote.ts";

interface MoneyProps {
  readonly lease: Pick<AnyLeaseSummary, "currency">;
  /** msat, or base units of the lease's token. */
  readonly amount: bigint;
}

/** An amount of what a lease is paid in, rounded down. */
export function Money({ lease, amount }: MoneyProps) {
  const { digits, unit } = quoteParts(lease, amount);
  return (
    <span className="amount">
      <span className="number">{digits}</span> <span className="unit">{unit}</span>
    </span>
  );
}
