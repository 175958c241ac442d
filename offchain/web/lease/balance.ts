// SPDX-License-Identifier: Apache-2.0

import { type AccrualAt, leaseAt } from "../../pool/accrual.ts";
import type { Accrual, AnyLeaseSummary } from "../../pool/api.ts";

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

/**
 * What has become of all that was paid in this period, by the contracts' own rules: `paid = startFee + used + left + aside`,
 * `earned = startFee + used` and `refundable = left + aside` to the last unit, as `statusOf` of ILeases says them.
 */
export interface Account {
  readonly paid: bigint;
  /** Charged by a start beyond the holder's limit. */
  readonly startFee: bigint;
  /** By time. */
  readonly used: bigint;
  readonly left: bigint;
  /** Bitcoin that came in grace and is too little to start again. */
  readonly aside: bigint;
  readonly earned: bigint;
  readonly refundable: bigint;
}

/**
 * The account of a lease that is not over; amounts in the unit of its quote.
 * @param time Unix seconds of the chain
 */
export function accountAt(lease: AnyLeaseSummary, time: number): Account {
  const paid = BigInt(lease.currency === "bitcoin" ? lease.depositMsat : lease.deposit);
  const { accrual } = lease;
  const startFee = BigInt(lease.startFee.earned);
  const used = accrual === null ? 0n : leaseAt(accrual, time).earned;
  const aside = accrual === null ? 0n : BigInt(accrual.aside);
  const earned = startFee + used;
  return { paid, startFee, used, left: paid - earned - aside, aside, earned, refundable: paid - earned };
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

/** What a payment finds. */
interface BeforePayment {
  /** Paid or on its way already. */
  readonly paidMsat: bigint;
  /** Of all that is paid, what may buy no time. */
  readonly feeMsat: bigint;
  readonly msatPerHour: bigint;
}

/** Seconds that a payment before the start adds, rounded down, if the start costs its fee: that comes first. */
export function secondsAdded(msat: bigint, { paidMsat, feeMsat, msatPerHour }: BeforePayment): number {
  const seconds = (paid: bigint) => secondsBought(paid > feeMsat ? paid - feeMsat : 0n, msatPerHour);
  return seconds(paidMsat + msat) - seconds(paidMsat);
}

/** Seconds that so much pays for, rounded down. */
export function secondsBought(msat: bigint, msatPerHour: bigint): number {
  return msatPerHour === 0n ? 0 : Number((msat * 3600n) / msatPerHour);
}
