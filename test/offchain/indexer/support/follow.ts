// SPDX-License-Identifier: Apache-2.0
import { systemClock } from "../../../../offchain/core/clock.ts";
import { createLog } from "../../../../offchain/core/log.ts";
import type { IndexDatabase } from "../../../../offchain/indexer/database.ts";
import { indexedContracts } from "../../../../offchain/indexer/events.ts";
import { createIndexer, type Indexer } from "../../../../offchain/indexer/indexer.ts";
import type { Progress } from "../../../../offchain/indexer/store.ts";
import { DEPLOYMENT } from "./deployment.ts";
import { type ScriptedChain, scriptedChain } from "./scriptedChain.ts";

export const SILENT = createLog({ name: "test", level: "silent" });

export function newChain(): ScriptedChain {
  return scriptedChain(indexedContracts(DEPLOYMENT));
}

export interface FollowParameters {
  readonly db: IndexDatabase["db"];
  readonly chain: ScriptedChain;
  /** Stops it before the chain's end. */
  readonly until?: (progress: Progress) => boolean;
  readonly onCommit?: (progress: Progress, topics: ReadonlySet<string>) => void;
}

/** Runs an indexer until the index is at the end of the chain, as a process that is started and stopped. */
export async function follow({ db, chain, until, onCommit }: FollowParameters): Promise<Indexer> {
  const stop = new AbortController();
  const atEnd = ({ block, finalized }: Progress) => block === chain.height && finalized === chain.finalized;
  const indexer = createIndexer({
    db,
    chain: { chainId: DEPLOYMENT.chainId, sources: [chain.source] },
    deployment: DEPLOYMENT,
    clock: systemClock,
    log: SILENT,
    pollMs: 2,
    onCommit: (progress, topics) => {
      onCommit?.(progress, topics);
      if (atEnd(progress) || until?.(progress)) stop.abort();
    },
  });
  await indexer.run(stop.signal);
  return indexer;
}
