// SPDX-License-Identifier: Apache-2.0
import { stripVTControlCharacters } from "node:util";

/** How many tests passed and failed. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

/** Whether Mocha or Hardhat has begun to write its summary. */
export function hasSummary(output: string): boolean {
  return lastNumber(stripVTControlCharacters(output), "passing") !== undefined;
}

/**
 * Reads the summary that Mocha and Hardhat end with (`12 passing`, `1 failing`). A runner that did not succeed counts as
 * at least one failure, and so does one that ends without a summary.
 */
export function testCounts(output: string, succeeded: boolean): TestCounts {
  const plain = stripVTControlCharacters(output);
  const passed = lastNumber(plain, "passing");
  const failed = lastNumber(plain, "failing") ?? 0;
  const broken = !succeeded || passed === undefined;
  return { passed: passed ?? 0, failed: Math.max(failed, broken ? 1 : 0) };
}

function lastNumber(text: string, word: string): number | undefined {
  const last = [...text.matchAll(new RegExp(`^\\s*(\\d+) ${word}\\b`, "gm"))].at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}
