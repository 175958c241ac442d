// SPDX-License-Identifier: Apache-2.0
import type { BlockInfo } from "../../pool/basics.ts";

/** How far the page counts on by itself after a block, seconds: a chain that stands still is not counted past. */
export const MAX_AHEAD_S = 30;
/** After so many seconds without a block the page says that it is out of date. */
export const STALE_AFTER_S = 60;
/** A block so much earlier than the estimate is another history, not jitter. */
const JITTER_S = 5;

/** The time of the chain between its blocks. */
export interface ChainTime {
  /** Takes in the newest block that the pool knows. */
  observe(block: Pick<BlockInfo, "time">): void;
  /** Unix seconds with a fraction, or undefined before the first block. Does not run backwards for jitter. */
  now(): number | undefined;
  /** Seconds since the last block was heard of; 0 before the first. */
  silence(): number;
}

/** @param monotonicMs a clock that nobody sets, such as `performance.now`: the machine's date plays no part */
export function createChainTime(monotonicMs: () => number): ChainTime {
  let base: { time: number; heard: number } | undefined;
  let latest = 0;
  const estimate = () => {
    if (base === undefined) return undefined;
    return base.time + Math.min((monotonicMs() - base.heard) / 1000, MAX_AHEAD_S);
  };
  return {
    observe({ time }) {
      if (time === base?.time) return;
      if (base !== undefined && time < base.time && base.time - time <= JITTER_S) return;
      latest = base === undefined || time < base.time ? 0 : Math.max(latest, estimate() ?? 0);
      base = { time, heard: monotonicMs() };
    },
    now() {
      const time = estimate();
      if (time === undefined) return undefined;
      latest = Math.max(latest, time);
      return latest;
    },
    silence: () => (base === undefined ? 0 : (monotonicMs() - base.heard) / 1000),
  };
}
