// SPDX-License-Identifier: Apache-2.0

/** The nonces of one key, used by one process. */
export interface Nonces {
  /** The lowest nonce that is neither mined, by the chain's count or our own knowledge, nor in use. It is then in use. */
  take(minedCount: number): number;
  /** The transaction with this nonce was mined. */
  mined(nonce: number): void;
  /** It was not, as far as known: the next call takes its place. */
  release(nonce: number): void;
}

export function createNonces(): Nonces {
  const inUse = new Set<number>();
  let known = 0;
  return {
    take(minedCount) {
      // An endpoint that lags counts fewer than we have seen mined.
      let nonce = Math.max(minedCount, known);
      while (inUse.has(nonce)) nonce++;
      inUse.add(nonce);
      return nonce;
    },
    mined(nonce) {
      inUse.delete(nonce);
      known = Math.max(known, nonce + 1);
    },
    release(nonce) {
      inUse.delete(nonce);
    },
  };
}
