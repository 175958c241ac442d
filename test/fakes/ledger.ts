// SPDX-License-Identifier: Apache-2.0
import type { Checkpoint } from "../../offchain/chain/checkpoint.ts";
import type { FollowedContracts } from "../../offchain/chain/events.ts";
import type { ChainUpdate } from "../../offchain/chain/followChain.ts";

/** A consumer of the follower that keeps what it was told, and refuses what does not continue it. */
export interface Ledger {
  /** Events in order, each as `block hash:log index`. */
  readonly events: readonly string[];
  readonly checkpoint: Checkpoint | undefined;
  apply(update: ChainUpdate<FollowedContracts>): void;
}

interface Applied {
  number: bigint;
  hash: string;
  events: string[];
}

/** @throws Error when an update skips, repeats or removes what it may not */
export function ledger(): Ledger {
  let applied: Applied[] = [];
  let final = -1n;
  let checkpoint: Checkpoint | undefined;
  const need = (condition: boolean, what: string) => {
    if (!condition) throw new Error(`the follower ${what}`);
  };
  return {
    get events() {
      return applied.flatMap(({ events }) => events);
    },
    get checkpoint() {
      return checkpoint;
    },
    apply(update) {
      const tip = applied.at(-1);
      if (update.type === "block") {
        const { number, hash, parentHash } = update.block;
        if (tip !== undefined) {
          need(number > tip.number, "went back without a reorg");
          need(number > tip.number + 1n || parentHash === tip.hash, "gave a block that does not follow");
        }
        need(
          update.logs.every((log) => log.blockHash === hash),
          "gave logs of another block",
        );
        applied.push({ number, hash, events: update.logs.map((log) => `${log.blockHash}:${log.logIndex}`) });
      } else if (update.type === "reorg") {
        const { commonAncestor, removed } = update;
        need(commonAncestor.number >= final, "removed what was final");
        const gone = applied.filter(({ number }) => number > commonAncestor.number);
        need(gone.map(({ hash }) => hash).join() === removed.join(), "removed other blocks than it gave");
        applied = applied.filter(({ number }) => number <= commonAncestor.number);
      } else {
        need(update.block.number <= (tip?.number ?? update.block.number), "settled a block that it has not given");
        const own = applied.find(({ number }) => number === update.block.number);
        need(own === undefined || own.hash === update.block.hash, "settled another block than it gave");
        if (update.type === "finalize") final = update.block.number;
      }
      checkpoint = update.checkpoint;
    },
  };
}
