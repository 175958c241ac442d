// SPDX-License-Identifier: Apache-2.0
import type { Hub } from "./hub.ts";

/** Answers that hold as long as no block comes: many who ask the same cost one look into the database. */
export interface PerBlock<T> {
  get(key: string, compute: () => Promise<T>): Promise<T>;
}

/** Different questions within a block that are remembered. */
const MAX_KEPT = 500;

export function createPerBlock<T>(hub: Pick<Hub, "progress">): PerBlock<T> {
  const kept = new Map<string, Promise<T>>();
  let of: string | undefined;
  return {
    get(key, compute) {
      const progress = hub.progress();
      // Before the first commit nobody says when it is out of date.
      if (progress === undefined) return compute();
      const now = `${progress.epoch}-${progress.seq}`;
      if (now !== of || kept.size >= MAX_KEPT) kept.clear();
      of = now;
      const found = kept.get(key);
      if (found !== undefined) return found;
      const computing = compute();
      kept.set(key, computing);
      computing.catch(() => kept.delete(key));
      return computing;
    },
  };
}
