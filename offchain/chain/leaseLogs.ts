// SPDX-License-Identifier: Apache-2.0
import { type Address, type Hex, type Log, numberToHex } from "viem";
import type { ChainClient } from "./clients.ts";

/** A log as a node returns it, with its numbers as hexadecimal. */
export type LeaseLog = Pick<Log<Hex>, "address" | "topics" | "data" | "blockNumber" | "logIndex">;

/** Fewer blocks than this in one request are refused for another reason than their number. */
const SMALLEST_RANGE = 500n;

/** What to look for, as `eth_getLogs` takes it. */
export interface LogFilter {
  readonly address: Address[];
  readonly topics: (Hex | null)[];
}

/** The logs of a lease: of these contracts, with its id as the first indexed parameter; in order. */
export function leaseLogs(
  client: ChainClient,
  addresses: readonly Address[],
  leaseId: Hex,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<LeaseLog[]> {
  return logsBetween(client, { address: [...addresses], topics: [null, leaseId] }, fromBlock, toBlock);
}

/** The logs of a range of blocks, in order. A range that an endpoint refuses is asked for in halves. */
export async function logsBetween(
  client: ChainClient,
  filter: LogFilter,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<LeaseLog[]> {
  if (fromBlock > toBlock) return [];
  try {
    const range = { fromBlock: numberToHex(fromBlock), toBlock: numberToHex(toBlock) };
    return (await client.request({ method: "eth_getLogs", params: [{ ...filter, ...range }] })) as LeaseLog[];
  } catch (error) {
    if (toBlock - fromBlock < SMALLEST_RANGE) throw error;
    const middle = (fromBlock + toBlock) / 2n;
    const first = await logsBetween(client, filter, fromBlock, middle);
    return [...first, ...(await logsBetween(client, filter, middle + 1n, toBlock))];
  }
}
