// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../offchain/core/clock.ts";

/** Whether the appliance is at work: it has read chain and cloud, and the chain goes on. */
export interface Pulse {
  /** The same updates, watched. */
  of<T>(updates: AsyncIterable<T>): AsyncIterable<T>;
  /** Chain and cloud have been read for the first time. */
  ready(): void;
  /** Why it is not at work, for its operator; empty when it is. */
  troubles(): string[];
}

/** @param staleMs how long the chain may be without news, milliseconds */
export function createPulse(clock: Clock, staleMs: number): Pulse {
  let isReady = false;
  let heardAt = clock.now();
  return {
    async *of(updates) {
      for await (const update of updates) {
        heardAt = clock.now();
        yield update;
      }
    },
    ready() {
      isReady = true;
    },
    troubles() {
      const silence = clock.now() - heardAt;
      return [
        ...(isReady ? [] : ["chain and cloud have not been read yet"]),
        ...(silence > staleMs ? [`no news of the chain for ${Math.floor(silence / 1_000)} s`] : []),
      ];
    },
  };
}
