// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../core/clock.ts";

/** The nonces of one key, used by one process. */
export interface Nonces {
  /** The lowest nonce that is neither mined, by the chain's count or our own knowledge, nor in use. It is then in use. */
  take(minedCount: number): number;
  /** Those below `nonce` that are neither mined, by the chain's count, nor in use: it cannot be mined before them. They are then in use. */
  takeGap(minedCount: number, nonce: number): number[];
  /** The transaction with this nonce was mined. */
  mined(nonce: number): void;
  /** Nothing is known of what was mined: the chain's count alone counts. */
  forget(): void;
  /** It was not, as far as known: the next call takes its place. */
  release(nonce: number): void;
}

/**
 * How long what we saw mined counts for more than the chain's count, milliseconds. An endpoint lags for less; a count that is
 * lower for longer says that a reorganisation took transactions back, and a nonce left out would keep back all that follow.
 * Should an endpoint lag for longer all the same, the call ends in NONCE_TAKEN and is made again.
 */
export const LONGEST_LAG_MS = 4_000;

export function createNonces(clock: Pick<Clock, "now">): Nonces {
  const inUse = new Set<number>();
  let known = 0;
  let knownAt = Number.NEGATIVE_INFINITY;
  return {
    take(minedCount) {
      if (clock.now() - knownAt > LONGEST_LAG_MS) known = Math.min(known, minedCount);
      let nonce = Math.max(minedCount, known);
      while (inUse.has(nonce)) nonce++;
      inUse.add(nonce);
      return nonce;
    },
    takeGap(minedCount, nonce) {
      const below = Array.from({ length: Math.max(0, nonce - minedCount) }, (_, i) => minedCount + i);
      const gap = below.filter((each) => !inUse.has(each));
      for (const each of gap) inUse.add(each);
      return gap;
    },
    mined(nonce) {
      inUse.delete(nonce);
      known = Math.max(known, nonce + 1);
      knownAt = clock.now();
    },
    forget() {
      known = 0;
    },
    release(nonce) {
      inUse.delete(nonce);
    },
  };
}
