// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../offchain/core/clock.ts";
import { backoffMs } from "../../offchain/core/retry.ts";
import { ComputeError } from "./compute.ts";

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;

/**
 * Repeats a read while its failure may pass: up to three times more, with pauses that double from 0.2 s on,
 * or as long as the cloud asks for, unless that is longer than 5 s.
 */
export async function retryRead<T>(read: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof ComputeError) || !error.retryable || error.code === "CONFLICT") {
        throw error;
      }
      const pause = error.retryAfterMs ?? backoffMs(attempt, { minMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS });
      if (pause > LONGEST_PAUSE_MS) throw error;
      await clock.sleep(pause, signal);
    }
  }
}
