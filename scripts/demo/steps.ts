// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../offchain/core/clock.ts";

/** One step that was done. */
export interface Step {
  readonly name: string;
  readonly ms: number;
}

/** Says what is going on; called while a step waits. */
export type Progress = (what: string) => void;

export interface Steps {
  readonly done: readonly Step[];
  /** Runs a step, printing its name, its progress and its time. Rethrows what it throws, after printing that it failed. */
  run<T>(name: string, work: (progress: Progress) => Promise<T>): Promise<T>;
}

const CLEAR_LINE = "\r\u001b[K";

/**
 * Prints steps to a terminal as they go; to anything else one line when a step is done.
 *
 * @param out where lines go
 */
export function createSteps(clock: Clock, out: NodeJS.WriteStream): Steps {
  const done: Step[] = [];
  const seconds = (since: number) => `${((clock.now() - since) / 1000).toFixed(1).padStart(6)} s`;
  return {
    done,
    async run(name, work) {
      const since = clock.now();
      const progress: Progress = (what) => {
        if (out.isTTY) out.write(`${CLEAR_LINE}  … ${seconds(since)}  ${name}: ${what}`);
      };
      const finish = (mark: string) =>
        out.write(`${out.isTTY ? CLEAR_LINE : ""}  ${mark} ${seconds(since)}  ${name}\n`);
      progress("");
      try {
        const result = await work(progress);
        finish("✔");
        done.push({ name, ms: clock.now() - since });
        return result;
      } catch (error) {
        finish("✘");
        throw error;
      }
    },
  };
}

/**
 * Asks again and again until there is an answer.
 *
 * @param ask returns undefined while there is none yet; what it passes to `progress` is shown
 * @throws Error when `timeoutMs` pass without one
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  { clock, signal, timeoutMs = 60_000 }: { clock: Clock; signal: AbortSignal; timeoutMs?: number },
): Promise<T> {
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (clock.now() > deadline) throw new Error(`${what}: not after ${timeoutMs / 1000} s`);
    await clock.sleep(100, signal);
  }
}
