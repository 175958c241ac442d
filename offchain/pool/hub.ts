// SPDX-License-Identifier: Apache-2.0
import type { Progress } from "../indexer/store.ts";

/** Tells those who are connected what has changed. */
export interface Hub {
  /** A commit of the index, and what it changed. */
  publish(progress: Progress, topics: ReadonlySet<string>): void;
  /** Something beside the chain has changed. */
  touch(topic: string): void;
  /** @returns ends it */
  subscribe(listener: HubListener): () => void;
  /** The newest commit that was published. */
  progress(): Progress | undefined;
}

export type HubListener = (topics: ReadonlySet<string>) => void;

export function createHub(): Hub {
  const listeners = new Set<HubListener>();
  let latest: Progress | undefined;
  const tell = (topics: ReadonlySet<string>) => {
    for (const listener of listeners) listener(topics);
  };
  return {
    publish(progress, topics) {
      latest = progress;
      tell(topics);
    },
    touch: (topic) => tell(new Set([topic])),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    progress: () => latest,
  };
}
