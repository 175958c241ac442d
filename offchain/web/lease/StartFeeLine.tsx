// SPDX-License-Identifier: Apache-2.0
import type { AnyLeaseSummary } from "../../pool/api.ts";
import { satsExact } from "../../pool/money.ts";
import { grouped } from "../format/amount.ts";
import { startFeeState } from "./startFee.ts";

interface StartFeeLineProps {
  readonly lease: Pick<AnyLeaseSummary, "currency" | "startFee">;
  /** The lease has ended, or can only end. */
  readonly isOver?: boolean;
}

/** A line of the invoice, within a list of facts: what the start costs or has cost; nothing where no fee was agreed. */
export function StartFeeLine({ lease, isOver = false }: StartFeeLineProps) {
  const fee = startFeeState(lease.startFee, isOver);
  if (fee.kind === "none") return null;
  return (
    <>
      <dt>Start fee</dt>
      <dd data-testid="start-fee">
        {fee.kind === "due" && (
          <>
            <FeeAmount lease={lease} amount={fee.amount} />, charged once when it starts; waived within your limit
          </>
        )}
        {fee.kind === "charged" && (
          <>
            <FeeAmount lease={lease} amount={fee.amount} />, charged once when it started
          </>
        )}
        {fee.kind === "waived" && "Waived: the start was within your limit"}
        {fee.kind === "never" && "Not charged: it never started"}
      </dd>
    </>
  );
}

/** To the last unit, unlike what runs down. */
function FeeAmount({ lease: { currency }, amount }: Pick<StartFeeLineProps, "lease"> & { amount: bigint }) {
  return (
    <span className="amount">
      <span className="number">{grouped(currency === "bitcoin" ? satsExact(amount) : amount)}</span>{" "}
      <span className="unit">{currency === "bitcoin" ? "sats" : "token units"}</span>
    </span>
  );
}
