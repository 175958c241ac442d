// SPDX-License-Identifier: Apache-2.0
import { useSyncExternalStore } from "react";
import { createChainTime, STALE_AFTER_S } from "./chainTime.ts";

/** The page's one idea of the chain's time; every answer and event that names a block feeds it. */
export const chainTime = createChainTime(() => performance.now());

function everySecond(wake: () => void): () => void {
  const id = setInterval(wake, 1_000);
  return () => clearInterval(id);
}

/** The chain's time in whole Unix seconds, second by second; undefined until the first answer. */
export function useChainNow(): number | undefined {
  return useSyncExternalStore(everySecond, () => {
    const now = chainTime.now();
    return now === undefined ? undefined : Math.floor(now);
  });
}

/** Whether the chain has not been heard of for so long that times shown may be wrong. */
export function useChainIsStale(): boolean {
  return useSyncExternalStore(everySecond, () => chainTime.silence() > STALE_AFTER_S);
}
