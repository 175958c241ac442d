// SPDX-License-Identifier: Apache-2.0

import { type AccrualAt, leaseAt } from "../../pool/accrual.ts";
import type { Accrual } from "../../pool/api.ts";

/** Below this, seconds, a lease is low whatever was paid. */
export const LOW_SECONDS = 15 * 60;
/** Below this share of what was paid, in percent, a lease is low. */
const LOW_PERCENT = 10n;

/** A running lease's account at a moment, as the page shows it. */
export interface Balance extends AccrualAt {
  /** Little is left: less than 15 minutes, or less than a tenth of what was paid. */
  readonly low: boolean;
  /** What is left of what was paid, 0 to 1. */
  readonly share: number;
}

/** @param time Unix seconds of the chain */
export function balanceAt(accrual: Accrual, time: number): Balance {
  const at = leaseAt(accrual, time);
  const deposit = BigInt(accrual.deposit);
  const low = !at.exhausted && (at.secondsLeft < LOW_SECONDS || at.left * 100n < deposit * LOW_PERCENT);
  return { ...at, low, share: deposit === 0n ? 0 : Number((at.left * 10_000n) / deposit) / 10_000 };
}

/** What is unspent right after a payment, and how much of it the provider's stake covers. */
export interface Cover {
  readonly unspentMsat: bigint;
  readonly coveredMsat: bigint;
  readonly uncoveredMsat: bigint;
}

/** The stake covers what is owed up to the agreed prepayment; a payment beyond counts, uncovered. */
export function coverAfter(leftMsat: bigint, paymentMsat: bigint, agreedMsat: bigint): Cover {
  const unspentMsat = leftMsat + paymentMsat;
  const coveredMsat = unspentMsat < agreedMsat ? unspentMsat : agreedMsat;
  return { unspentMsat, coveredMsat, uncoveredMsat: unspentMsat - coveredMsat };
}

/** Seconds that a payment adds, rounded down. */
export function secondsBought(msat: bigint, msatPerHour: bigint): number {
  return msatPerHour === 0n ? 0 : Number((msat * 3600n) / msatPerHour);
}
