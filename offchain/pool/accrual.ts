// SPDX-License-Identifier: Apache-2.0
import { clockAt } from "../indexer/exhaustion.ts";
import type { Accrual } from "./api.ts";

const HOUR = 3600n;

/** A lease's account at a moment; amounts in the unit of its quote. */
export interface AccrualAt {
  /** The appliance's provider clock, seconds. */
  readonly clock: number;
  readonly earned: bigint;
  /** Of what can be spent, what is not earned: deposit − earned. */
  readonly left: bigint;
  /** Of the provider clock, until the deposit is used up or, under notice, the lease ends; 0 from then on. */
  readonly secondsLeft: number;
  /** Of the provider clock, until grace ends; 0 from then on. */
  readonly graceSecondsLeft: number;
  readonly exhausted: boolean;
  readonly over: boolean;
  /** False when the clock stands still, because the VA has not proved life for the window: nothing is charged. */
  readonly counting: boolean;
}

/**
 * What a lease that accrues has earned and has left: `min(deposit, price × seconds / 3600)`, rounded down, as `LeaseMath`
 * does it; nothing is earned after the end that a notice has set.
 * @param time Unix seconds of the chain; fractions are allowed, so that a page can count smoothly
 */
export function leaseAt(accrual: Accrual, time: number): AccrualAt {
  const { periodStart, exhaustedAt, overAt, clock: base } = accrual;
  const clock = clockAt(base, time);
  const deposit = BigInt(accrual.deposit);
  const seconds = BigInt(Math.max(0, Math.floor(Math.min(clock, exhaustedAt)) - periodStart));
  const due = (BigInt(accrual.perHour) * seconds) / HOUR;
  const earned = due < deposit ? due : deposit;
  return {
    clock,
    earned,
    left: deposit - earned,
    secondsLeft: Math.max(0, exhaustedAt - clock),
    graceSecondsLeft: Math.max(0, overAt - clock),
    exhausted: clock >= exhaustedAt,
    over: clock >= overAt,
    counting: time - base.lastBeat < base.window,
  };
}
