// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { BlockId } from "../offchain/chain/block.ts";
import { type ApplianceIndex, applyEvents, EMPTY_INDEX, type IndexedLease, type LeaseEvent } from "./leaseIndex.ts";
import type { Block, Heads } from "./types.ts";

/** What the chain follower tells, with the events as the appliance understands them. */
export type FeedUpdate =
  | { readonly type: "block"; readonly block: Block; readonly events: readonly LeaseEvent[] }
  | { readonly type: "safe" | "finalize"; readonly block: Block }
  | { readonly type: "reorg"; readonly commonAncestor: BlockId };

/** What is final: all that is worth keeping across restarts. */
export interface FeedCheckpoint {
  readonly finalized: Block;
  readonly index: ApplianceIndex;
}

/** The appliance's leases and asks as the events tell of them, up to the latest block followed. */
export interface LeaseFeed {
  /** Takes the next update. @returns the leases whose events came or went with it */
  apply(update: FeedUpdate): ReadonlySet<Hex>;
  /** The chain's ends as followed; undefined until all three are known. */
  heads(): Heads | undefined;
  index(): ApplianceIndex;
  /** Takes a lease in that was left out: something has come for it. */
  adopt(lease: IndexedLease): void;
  /** Leaves a lease out that needs nothing any more. */
  drop(leaseId: Hex): void;
  /** Undefined before the first final block. */
  checkpoint(): FeedCheckpoint | undefined;
}

interface RecentBlock {
  readonly block: Block;
  readonly events: readonly LeaseEvent[];
}

/**
 * An index of what is final, and the events of the blocks after it: a reorganisation takes some of those away.
 *
 * @param from where to go on; undefined: from the start
 */
export function createLeaseFeed(from: FeedCheckpoint | undefined): LeaseFeed {
  let settled = from?.index ?? EMPTY_INDEX;
  let finalized = from?.finalized;
  let safe: Block | undefined;
  let recent: RecentBlock[] = [];
  let index = settled;

  const apply = (update: FeedUpdate): ReadonlySet<Hex> => {
    switch (update.type) {
      case "block":
        recent.push({ block: update.block, events: update.events });
        index = applyEvents(index, update.events);
        return leasesOf(update.events);
      case "safe":
        safe = update.block;
        return NONE;
      case "finalize": {
        const { number } = update.block;
        settled = applyEvents(settled, eventsOf(recent.filter(({ block }) => block.number <= number)));
        recent = recent.filter(({ block }) => block.number > number);
        finalized = update.block;
        return NONE;
      }
      case "reorg": {
        const { number } = update.commonAncestor;
        const gone = recent.filter(({ block }) => block.number > number);
        recent = recent.filter(({ block }) => block.number <= number);
        index = applyEvents(settled, eventsOf(recent));
        // The safe block is told again; until then the final one is as far as anything may rely on.
        if (safe !== undefined && safe.number > number) safe = undefined;
        return leasesOf(eventsOf(gone));
      }
    }
  };
  return {
    apply,
    heads() {
      if (finalized === undefined || safe === undefined) return undefined;
      return { finalized, safe, latest: recent.at(-1)?.block ?? finalized };
    },
    index: () => index,
    adopt(lease) {
      settled = { ...settled, leases: new Map([...settled.leases, [lease.leaseId, lease]]) };
      index = { ...index, leases: new Map([...index.leases, [lease.leaseId, lease]]) };
    },
    drop(leaseId) {
      settled = without(settled, leaseId);
      index = without(index, leaseId);
    },
    checkpoint: () => (finalized === undefined ? undefined : { finalized, index: settled }),
  };
}

const NONE: ReadonlySet<Hex> = new Set();

function eventsOf(blocks: readonly RecentBlock[]): LeaseEvent[] {
  return blocks.flatMap(({ events }) => events);
}

function leasesOf(events: readonly LeaseEvent[]): ReadonlySet<Hex> {
  return new Set(events.flatMap((event) => ("leaseId" in event ? [event.leaseId] : [])));
}

function without(index: ApplianceIndex, leaseId: Hex): ApplianceIndex {
  const leases = new Map(index.leases);
  leases.delete(leaseId);
  return { ...index, leases };
}
