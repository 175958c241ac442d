// SPDX-License-Identifier: Apache-2.0
import type { Marked } from "../bitcoin/refundMarks.ts";
import type { MinedMark } from "../bitcoin/refundScan.ts";
import { REFUND_WINDOW, SMALLEST_DEBT } from "../lease/debts.ts";
import type { Hex } from "./types.ts";

/** A refund that is proven and does not count for good yet. */
export interface PendingRefund {
  /** Internal order. */
  readonly txid: Hex;
  readonly vout: number;
  /** Its block is still Bitcoin's. */
  readonly stands: boolean;
  /** Unix seconds of the chain, from which it can count for good. */
  readonly confirmableAt: number;
}

/** A refund in Bitcoin's chain that the contracts do not count. */
export interface UnprovenRefund extends Marked, MinedMark {
  /** As the light client has it: 0 when it does not know the block. */
  readonly depth: number;
  /** It was proven in a block that is Bitcoin's no longer. */
  readonly moved: boolean;
}

/** How the debt of a closed bitcoin lease stands. Amounts in msat, times in unix seconds of the chain. */
export interface DebtState {
  readonly closedAt: number;
  readonly hasRefundScript: boolean;
  /** Depth that a refund needs. */
  readonly confirmations: number;
  /** Less what is proven. */
  readonly owed: bigint;
  /** What collateral covers. */
  readonly covered: bigint;
  /** Zero without a claim. */
  readonly claimed: bigint;
  readonly payableAt: number;
  readonly pending: readonly PendingRefund[];
  readonly unproven: readonly UnprovenRefund[];
}

/** What can be done for the holder of a lease, or in its provider's absence, by anyone. */
export type ClaimStep =
  | { readonly kind: "revoke" | "confirm"; readonly txid: Hex; readonly vout: number }
  | { readonly kind: "prove"; readonly refund: UnprovenRefund }
  | { readonly kind: "claim" }
  | { readonly kind: "collect" }
  /** Nothing before that time, or before something happens to the lease. */
  | { readonly kind: "wait"; readonly until: number };

const MSAT_PER_SAT = 1_000n;
/** What a refund pays of what is owed, at least one in so many: proofs of crumbs, to hold up a claim, are the provider's to pay. */
const LEAST_SHARE = 2n;
/** Blocks that an appliance gets to prove its refund by itself. */
const PATIENCE_BLOCKS = 6;
/** And to have it count for good, seconds. */
const PATIENCE_S = 3_600;

/**
 * The next step towards what a closed lease's holder is owed: takes back a refund that Bitcoin has removed, proves one that
 * its appliance has not, claims the collateral once the provider's time is over, collects what was claimed. See
 * IBitcoinDebts.sol. Nothing is claimed or collected over a refund that could be proven instead.
 * @param now unix seconds of the chain
 */
export function claimStep(debt: DebtState, now: number): ClaimStep {
  const moved = debt.unproven.find((refund) => refund.moved);
  if (moved !== undefined && moved.depth >= debt.confirmations) return { kind: "prove", refund: moved };
  const removed = debt.pending.find(({ stands }) => !stands);
  if (removed !== undefined && moved === undefined) return { kind: "revoke", ...outpointOf(removed) };
  const step = claimOrWait(debt, now);
  const patience = step.kind === "wait" ? PATIENCE_BLOCKS : 0;
  const refund = debt.unproven.find(({ value, depth }) => {
    return value * MSAT_PER_SAT * LEAST_SHARE >= debt.owed && depth >= debt.confirmations + patience;
  });
  if (debt.owed > 0n && refund !== undefined) return { kind: "prove", refund };
  const final = debt.pending.find(({ stands, confirmableAt }) => stands && now >= confirmableAt + PATIENCE_S);
  return step.kind === "wait" && final !== undefined ? { kind: "confirm", ...outpointOf(final) } : step;
}

function claimOrWait(debt: DebtState, now: number): ClaimStep {
  if (debt.claimed > 0n) return now >= debt.payableAt ? { kind: "collect" } : { kind: "wait", until: debt.payableAt };
  if (debt.owed < SMALLEST_DEBT || debt.covered === 0n) return { kind: "wait", until: Number.POSITIVE_INFINITY };
  const dueAt = debt.closedAt + (debt.hasRefundScript ? REFUND_WINDOW : 0);
  return now >= dueAt ? { kind: "claim" } : { kind: "wait", until: dueAt };
}

function outpointOf({ txid, vout }: PendingRefund) {
  return { txid, vout };
}
