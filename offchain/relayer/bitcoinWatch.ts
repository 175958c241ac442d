// SPDX-License-Identifier: Apache-2.0
import { followBlocks } from "../bitcoin/followBlocks.ts";
import type { LeaseAddress } from "../bitcoin/leaseAddress.ts";
import type { BitcoinNode } from "../bitcoin/node.ts";
import type { PollingParameters } from "../bitcoin/polling.ts";
import { watchMempool } from "../bitcoin/watchMempool.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createSightings, type Sightings } from "./sightings.ts";
import type { BlockId, Hex } from "./types.ts";
import type { WatchList } from "./watchList.ts";

/** What bitcoind shows of the watched addresses. */
export interface BitcoinWatch {
  readonly ledger: Ledger;
  readonly sightings: Sightings;
  /** Follows blocks and mempool until the signal ends it. @throws CheckpointUnknownError */
  run(): Promise<void>;
  /** To be called after the watch list has changed: finds what newly watched addresses were paid before. */
  catchUp(): Promise<void>;
}

export interface BitcoinWatchParameters extends PollingParameters {
  node: BitcoinNode;
  /** Blocks above this one are searched. */
  from: BlockId;
  watchList: WatchList;
  /** Told of each update. */
  onChange: () => void;
}

export function createBitcoinWatch(parameters: BitcoinWatchParameters): BitcoinWatch {
  const { from, watchList, node, signal, onChange } = parameters;
  const ledger = createLedger(from);
  const sightings = createSightings();
  let searched: ReadonlySet<Hex> = new Set();
  let toRead: { block: BlockId; scripts: ReadonlyMap<Hex, LeaseAddress> }[] = [];

  const blocks = async () => {
    for await (const update of followBlocks({ ...parameters, from })) {
      sightings.removed(ledger.apply(update, watchList.scripts));
      onChange();
    }
  };
  const mempool = async () => {
    for await (const update of watchMempool({ ...parameters, watched: () => watchList.scripts })) {
      sightings.apply(update);
      onChange();
    }
  };
  return {
    ledger,
    sightings,
    run: async () => {
      await Promise.all([blocks(), mempool()]);
    },
    catchUp: async () => {
      // In one step with the look at the ledger, so that a block comes either before or after, never between.
      const added = new Map([...watchList.scripts].filter(([script]) => !searched.has(script)));
      searched = new Set(watchList.scripts.keys());
      toRead.push(...ledger.candidates(added).map((block) => ({ block, scripts: added })));
      sightings.prune((leaseId) => watchList.has(leaseId));
      for (const each of [...toRead]) {
        // What a reorg has removed meanwhile comes again with its new blocks.
        if (ledger.hashAt(each.block.height) === each.block.hash) {
          ledger.readAgain(each.block.height, await node.block(each.block.hash, signal), each.scripts);
          onChange();
        }
        toRead = toRead.filter((other) => other !== each);
      }
    },
  };
}
