// SPDX-License-Identifier: Apache-2.0
import { REFUND_WINDOW, SMALLEST_DEBT } from "../lease/debts.ts";
import type { Hex } from "./types.ts";

/** A refund that is proven and does not count for good yet. */
export interface PendingRefund {
  /** Internal order. */
  readonly txid: Hex;
  readonly vout: number;
  /** Its block is still Bitcoin's. */
  readonly stands: boolean;
}

/** How the debt of a closed bitcoin lease stands. Amounts in msat, times in unix seconds of the chain. */
export interface DebtState {
  readonly closedAt: number;
  readonly hasRefundScript: boolean;
  /** Less what is proven. */
  readonly owed: bigint;
  /** What collateral covers. */
  readonly covered: bigint;
  /** Zero without a claim. */
  readonly claimed: bigint;
  readonly payableAt: number;
  readonly pending: readonly PendingRefund[];
}

/** What can be done for the holder of a lease, by anyone. */
export type ClaimStep =
  | { readonly kind: "revoke"; readonly txid: Hex; readonly vout: number }
  | { readonly kind: "claim" }
  | { readonly kind: "collect" }
  /** Nothing before that time, or before something happens to the lease. */
  | { readonly kind: "wait"; readonly until: number };

/**
 * The next step towards what a closed lease's holder is owed: takes back a refund that Bitcoin has removed, claims the
 * collateral once the provider's time is over, collects what was claimed. See IBitcoinDebts.sol.
 * @param now unix seconds of the chain
 */
export function claimStep(debt: DebtState, now: number): ClaimStep {
  const removed = debt.pending.find(({ stands }) => !stands);
  if (removed !== undefined) return { kind: "revoke", txid: removed.txid, vout: removed.vout };
  if (debt.claimed > 0n) return now >= debt.payableAt ? { kind: "collect" } : { kind: "wait", until: debt.payableAt };
  if (debt.owed < SMALLEST_DEBT || debt.covered === 0n) return { kind: "wait", until: Number.POSITIVE_INFINITY };
  const dueAt = debt.closedAt + (debt.hasRefundScript ? REFUND_WINDOW : 0);
  return now >= dueAt ? { kind: "claim" } : { kind: "wait", until: dueAt };
}
