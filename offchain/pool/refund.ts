// SPDX-License-Identifier: Apache-2.0
import type { LeaseRow, RefundRow } from "../indexer/tables.ts";
import { REFUND_WINDOW, SMALLEST_DEBT } from "../lease/debts.ts";
import type { RefundState } from "./api.ts";

/** What of a lease's row counts for its refund. */
export type RefundableRow = Pick<
  LeaseRow,
  | "state"
  | "confirmations"
  | "closed_at"
  | "deposit"
  | "earned"
  | "refund_script"
  | "refund_to"
  | "collateral"
  | "claimed"
  | "claim_payable_at"
>;

/**
 * How far the refund of a closed bitcoin lease has come: what `owedOf`, `debtOf` and `refundOf` of BitcoinDebts say.
 * @param refunds of this lease
 * @param time of the index's block, unix seconds
 * @returns null before the close is recorded
 */
export function refundStateOf(row: RefundableRow, refunds: readonly RefundRow[], time: number): RefundState | null {
  if (row.state !== "closed" || row.confirmations === 0 || row.closed_at === null) return null;
  const proven = refunds.filter(({ state }) => state === "proven");
  const refunding = proven.reduce((sum, { settled }) => sum + BigInt(settled), 0n);
  const left = BigInt(row.deposit) - BigInt(row.earned ?? 0) - refunding;
  const open = left > 0n ? left : 0n;
  const isDue = open >= SMALLEST_DEBT;
  const dueBy = (row.refund_to ?? row.refund_script) === "0x" ? row.closed_at : row.closed_at + REFUND_WINDOW;
  const hasClaim = row.claim_payable_at !== null;
  return {
    openMsat: `${open}`,
    tooSmall: open > 0n && !isDue,
    dueBy: isDue ? dueBy : null,
    claimable: isDue && !hasClaim && time >= dueBy && row.collateral !== "0",
    claim: hasClaim ? { msat: row.claimed, payableAt: row.claim_payable_at ?? 0 } : null,
    refunds: refunds
      .filter(({ state }) => state !== "revoked")
      .map(({ txid, vout, value, height, state, confirmable_at }) => ({
        txid,
        vout,
        msat: value,
        height,
        countsAt: state === "confirmed" ? null : confirmable_at,
      })),
  };
}
