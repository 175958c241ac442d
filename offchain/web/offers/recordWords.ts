// SPDX-License-Identifier: Apache-2.0
import type { Standing } from "../../pool/trustApi.ts";

/** Less than this share of what was asked for or promised is worth a look. */
const GOOD_SHARE = 0.95;

/** A provider's record for a person, and what of it is worth a look. It counts leases that have ended. */
export interface RecordWords {
  readonly starts: string;
  /** Empty while nothing was promised. */
  readonly delivered: string;
  readonly claims: string;
  readonly poor: { readonly starts: boolean; readonly delivered: boolean; readonly claims: boolean };
}

export function recordWords({ asked, made, promised, delivered, upheld }: Standing["record"]): RecordWords {
  return {
    starts: asked === 0 ? "no lease has ended yet" : `${made} of ${asked} starts`,
    delivered: promised === 0 ? "" : `${percentDown(delivered / promised)} delivered`,
    claims: upheld === 0 ? "no claims upheld" : `${upheld} claim${upheld === 1 ? "" : "s"} upheld`,
    poor: {
      starts: asked > 0 && made / asked < GOOD_SHARE,
      delivered: promised > 0 && delivered / promised < GOOD_SHARE,
      claims: upheld > 0,
    },
  };
}

/** Rounded down, so that 100 % is all of it. */
function percentDown(share: number): string {
  return `${Math.floor(Math.min(1, share) * 1000) / 10}\u00a0%`;
}
