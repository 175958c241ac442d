// SPDX-License-Identifier: Apache-2.0
import { DUST_SATS } from "../../pool/money.ts";

const PRESETS = [1, 6, 24, 72, 168];
/** Bitcoin leases may be prepaid for a week, hours. */
const MOST_HOURS = 168;

/** How many hours may be bought at once. */
export interface HoursRange {
  readonly least: number;
  readonly most: number;
}

/**
 * The hours that can be paid at a price: no fewer than Bitcoin carries a payment for.
 * @param most the longest that the seller takes
 */
export function hoursRange(msatPerHour: bigint, most = MOST_HOURS): HoursRange {
  const dust = DUST_SATS * 1000n;
  const least = msatPerHour > 0n ? Number((dust + msatPerHour - 1n) / msatPerHour) : 1;
  return { least: Math.min(most, least), most };
}

/** Numbers of hours to choose from: the ends of the range, and the usual ones between them. */
export function hourChoices({ least, most }: HoursRange): number[] {
  const between = PRESETS.filter((hours) => hours > least && hours < most);
  return [...new Set([least, ...between, most])];
}

/** The hours that were typed; undefined unless they are whole and within the range. */
export function hoursOf(typed: string, { least, most }: HoursRange): number | undefined {
  const hours = /^\d{1,6}$/.test(typed.trim()) ? Number(typed) : 0;
  return hours >= least && hours <= most ? hours : undefined;
}

/** What is wrong with hours that {@link hoursOf} does not take. */
export function hoursProblem({ least, most }: HoursRange): string {
  const why = least > 1 ? ` Bitcoin carries no payment below ${DUST_SATS} sats.` : "";
  return `Choose a whole number of hours from ${least} to ${most}.${why}`;
}
