// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from "node:timers/promises";

/**
 * The machine's time and the only way to wait. It is for timeouts and polling; what the market means by time
 * is the block's timestamp, never this.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Resolves after `ms` milliseconds (0 or less: at the next turn of the event loop).
   * @throws the signal's reason as soon as `signal` is aborted.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the machine, for a `main`. Tests use `test/fakes/clock.ts`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await delay(Math.max(0, ms), undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node rejects with its own AbortError; the reason given by whoever aborted says more.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
