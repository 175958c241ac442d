// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../core/clock.ts";
import { backoffMs } from "../core/retry.ts";
import { BitcoinNodeError } from "./errors.ts";

/** What every reader that keeps asking a node is given. */
export interface PollingParameters {
  clock: Clock;
  /** Ends the reading, without an error. */
  signal: AbortSignal;
  /** Milliseconds between two questions when there is nothing new. Default 2,000. */
  pollMs?: number;
  /** Hears of each failure of the node; the reading goes on, after a pause that grows. */
  onError?: (error: BitcoinNodeError) => void;
}

/**
 * Yields what each round of `next` gives; the next round comes at once when there was something, else after `pollMs`.
 * An error of the node is reported and tried again for ever: nodes restart.
 * @throws whatever else `next` throws
 */
export async function* polling<U>(
  { clock, signal, pollMs = 2_000, onError }: PollingParameters,
  next: () => AsyncIterable<U>,
): AsyncGenerator<U, void, void> {
  let failures = 0;
  while (!signal.aborted) {
    let pause = pollMs;
    try {
      for await (const update of next()) {
        pause = 0;
        yield update;
      }
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof BitcoinNodeError)) throw error;
      onError?.(error);
      pause = backoffMs(++failures, { minMs: pollMs });
    }
    if (pause > 0) await sleep(clock, pause, signal);
  }
}

/** As `clock.sleep`, but an abort only cuts it short. */
async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
