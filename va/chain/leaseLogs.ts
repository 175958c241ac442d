// SPDX-License-Identifier: Apache-2.0
import { type Address, type Hex, type Log, numberToHex } from "viem";
import type { ChainClient } from "../../offchain/chain/clients.ts";

/** A log as a node returns it, with its numbers as hexadecimal. */
export type LeaseLog = Pick<Log<Hex>, "address" | "topics" | "data" | "blockNumber" | "logIndex">;

/** Fewer blocks than this in one request are refused for another reason than their number. */
const SMALLEST_RANGE = 500n;

/**
 * The logs of these contracts whose first indexed parameter is the lease's id, in order. A range that an endpoint refuses is asked
 * for in halves.
 */
export async function leaseLogs(
  client: ChainClient,
  addresses: readonly Address[],
  leaseId: Hex,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<LeaseLog[]> {
  if (fromBlock > toBlock) return [];
  try {
    const filter = {
      address: [...addresses],
      topics: [null, leaseId],
      fromBlock: numberToHex(fromBlock),
      toBlock: numberToHex(toBlock),
    };
    return (await client.request({ method: "eth_getLogs", params: [filter] })) as LeaseLog[];
  } catch (error) {
    if (toBlock - fromBlock < SMALLEST_RANGE) throw error;
    const middle = (fromBlock + toBlock) / 2n;
    const first = await leaseLogs(client, addresses, leaseId, fromBlock, middle);
    return [...first, ...(await leaseLogs(client, addresses, leaseId, middle + 1n, toBlock))];
  }
}
