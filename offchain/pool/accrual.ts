// SPDX-License-Identifier: Apache-2.0
import type { Accrual } from "./api.ts";

const HOUR = 3600n;

/** A lease's account at a moment. */
export interface AccrualAt {
  /** The appliance's provider clock, seconds. */
  readonly clock: number;
  readonly earnedMsat: bigint;
  /** deposit − earned. */
  readonly leftMsat: bigint;
  /** Of the provider clock, until the deposit is used up; 0 from then on. */
  readonly secondsLeft: number;
  /** Of the provider clock, until grace ends; 0 from then on. */
  readonly graceSecondsLeft: number;
  readonly exhausted: boolean;
  readonly over: boolean;
  /** False when the clock stands still, because the VA has not proved life for the window: nothing is charged. */
  readonly counting: boolean;
}

/** An appliance's clock at a time: it runs on for at most `window` seconds after the last beat. */
export function clockAt({ elapsed, lastBeat, window }: Accrual["clock"], time: number): number {
  return elapsed + Math.min(Math.max(0, time - lastBeat), window);
}

/**
 * What a running lease has earned and has left: `min(deposit, price × seconds / 3600)`, rounded down, as `LeaseMath` does it.
 * @param time Unix seconds of the chain; fractions are allowed, so that a page can count smoothly
 */
export function leaseAt(accrual: Accrual, time: number): AccrualAt {
  const { periodStart, exhaustedAt, overAt, clock: base } = accrual;
  const clock = clockAt(base, time);
  const deposit = BigInt(accrual.depositMsat);
  const seconds = BigInt(Math.max(0, Math.floor(clock) - periodStart));
  const due = (BigInt(accrual.msatPerHour) * seconds) / HOUR;
  const earnedMsat = due < deposit ? due : deposit;
  return {
    clock,
    earnedMsat,
    leftMsat: deposit - earnedMsat,
    secondsLeft: Math.max(0, exhaustedAt - clock),
    graceSecondsLeft: Math.max(0, overAt - clock),
    exhausted: clock >= exhaustedAt,
    over: clock >= overAt,
    counting: time - base.lastBeat < base.window,
  };
}

/** The first number of seconds at which so much is used up at this price; rounded up. @throws RangeError on a price of 0 */
export function secondsPaid(depositMsat: bigint, msatPerHour: bigint): number {
  if (msatPerHour <= 0n) throw new RangeError("a price is positive");
  return Number((depositMsat * HOUR + msatPerHour - 1n) / msatPerHour);
}
