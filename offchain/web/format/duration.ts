// SPDX-License-Identifier: Apache-2.0

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

const two = (value: number) => `${value}`.padStart(2, "0");

/** For a clock that runs down: `2 d 04:13:09`, `04:13:09`, `13:09`. Part seconds are dropped; less than 0 is 0. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3_600) % 24;
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  if (days > 0) return `${days}\u00a0d ${two(hours)}:${rest}`;
  return hours > 0 ? `${two(hours)}:${rest}` : rest;
}

/** For a sentence: the two largest units, rounded down: `2 days 4 hours`, `1 minute`, `0 seconds`. */
export function inWords(seconds: number): string {
  let left = Math.max(0, Math.floor(seconds));
  const words: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(left / size);
    left %= size;
    if (count > 0) words.push(`${count} ${name}${count === 1 ? "" : "s"}`);
    // A zero between two units ends it: "1 day 5 seconds" says more than anybody asked.
    else if (words.length > 0) break;
    if (words.length === 2) break;
  }
  return words.length === 0 ? "0 seconds" : words.join(" ");
}

/** A whole number of hours as people say it: `1 hour`, `36 hours`, `3 days`. */
export function hoursInWords(hours: number): string {
  if (hours >= 48 && hours % 24 === 0) return `${hours / 24} days`;
  return `${hours} hour${hours === 1 ? "" : "s"}`;
}

/** A whole number of hours in few signs: `6 h`, `3 d`. */
export function hoursInBrief(hours: number): string {
  return hours >= 48 && hours % 24 === 0 ? `${hours / 24}\u00a0d` : `${hours}\u00a0h`;
}
