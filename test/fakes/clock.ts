// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../offchain/core/clock.ts";

export interface ManualClock extends Clock {
  /** Moves time on and wakes, in order, those who slept until then, letting each run before the next. */
  advance(ms: number): Promise<void>;
  /** How many sleep. */
  readonly sleepers: number;
}

interface Sleeper {
  until: number;
  wake: () => void;
}

/** A clock that stands still until it is moved. */
export function manualClock(startMs = 1_700_000_000_000): ManualClock {
  let time = startMs;
  const sleepers = new Set<Sleeper>();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    now: () => time,
    get sleepers() {
      return sleepers.size;
    },
    sleep(ms, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper: Sleeper = { until: time + Math.max(0, ms), wake: () => undefined };
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        sleeper.wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", onAbort);
          resolve();
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        sleepers.add(sleeper);
      });
    },
    async advance(ms) {
      const end = time + ms;
      await settle();
      for (;;) {
        const [next] = [...sleepers].sort((a, b) => a.until - b.until);
        if (next === undefined || next.until > end) break;
        time = Math.max(time, next.until);
        next.wake();
        await settle();
      }
      time = end;
    },
  };
}
