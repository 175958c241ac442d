// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../offchain/core/clock.ts";
import { ComputeError } from "./compute.ts";

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;

/**
 * Repeats a read while its failure may pass: up to three times more, with doubling pauses of 0.2 s on, half of each random,
 * or as long as the cloud asks for, unless that is longer than 5 s.
 */
export async function retry<T>(read: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof ComputeError) || !error.retryable || error.code === "CONFLICT") {
        throw error;
      }
      const pause = error.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      if (pause > LONGEST_PAUSE_MS) throw error;
      await clock.sleep(pause, signal);
    }
  }
}
