// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../core/clock.ts";

/** Lets loops sleep until something has happened. */
export interface Wake {
  /** Ends all waiting; remembered for whoever waits next. */
  now(): void;
  /** One waiter's view: each has to be told once of what happened meanwhile. */
  waiter(): Waiter;
}

export interface Waiter {
  /** Resolves when woken since the last call, or after `ms`. @throws the signal's reason */
  wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  let count = 0;
  const waiting = new Set<() => void>();
  return {
    now: () => {
      count++;
      for (const end of waiting) end();
      waiting.clear();
    },
    waiter: () => {
      let seen = 0;
      return {
        wait: async (ms, clock, signal) => {
          signal.throwIfAborted();
          if (seen === count) await sleepUnlessWoken(waiting, ms, clock, signal);
          seen = count;
        },
      };
    },
  };
}

async function sleepUnlessWoken(waiting: Set<() => void>, ms: number, clock: Clock, signal: AbortSignal) {
  const woken = new AbortController();
  const end = () => woken.abort();
  waiting.add(end);
  try {
    await clock.sleep(ms, AbortSignal.any([signal, woken.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (!woken.signal.aborted) throw error;
  } finally {
    waiting.delete(end);
  }
}
