// SPDX-License-Identifier: Apache-2.0
import type { Address } from "viem";
import type { Block, Header, RawLog } from "./block.ts";
import { ChainError } from "./errors.ts";
import { leftOut, ofBlock } from "./logs.ts";
import { type Change, type Position, tipOf } from "./position.ts";
import { inconsistent } from "./reorg.ts";
import type { ChainSource } from "./source.ts";

/** How many blocks an endpoint is asked for at once: adapts to what it accepts. */
export interface Range {
  blocks: bigint;
}

/** What hosted endpoints mostly accept; larger where an endpoint keeps accepting it. */
export const FIRST_RANGE = 2_000n;
const MAX_RANGE = 50_000n;
/** Fewer logs than this in an answer, and the next range may be larger. */
const FEW_LOGS = 1_000;
const HEADERS_AT_ONCE = 100;

export interface BackfillParameters {
  finalized: Header;
  /** The first of them that answers is asked for the same logs: one endpoint alone can have lost some unnoticed. */
  others: readonly ChainSource[];
  addresses: readonly Address[];
  /** Of this endpoint; changed. */
  range: Range;
  signal: AbortSignal;
  onError?: (error: unknown, source: string) => void;
}

/**
 * The next final blocks after the tip, which is in the endpoint's chain: those that have logs, and the last one of the range.
 * @throws ChainError RPC_FAILED, INCONSISTENT
 */
export async function backfill(
  source: ChainSource,
  position: Position,
  parameters: BackfillParameters,
): Promise<Change[]> {
  const { finalized, addresses, signal } = parameters;
  const tip = tipOf(position);
  const fromBlock = tip.number + 1n;
  const { logs, toBlock } = await nextLogs(source, fromBlock, parameters);
  const byBlock = Map.groupBy(logs, (log) => log.blockNumber);
  const second = await secondOpinion(fromBlock, toBlock, parameters);
  const seconds = Map.groupBy(second?.logs ?? [], (log) => log.blockNumber);
  const settled = position.recent.length > 0 ? [tip.number] : [];
  const numbers = [...new Set([...settled, ...byBlock.keys(), ...seconds.keys(), toBlock])].sort((a, b) =>
    a < b ? -1 : 1,
  );
  const headers = await manyHeaders(source, numbers, signal);
  const changes: Change[] = [];
  for (const header of headers) {
    const block = bare(header);
    if (header.number === finalized.number && header.hash !== finalized.hash) {
      throw inconsistent(source, `has two blocks ${header.number}`);
    }
    if (header.number === tip.number) {
      if (header.hash !== tip.hash) throw inconsistent(source, `has two blocks ${header.number}`);
      changes.push({ type: "finalize", block });
      continue;
    }
    const own = ofBlock(header, byBlock.get(header.number) ?? [], addresses, source.name);
    const all = withheld(header, own, seconds.get(header.number) ?? []);
    if (all.length > own.length)
      parameters.onError?.(leftOut(source.name, second?.name ?? "", header, all.length - own.length), source.name);
    changes.push({ type: "block", block, logs: all, final: true });
    if (header.number === toBlock) changes.push({ type: "finalize", block });
  }
  return changes;
}

/** The logs of as many blocks as the endpoint gives at once, from `fromBlock` to the finalized one at most. */
async function nextLogs(
  source: ChainSource,
  fromBlock: bigint,
  parameters: BackfillParameters,
): Promise<{ logs: RawLog[]; toBlock: bigint }> {
  const { finalized, addresses, range, signal } = parameters;
  for (;;) {
    const last = fromBlock + range.blocks - 1n;
    const toBlock = last < finalized.number ? last : finalized.number;
    try {
      const logs = await source.logs({ fromBlock, toBlock }, addresses, signal);
      if (logs.some(({ blockNumber }) => blockNumber < fromBlock || blockNumber > toBlock)) {
        throw inconsistent(source, `gave logs beyond the blocks ${fromBlock} to ${toBlock}`);
      }
      const grown = logs.length < FEW_LOGS ? range.blocks * 2n : range.blocks;
      range.blocks = grown < MAX_RANGE ? grown : MAX_RANGE;
      return { logs, toBlock };
    } catch (error) {
      signal.throwIfAborted();
      // Each provider words its limits in its own way, and a missing answer can be one too: all narrow the range.
      range.blocks = (toBlock - fromBlock + 2n) / 2n;
      const refused = error instanceof ChainError && error.code === "RPC_REFUSED";
      if (!refused || toBlock === fromBlock) throw error;
    }
  }
}

interface Opinion {
  name: string;
  logs: readonly RawLog[];
}

async function secondOpinion(
  fromBlock: bigint,
  toBlock: bigint,
  { others, addresses, signal, onError }: BackfillParameters,
): Promise<Opinion | undefined> {
  for (const other of others) {
    try {
      return { name: other.name, logs: await other.logs({ fromBlock, toBlock }, addresses, signal) };
    } catch (error) {
      signal.throwIfAborted();
      onError?.(error, other.name);
    }
  }
  return undefined;
}

/** An endpoint's logs of a block and those of this very block that it left out. */
function withheld(header: Header, own: readonly RawLog[], others: readonly RawLog[]): RawLog[] {
  const has = new Set(own.map(({ logIndex }) => logIndex));
  const more = others.filter((log) => log.blockHash === header.hash && !has.has(log.logIndex));
  return [...own, ...more].sort((a, b) => a.logIndex - b.logIndex);
}

async function manyHeaders(source: ChainSource, numbers: readonly bigint[], signal: AbortSignal): Promise<Header[]> {
  const headers: Header[] = [];
  for (let i = 0; i < numbers.length; i += HEADERS_AT_ONCE) {
    for (const header of await source.headers(numbers.slice(i, i + HEADERS_AT_ONCE), signal)) {
      if (header === undefined) throw inconsistent(source, "has no block below its finalized one");
      headers.push(header);
    }
  }
  return headers;
}

/** Without what only the follower looks at. */
export function bare({ number, hash, parentHash, timestamp }: Header): Block {
  return { number, hash, parentHash, timestamp };
}
