// SPDX-License-Identifier: Apache-2.0

const HOUR = 3600n;

/** An appliance's provider clock, as its last beat left it. */
export interface ProviderClock {
  /** At the last beat, seconds. */
  readonly elapsed: number;
  /** When that was, Unix seconds. */
  readonly lastBeat: number;
  /** Seconds for which it runs on after a beat. */
  readonly window: number;
}

/** What an appliance's clock shows at a time: it runs on for at most `window` seconds after the last beat. */
export function clockAt({ elapsed, lastBeat, window }: ProviderClock, time: number): number {
  return elapsed + Math.min(Math.max(0, time - lastBeat), window);
}

/**
 * The first number of seconds at which so much is used up at this price; rounded up, as `LeaseMath.secondsPaidUp` does it.
 * @param deposit quote units
 * @param perHour quote units
 * @throws RangeError on a price of 0
 */
export function secondsPaid(deposit: bigint, perHour: bigint): number {
  if (perHour <= 0n) throw new RangeError("a price is positive");
  return Number((deposit * HOUR + perHour - 1n) / perHour);
}
