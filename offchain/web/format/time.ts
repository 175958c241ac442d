// SPDX-License-Identifier: Apache-2.0

const moment = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

/** Unix seconds in the reader's time zone: day, month, hours and minutes. */
export function timeOf(seconds: number): string {
  return moment.format(seconds * 1000);
}

/** Unix seconds in the reader's time zone, to the second, with the zone. */
export function exactTimeOf(seconds: number): string {
  return exact.format(seconds * 1000);
}

/** Unix seconds as `<time dateTime>` wants them. */
export function isoTimeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
