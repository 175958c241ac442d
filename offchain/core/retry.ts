// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "./clock.ts";
import { isRetryable } from "./errors.ts";

export interface BackoffParameters {
  /** Upper bound of the first pause, in ms. Default 250. */
  minMs?: number;
  /** Upper bound of every pause, in ms. Default 30,000. */
  maxMs?: number;
  /** In [0, 1). Default Math.random. */
  random?: () => number;
}

/**
 * The pause after so many failures in a row (1 or more), in ms: between half and the whole of a bound that doubles from
 * `minMs` to `maxMs`, so that clients that failed together do not come back together.
 */
export function backoffMs(failures: number, parameters: BackoffParameters = {}): number {
  const { minMs = 250, maxMs = 30_000, random = Math.random } = parameters;
  const bound = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return Math.round((bound / 2) * (1 + random()));
}

export interface RetryParameters extends BackoffParameters {
  clock: Clock;
  signal: AbortSignal;
  /** Tries in all. Default 5. */
  attempts?: number;
  /** Default: the error's own `retryable`. */
  shouldRetry?: (error: unknown) => boolean;
  /** Hears of each failure that is tried again. */
  onRetry?: (error: unknown, pauseMs: number) => void;
}

/**
 * Calls until it succeeds. Only for what may be done twice, which is reads: after a write without an answer, look first.
 * @throws the last error when tries are used up or it cannot be retried; the signal's reason when aborted
 */
export async function retry<T>(call: (signal: AbortSignal) => Promise<T>, parameters: RetryParameters): Promise<T> {
  const { clock, signal, attempts = 5, shouldRetry = isRetryable, onRetry } = parameters;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await call(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (attempt >= attempts || !shouldRetry(error)) throw error;
      const pause = backoffMs(attempt, parameters);
      onRetry?.(error, pause);
      await clock.sleep(pause, signal);
    }
  }
}
