// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { LaunchSpec } from "../offchain/lease/launchSpec.ts";

/** A block that the appliance reads at. */
export interface Block {
  readonly number: bigint;
  readonly hash: Hex;
  /** Unix seconds: the only time that decides anything. */
  readonly timestamp: bigint;
}

/** The chain's ends. `safe` decides boots and stops, `finalized` deletes, `latest` only what a transaction would meet. */
export interface Heads {
  readonly latest: Block;
  readonly safe: Block;
  readonly finalized: Block;
}

/** States of a lease as `State` in ILeases.sol numbers them. */
export const LEASE_STATES = ["none", "unfunded", "pending", "reserved", "active", "closed"] as const;
export type LeaseState = (typeof LEASE_STATES)[number];

/** Close reasons as `CloseReason` in ILeases.sol numbers them. */
export const CLOSE_REASONS = [
  "none",
  "stopped",
  "exhausted",
  "declined",
  "notStarted",
  "ended",
  "evicted",
  "unpaid",
] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** One lease at one block; every number is zero when the chain does not know it there (state "none"). */
export interface LeaseView {
  readonly leaseId: Hex;
  readonly block: Block;
  /** "closed" as well once it is over by arithmetic, whether or not `close` was called. */
  readonly state: LeaseState;
  /** Whether the close is recorded on chain. */
  readonly recorded: boolean;
  readonly reason: CloseReason;
  readonly appliance: number;
  readonly market: number;
  /** Unfunded: pay by; Closed: since (unix seconds, wall time). Reserved, Active: start of the period (provider clock). */
  readonly time: bigint;
  /** Unix seconds, wall time: by when a start is awaited; 0 when none is. */
  readonly startBy: bigint;
  /** Provider clock at that block, seconds. */
  readonly clock: bigint;
  /** Provider clock; 0 before the start. */
  readonly exhaustedAt: bigint;
  /** Provider clock: when grace, or under notice what is paid, ends; 0 before the start. */
  readonly overAt: bigint;
  /** Quote units an hour. */
  readonly price: bigint;
  /** Depth that a bitcoin payment needs; 0 for a lease in a token. */
  readonly confirmations: number;
  /** Of a closed lease: XOV base units of collateral beyond what is owed. */
  readonly releasable: bigint;
  /** Of a lease in a token: quote units earned and not settled to the provider yet. */
  readonly unsettled: bigint;
  /** Of a closed lease in bitcoin: msat that are neither refunded nor paid from the collateral. */
  readonly owed: bigint;
  /** Likewise: msat whose refund is proven and does not count for good yet. */
  readonly refunding: bigint;
}

/** What became of the sealed launch spec. */
export type SpecReading =
  | { readonly kind: "open"; readonly spec: LaunchSpec }
  /** Cannot be opened or served; `reason` is shown to the holder. */
  | { readonly kind: "bad"; readonly reason: string }
  /** None was given yet. */
  | { readonly kind: "missing" };

/** Whether the lease's holder waits for an instance: of a new lease, or of one that was launched later or anew. */
export function awaitsStart({ state, startBy }: LeaseView): boolean {
  return startBy !== 0n && (state === "pending" || state === "reserved" || state === "active");
}

/** Whether a lease runs and is paid, awaits no start, and is neither in grace nor under notice: only then may it be evicted. */
export function isEvictable(view: LeaseView): boolean {
  const isUnderNotice = view.reason !== "none" || view.overAt <= view.exhaustedAt;
  return view.state === "active" && !awaitsStart(view) && view.clock < view.exhaustedAt && !isUnderNotice;
}
