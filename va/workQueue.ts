// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../offchain/core/clock.ts";
import { backoffMs } from "../offchain/core/retry.ts";

/** What {@link createWorkQueue} needs. */
export interface WorkQueueOptions<K> {
  readonly clock: Clock;
  /** Keys worked on at the same time; one key never twice. */
  readonly concurrency: number;
  /** Does the work of a key. Resolves to when to do it again, in milliseconds; undefined: when it is added. */
  readonly work: (key: K, signal: AbortSignal) => Promise<number | undefined>;
  /** Hears of each failure; the key is tried again after `pauseMs`. */
  readonly onError: (key: K, error: unknown, pauseMs: number) => void;
  /** Longest pause after failures, milliseconds. */
  readonly maxPauseMs: number;
}

/** Keys to be worked on. Adding is all that an event does: what there is to do, the work finds out. */
export interface WorkQueue<K> {
  /** Due after `delayMs` (default 0), or when it is due already, whichever is first. Added while it is worked on, it is worked on again. */
  add(key: K, delayMs?: number): void;
  /** Due when nothing else is: what is added otherwise, or has to be worked on again, comes first. In the order of adding. */
  addLast(key: K): void;
  /** Works until `signal` is aborted, and then until nothing is worked on any more. */
  run(signal: AbortSignal): Promise<void>;
}

/** A queue in which a key that fails waits longer and longer, and keeps no other from being worked on. */
export function createWorkQueue<K>(options: WorkQueueOptions<K>): WorkQueue<K> {
  const { clock, concurrency, work, onError, maxPauseMs } = options;
  const due = new Map<K, number>();
  const last = new Set<K>();
  const failures = new Map<K, number>();
  const running = new Map<K, Promise<void>>();
  let wake = () => {};

  const add = (key: K, delayMs = 0) => {
    if (delayMs === 0) last.delete(key);
    const at = clock.now() + delayMs;
    if ((due.get(key) ?? Number.POSITIVE_INFINITY) <= at) return;
    due.set(key, at);
    wake();
  };
  const addLast = (key: K) => {
    if ((due.get(key) ?? Number.POSITIVE_INFINITY) <= clock.now()) return;
    last.add(key);
    wake();
  };
  const attempt = async (key: K, signal: AbortSignal) => {
    try {
      const again = await work(key, signal);
      failures.delete(key);
      if (again !== undefined) add(key, again);
    } catch (error) {
      if (signal.aborted) return;
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      const pause = Math.max(backoffMs(count, { maxMs: maxPauseMs }), retryAfterMs(error));
      onError(key, error, pause);
      add(key, pause);
    } finally {
      running.delete(key);
      wake();
    }
  };
  const startDue = (signal: AbortSignal) => {
    for (const [key, at] of due) {
      if (running.size >= concurrency) return;
      if (at > clock.now() || running.has(key)) continue;
      due.delete(key);
      running.set(key, attempt(key, signal));
    }
    for (const key of last) {
      if (running.size >= concurrency) return;
      if (running.has(key)) continue;
      last.delete(key);
      running.set(key, attempt(key, signal));
    }
  };
  const untilNext = () => {
    if (running.size >= concurrency) return LONGEST_NAP_MS;
    const times = [...due].filter(([key]) => !running.has(key)).map(([, at]) => at - clock.now());
    return Math.min(LONGEST_NAP_MS, ...times);
  };
  const run = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const nap = new AbortController();
      wake = () => nap.abort();
      const stop = () => nap.abort();
      signal.addEventListener("abort", stop);
      startDue(signal);
      // Its rejection says that there is something to do.
      await clock.sleep(untilNext(), nap.signal).catch(() => undefined);
      signal.removeEventListener("abort", stop);
    }
    await Promise.all(running.values());
  };
  return { add, addLast, run };
}

/** What whoever refused asks for. */
function retryAfterMs(error: unknown): number {
  const asked = error instanceof Error && "retryAfterMs" in error ? error.retryAfterMs : undefined;
  return typeof asked === "number" ? asked : 0;
}

const LONGEST_NAP_MS = 60_000;
