// SPDX-License-Identifier: Apache-2.0
import type { Address } from "viem";
import type { BlockId, Header, RawLog } from "./block.ts";
import { mayContain } from "./bloom.ts";
import { ChainError } from "./errors.ts";
import type { ChainSource } from "./source.ts";

export interface BlockLogsParameters {
  source: ChainSource;
  /** Asked as well when `source` says that there is nothing in a block whose bloom filter says there may be. */
  others: readonly ChainSource[];
  addresses: readonly Address[];
  signal: AbortSignal;
  onError?: (error: unknown, source: string) => void;
}

/**
 * The logs of one block that was followed, asked for by its hash, so that an endpoint that does not have the block (any
 * more) fails rather than answers for another one.
 * @throws ChainError RPC_FAILED, INCONSISTENT
 */
export async function blockLogs(header: Header, parameters: BlockLogsParameters): Promise<RawLog[]> {
  const { source, others, addresses, signal, onError } = parameters;
  const ask = async (from: ChainSource) =>
    ofBlock(header, await from.logs({ blockHash: header.hash }, addresses, signal), addresses, from.name);
  const logs = await ask(source);
  if (logs.length > 0 || !addresses.some((address) => mayContain(header.logsBloom, address))) return logs;
  for (const other of others) {
    try {
      const found = await ask(other);
      if (found.length === 0) return found;
      onError?.(leftOut(source.name, other.name, header, found.length), source.name);
      return found;
    } catch (error) {
      signal.throwIfAborted();
      // It may not have the block yet; the next one is asked.
      onError?.(error, other.name);
    }
  }
  return logs;
}

/** What is reported of an endpoint that lacks logs that another one has. */
export function leftOut(source: string, other: string, { number }: BlockId, count: number): ChainError {
  const message = `${source} left out ${count} logs of block ${number} that ${other} has`;
  return new ChainError({ code: "LOGS_WITHHELD", message, have: 0, need: count });
}

/**
 * An endpoint's logs of a block, in order.
 * @throws ChainError INCONSISTENT when one of them is of another block, of an address not asked for, or there twice
 */
export function ofBlock(
  block: BlockId,
  logs: readonly RawLog[],
  addresses: readonly Address[],
  source: string,
): RawLog[] {
  const asked = new Set(addresses.map((address) => address.toLowerCase()));
  const sorted = logs.toSorted((a, b) => a.logIndex - b.logIndex);
  for (const [i, log] of sorted.entries()) {
    const fits = log.blockHash === block.hash && log.blockNumber === block.number;
    if (fits && asked.has(log.address.toLowerCase()) && log.logIndex !== sorted[i + 1]?.logIndex) continue;
    const message = `${source} gave a log that is not of block ${block.number}, not asked for, or twice`;
    throw new ChainError({ code: "INCONSISTENT", message, have: log, need: block, retryable: true });
  }
  return sorted;
}
