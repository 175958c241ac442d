// SPDX-License-Identifier: Apache-2.0
import type { Address, Hash } from "viem";
import type { Clock } from "../core/clock.ts";
import { isRetryable } from "../core/errors.ts";
import { backoffMs } from "../core/retry.ts";
import { FIRST_RANGE, type Range } from "./backfill.ts";
import type { Block, BlockId } from "./block.ts";
import { type Checkpoint, fromCheckpoint, toCheckpoint } from "./checkpoint.ts";
import { createEndpoints } from "./endpoints.ts";
import { ChainError } from "./errors.ts";
import { type ChainEvent, eventDecoder, type FollowedContracts } from "./events.ts";
import { advance, type Change, type Position } from "./position.ts";
import type { ChainSource } from "./source.ts";
import { type Step, step } from "./step.ts";

/** A step of the chain. `checkpoint` is where one goes on after having applied it. */
export type ChainUpdate<C extends FollowedContracts> = (
  | {
      /**
       * The next block and the contracts' events in it, in order. Its parent is the block before it in this sequence
       * of updates, except among final blocks, where those without an event may be left out.
       */
      type: "block";
      block: Block;
      logs: ChainEvent<C>[];
    }
  /** All up to this block, which came before, is unlikely to change: on most L2s, its data is on L1. */
  | { type: "safe"; block: Block }
  /** All up to this block, which came before, is final: no reorg goes below it. */
  | { type: "finalize"; block: Block }
  /** Blocks that came before are no longer in the chain: `removed`, lowest first. The next one follows `commonAncestor`. */
  | { type: "reorg"; commonAncestor: BlockId; removed: readonly Hash[] }
) & { checkpoint: Checkpoint };

export interface FollowChainParameters<C extends FollowedContracts> {
  chainId: number;
  /** One per RPC endpoint, in order of preference: `createChain(…).sources`. */
  sources: readonly ChainSource[];
  /** What to follow: `contractsOf(deployment, […])`. */
  contracts: C;
  /** The first block that can hold an event. */
  startBlock: bigint;
  /** Where to go on; undefined starts at `startBlock`. */
  from: Checkpoint | undefined;
  clock: Clock;
  /** Ends the sequence, without an error. */
  signal: AbortSignal;
  /** Milliseconds between two questions when there is nothing new. Default 1,000. */
  pollMs?: number;
  /** Hears of each failure of an endpoint; the following goes on, with another one or after a pause. */
  onError?: (error: unknown, source: string) => void;
}

/**
 * Follows the chain: every event of the contracts in canonical order, each once, through reorgs, endpoints that fail,
 * lag or contradict themselves, and restarts of the consumer.
 *
 * Nothing is fetched before it is asked for. What the consumer did when it keeps `checkpoint` together with its effects is
 * never told again; what it had not kept is told again. The current safe and final blocks are told again after a restart.
 * While an endpoint's chain is a shorter branch nothing happens: the reorg comes when the branch is as long.
 *
 * @throws ChainError WRONG_CHAIN, FINALITY_VIOLATED when all endpoints fail with such an error that no waiting mends;
 *   UNDECODABLE_LOG
 */
export async function* followChain<const C extends FollowedContracts>(
  parameters: FollowChainParameters<C>,
): AsyncGenerator<ChainUpdate<C>, void, void> {
  const { chainId, contracts, from, clock, signal, pollMs = 1_000 } = parameters;
  if (from !== undefined && from.chainId !== chainId) {
    const message = `the checkpoint is of chain ${from.chainId}`;
    throw new ChainError({ code: "WRONG_CHAIN", message, have: from.chainId, need: chainId });
  }
  const decode = eventDecoder(contracts);
  const look = createLook(parameters);
  const told: Told = { safe: -1n, finalized: -1n };
  let position = from === undefined ? undefined : fromCheckpoint(from);
  try {
    while (!signal.aborted) {
      const { start, changes, caughtUp } = await look(position);
      position = start;
      for (const change of changes) {
        position = advance(position, change);
        if (!isNews(told, change)) continue;
        signal.throwIfAborted();
        yield { ...toUpdate(change, decode), checkpoint: toCheckpoint(chainId, position) };
      }
      if (caughtUp) await clock.sleep(pollMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** What was said last of what is settled. */
interface Told {
  safe: bigint;
  finalized: bigint;
}

/** Whether the consumer does not know it yet: endpoints say what is safe and final every time they are asked. */
function isNews(told: Told, change: Change): boolean {
  if (change.type === "block") return true;
  if (change.type === "reorg") {
    const { number } = change.commonAncestor;
    if (told.safe > number) told.safe = number;
    return true;
  }
  const which = change.type === "safe" ? "safe" : "finalized";
  if (change.block.number <= told[which]) return false;
  told[which] = change.block.number;
  return true;
}

function toUpdate<C extends FollowedContracts>(
  change: Change,
  decode: (logs: Extract<Change, { type: "block" }>["logs"]) => ChainEvent<C>[],
) {
  if (change.type !== "block") return change;
  return { type: change.type, block: change.block, logs: decode(change.logs) };
}

type Look = (position: Position | undefined) => Promise<Step & { start: Position }>;

/** Takes a step with whichever endpoint can, however long it takes. */
function createLook<C extends FollowedContracts>(parameters: FollowChainParameters<C>): Look {
  const { sources, contracts, startBlock, clock, signal, onError } = parameters;
  const addresses: readonly Address[] = Object.values(contracts).map(({ address }) => address);
  const endpoints = createEndpoints(parameters);
  const ranges = new Map<ChainSource, Range>(sources.map((source) => [source, { blocks: FIRST_RANGE }]));
  const hopeless = new Set<ChainSource>();
  let failures = 0;
  return async (position) => {
    for (;;) {
      let source: ChainSource | undefined;
      try {
        source = await endpoints.pick(signal);
        const range = ranges.get(source) ?? { blocks: FIRST_RANGE };
        const others = sources.filter((each) => each !== source);
        const start = position ?? (await firstPosition(source, startBlock, signal));
        const taken = await step({ ...parameters, source, others, position: start, addresses, range });
        failures = 0;
        hopeless.delete(source);
        return { start, ...taken };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ChainError)) throw error;
        failures++;
        onError?.(error, source?.name ?? "all");
        if (source !== undefined) {
          endpoints.failed(source);
          if (!isRetryable(error)) hopeless.add(source);
          if (hopeless.size === sources.length) throw error;
        }
        // The next endpoint can be asked at once; when all have failed, they are given time.
        if (source === undefined || failures % sources.length === 0) {
          await clock.sleep(backoffMs(failures / sources.length, { minMs: 100, maxMs: 15_000 }), signal);
        }
      }
    }
  };
}

/** Before the first block that can hold an event, as far as that is final. */
async function firstPosition(source: ChainSource, startBlock: bigint, signal: AbortSignal): Promise<Position> {
  const { finalized } = await source.tips(signal);
  const before = startBlock > 0n ? startBlock - 1n : 0n;
  if (before >= finalized.number) return { base: bareId(finalized), recent: [] };
  const [header] = await source.headers([before], signal);
  if (header === undefined) {
    const message = `${source.name} has no block ${before} below its finalized one`;
    throw new ChainError({ code: "INCONSISTENT", message, retryable: true });
  }
  return { base: bareId(header), recent: [] };
}

function bareId(block: Block): BlockId {
  return { number: block.number, hash: block.hash };
}
