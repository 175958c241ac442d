// SPDX-License-Identifier: Apache-2.0
import { type Hex, numberToHex, parseEventLogs, toEventSelector } from "viem";
import { abis } from "../../offchain/chain/abis.ts";
import type { ChainClient } from "../../offchain/chain/clients.ts";
import { logsBetween } from "../../offchain/chain/leaseLogs.ts";
import { SMALLEST_DEBT } from "../../offchain/lease/debts.ts";
import type { ApplianceContracts } from "../chain/abis.ts";
import { LEASE_STATES } from "../types.ts";

/** A bitcoin lease, as far as its coins are concerned. */
export interface LeaseCoins {
  readonly leaseId: Hex;
  /** Satoshi that a refund of it needs, or would need if the lease ended now; 0 when it is over and nothing is owed. */
  readonly needed: bigint;
}

/** What {@link bitcoinLeases} reads with. */
export interface LeaseReader {
  readonly client: ChainClient;
  readonly contracts: ApplianceContracts;
  readonly appliance: number;
  /** No contract's event is in an earlier block. */
  readonly startBlock: bigint;
}

/** For the miner of a refund, satoshi: several times what one usually costs. */
const FEE_RESERVE = 20_000n;
const AT_ONCE = 50;

/** All bitcoin leases that the appliance ever had, oldest first. */
export async function bitcoinLeases(reader: LeaseReader): Promise<LeaseCoins[]> {
  const { client, contracts, appliance, startBlock } = reader;
  const opened = abis.Leases.find((item) => item.type === "event" && item.name === "LeaseOpened");
  if (opened?.type !== "event") throw new Error("unreachable: the contract has this event");
  const topics = [toEventSelector(opened), null, null, numberToHex(appliance, { size: 32 })];
  const filter = { address: [contracts.Leases.address], topics };
  const raw = await logsBetween(client, filter, startBlock, await client.getBlockNumber());
  const logs = raw as unknown as Parameters<typeof parseEventLogs>[0]["logs"];
  const ids = parseEventLogs({ abi: abis.Leases, eventName: "LeaseOpened", logs }).map(({ args }) => args.leaseId);
  const leases: LeaseCoins[] = [];
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    const found = await Promise.all(ids.slice(i, i + AT_ONCE).map((leaseId) => read(reader, leaseId)));
    leases.push(...found.filter((lease) => lease !== undefined));
  }
  return leases;
}

async function read({ client, contracts }: LeaseReader, leaseId: Hex): Promise<LeaseCoins | undefined> {
  const args = [leaseId] as const;
  const lease = await client.readContract({ ...contracts.Leases, functionName: "lease", args });
  if (lease.confirmations === 0) return undefined;
  if (LEASE_STATES[lease.state] !== "closed") {
    const { refundable } = await client.readContract({ ...contracts.Leases, functionName: "statusOf", args });
    return { leaseId, needed: neededFor(refundable) };
  }
  const [owed, { refunded }] = await Promise.all([
    client.readContract({ ...contracts.BitcoinDebts, functionName: "owedOf", args }),
    client.readContract({ ...contracts.BitcoinDebts, functionName: "debtOf", args }),
  ]);
  // A refund that does not count for good yet may have to be made again.
  return { leaseId, needed: neededFor(owed + refunded) };
}

function neededFor(msat: bigint): bigint {
  return msat < SMALLEST_DEBT ? 0n : (msat + 999n) / 1000n + FEE_RESERVE;
}
