// SPDX-License-Identifier: Apache-2.0

const PRESETS = [1, 6, 24, 72, 168];
/** Bitcoin leases may be prepaid for a week, hours. */
export const MOST_HOURS = 168;

/** Numbers of hours to choose from: the usual ones below the longest, and the longest. */
export function hourChoices(most: number): number[] {
  return [...PRESETS.filter((hours) => hours < most), most];
}

/** The hours that were typed; undefined unless they are whole and at least 1 and at most `most`. */
export function hoursOf(typed: string, most: number): number | undefined {
  const hours = /^\d{1,6}$/.test(typed.trim()) ? Number(typed) : 0;
  return hours >= 1 && hours <= most ? hours : undefined;
}

/** What is wrong with hours that {@link hoursOf} does not take. */
export function hoursProblem(most: number): string {
  return `Choose a whole number of hours from 1 to ${most}.`;
}
