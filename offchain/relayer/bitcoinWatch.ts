// SPDX-License-Identifier: Apache-2.0
import { followBlocks } from "../bitcoin/followBlocks.ts";
import type { LeaseAddress } from "../bitcoin/leaseAddress.ts";
import type { BitcoinNode } from "../bitcoin/node.ts";
import type { PollingParameters } from "../bitcoin/polling.ts";
import { watchMempool } from "../bitcoin/watchMempool.ts";
import type { Search } from "./cache.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createSightings, type Sightings } from "./sightings.ts";
import type { BlockId, Hex, Payment } from "./types.ts";
import type { WatchList } from "./watchList.ts";

/** What bitcoind shows of the watched addresses. */
export interface BitcoinWatch {
  readonly ledger: Ledger;
  readonly sightings: Sightings;
  /** What has been searched for sure; undefined while that is less than what was known at the start. */
  search(): Search | undefined;
  /** Follows blocks and mempool until the signal ends it. @throws CheckpointUnknownError */
  run(): Promise<void>;
  /** To be called after the watch list has changed: finds what newly watched addresses were paid before. */
  catchUp(): Promise<void>;
}

export interface BitcoinWatchParameters extends PollingParameters {
  node: BitcoinNode;
  /** Blocks above this one are searched. */
  from: BlockId;
  /** Payments up to there. */
  before: readonly Payment[];
  watchList: WatchList;
  /** Told of each update. */
  onChange: () => void;
}

/** Blocks below the tip that a restart searches again: a reorg is never so deep. */
const DEEP = 100;

export function createBitcoinWatch(parameters: BitcoinWatchParameters): BitcoinWatch {
  const { from, before, watchList, node, signal, onChange } = parameters;
  const ledger = createLedger(from, before);
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
    search: () => {
      const { height } = ledger.tip();
      const upTo = { height: height - DEEP, hash: ledger.hashAt(height - DEEP) ?? "" };
      if (upTo.hash === "" || toRead.length > 0) return undefined;
      const deep = ledger.payments().filter(({ block }) => block.height <= upTo.height);
      const payments = deep.filter(({ leaseId }) => watchList.has(leaseId));
      return { upTo, leases: [...watchList.scripts.values()].map(({ leaseId }) => leaseId), payments };
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
