// SPDX-License-Identifier: Apache-2.0
import type { LeaseRow, RefundRow, TimelineRow } from "../indexer/tables.ts";
import type { TimelineData } from "../indexer/timeline.ts";
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

/** What happened to a lease, in its order. */
export type Happened = readonly Pick<TimelineRow, "kind" | "data">[];

/** When the index was read. */
export interface RefundMoment {
  /** Of the chain's block, unix seconds. */
  readonly time: number;
  /** Of the light client; undefined while it has no block but its first. */
  readonly bitcoinHeight: number | undefined;
}

/**
 * How far the refund of a closed bitcoin lease has come: what `owedOf`, `debtOf` and `refundOf` of BitcoinDebts say.
 * @param refunds of this lease
 * @returns null before the close is recorded
 */
export function refundStateOf(
  row: RefundableRow,
  refunds: readonly RefundRow[],
  happened: Happened,
  { time, bitcoinHeight = 0 }: RefundMoment,
): RefundState | null {
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
    paidFromStake: paidFromStake(happened),
    lateMsat: `${lateMsat(happened)}`,
    refunds: refunds
      .filter(({ state }) => state !== "revoked")
      .map(({ txid, vout, value, height, state, confirmable_at }) => ({
        txid,
        vout,
        msat: value,
        height,
        confirmations: Math.max(0, bitcoinHeight - height + 1),
        countsAt: state === "confirmed" ? null : confirmable_at,
      })),
  };
}

function paidFromStake(happened: Happened): RefundState["paidFromStake"] {
  const paid = happened
    .filter(({ kind }) => kind === "claim-paid")
    .map(({ data }) => data as TimelineData["claim-paid"])
    .filter(({ msat }) => msat !== "0");
  if (paid.length === 0) return null;
  const sum = (of: "msat" | "amount") => `${paid.reduce((total, each) => total + BigInt(each[of]), 0n)}`;
  return { msat: sum("msat"), xov: sum("amount") };
}

/** Of payments credited after the close, less those that a reorganization of Bitcoin took back. */
function lateMsat(happened: Happened): bigint {
  const close = happened.findIndex(({ kind }) => kind === "closed");
  const late = new Map<string, bigint>();
  for (const { kind, data } of close === -1 ? [] : happened.slice(close)) {
    if (kind !== "payment-credited" && kind !== "payment-revoked") continue;
    const { txid, vout, msat } = data as TimelineData["payment-credited" | "payment-revoked"];
    const outpoint = `${txid}:${vout}`;
    if (kind === "payment-credited") late.set(outpoint, (late.get(outpoint) ?? 0n) + BigInt(msat));
    else late.delete(outpoint);
  }
  return [...late.values()].reduce((sum, msat) => sum + msat, 0n);
}
