// SPDX-License-Identifier: Apache-2.0
import { abis } from "../chain/abis.ts";
import type { Checkpoint } from "../chain/checkpoint.ts";
import type { Chain } from "../chain/clients.ts";
import type { Deployment } from "../chain/deployment.ts";
import { followChain } from "../chain/followChain.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { type Book, createBook, emptyBook } from "./book.ts";
import { bookEvents } from "./bookEvents.ts";
import type { Cache } from "./cache.ts";
import { addressesOf, followedContracts } from "./contracts.ts";
import { isPresent } from "./watchList.ts";

/** The book, kept up with the chain. */
export interface ChainView {
  readonly book: Book;
  /** The last block that the book has. */
  height(): bigint;
  /** The last block that no reorg takes back. */
  finalized(): bigint;
  /** Time of the last block, unix seconds. */
  now(): number;
  /** All that is final, and where to go on from there; undefined before anything was. */
  settled(): Pick<Cache, "checkpoint" | "book"> | undefined;
  /** The height at which the light client began. */
  readonly checkpointHeight: number;
  /** Resolves when the book has what the chain had when it was opened. */
  readonly caughtUp: Promise<void>;
  /** Follows until the signal ends it. @throws ChainError */
  run(): Promise<void>;
}

export interface OpenChainViewParameters {
  readonly chain: Chain;
  readonly deployment: Deployment;
  /** Where to go on. */
  readonly cache: Cache | undefined;
  /** How long after its end a lease or reservation is remembered, seconds. */
  readonly watchAfterEnd: number;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of what changes the book. */
  onChange(): void;
  /** Told when the chain has taken back blocks. */
  onReorg(): void;
}

/** Of the chain's time. */
const FORGET_EVERY_S = 60;

export async function openChainView(parameters: OpenChainViewParameters): Promise<ChainView> {
  const { chain, deployment, cache, log, onChange, onReorg } = parameters;
  const address = addressesOf(deployment).lightClient;
  const checkpointHeight = await chain.client.readContract({
    address,
    abi: abis.BitcoinLightClient,
    functionName: "checkpointHeight",
  });
  const target = await chain.client.getBlockNumber();
  const book = createBook(cache?.book ?? emptyBook(checkpointHeight));
  const head = { height: 0n, time: 0, finalized: 0n };
  let checkpoint: Checkpoint | undefined;
  const { promise: caughtUp, resolve } = Promise.withResolvers<void>();
  let forgottenAt = 0;
  const forgetPast = () => {
    if (head.time - forgottenAt < FORGET_EVERY_S) return;
    forgottenAt = head.time;
    book.forget((payee) => !isPresent(payee, parameters.watchAfterEnd, head.time));
    book.forgetAsks(head.time);
  };
  const run = async () => {
    const updates = followChain({
      ...parameters,
      chainId: chain.chainId,
      sources: chain.sources,
      contracts: followedContracts(deployment),
      startBlock: deployment.startBlock,
      from: cache?.checkpoint,
      onError: (error, source) => log.warn({ err: error, source }, "chain endpoint failed"),
    });
    for await (const update of updates) {
      if (update.type === "block") book.apply(update.block.number, bookEvents(update.block, update.logs));
      if (update.type === "reorg") {
        book.rewind(update.commonAncestor.number);
        onReorg();
      } else head.time = Math.max(head.time, Number(update.block.timestamp));
      if (update.type === "finalize") {
        head.finalized = update.block.number;
        book.settle(head.finalized);
        forgetPast();
        const { number, hash } = update.block;
        checkpoint = { chainId: chain.chainId, base: { number: `${number}`, hash }, recent: [] };
      }
      head.height = heightOf(update.checkpoint);
      if (head.height >= target) resolve();
      if (update.type === "reorg" || (update.type === "block" && update.logs.some(isNews))) onChange();
    }
  };
  const finalized = () => head.finalized;
  const settled = () => checkpoint && { checkpoint, book: book.settled() };
  return { book, settled, height: () => head.height, finalized, now: () => head.time, checkpointHeight, caughtUp, run };
}

/** What is for sale changes often, and nobody waits for it. */
function isNews({ contract }: { contract: string }): boolean {
  return contract !== "Exchange";
}

function heightOf({ base, recent }: Checkpoint): bigint {
  return BigInt(base.number) + BigInt(recent.length);
}
