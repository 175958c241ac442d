// SPDX-License-Identifier: Apache-2.0
import { JsonRpcProvider } from "ethers";
import { type Hex, hexToBytes } from "viem";
import { type AccessDetails, openAccessDetails } from "../../offchain/lease/accessDetails.ts";
import { Exchange__factory, Leases__factory } from "../../typechain-types/index.js";
import type { Deployment } from "../deploy/deploy.ts";

/** A lease at the latest block, times in seconds of the provider clock. */
export interface LeaseNow {
  readonly state: "none" | "unfunded" | "pending" | "reserved" | "active" | "closed";
  readonly depositMsat: bigint;
  readonly earnedMsat: bigint;
  readonly clock: number;
  readonly exhaustedAt: number;
  /** When grace ends, or under notice what is paid; 0 before the start. */
  readonly overAt: number;
}

/** Reads a local chain as a user would, without anybody between. */
export interface ChainReader {
  /** Undefined while the chain does not know it. */
  lease(leaseId: Hex): Promise<LeaseNow | undefined>;
  /** Whether its end is recorded. */
  isClosed(leaseId: Hex): Promise<boolean>;
  /** The newest access details posted for a lease. */
  access(leaseId: Hex, ageIdentity: string): Promise<AccessDetails | undefined>;
  /** The newest ask of an appliance that has instances left. */
  openAsk(appliance: number): Promise<{ order: bigint; quantity: number } | undefined>;
  close(): void;
}

const STATES = ["none", "unfunded", "pending", "reserved", "active", "closed"] as const;

export function createChainReader(rpcUrl: string, { contracts, startBlock }: Deployment): ChainReader {
  const rpc = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1 });
  const leases = Leases__factory.connect(contracts.Leases, rpc);
  const exchange = Exchange__factory.connect(contracts.Exchange, rpc);
  return {
    async lease(leaseId) {
      const opened = await leases.queryFilter(leases.filters.LeaseOpened(leaseId), startBlock);
      if (opened.length === 0) return undefined;
      const status = await leases.statusOf(leaseId);
      return {
        state: STATES[Number(status.state)] ?? "none",
        depositMsat: status.deposit,
        earnedMsat: status.earned,
        clock: Number(status.clock),
        exhaustedAt: Number(status.exhaustedAt),
        overAt: Number(status.overAt),
      };
    },
    async isClosed(leaseId) {
      return (await leases.queryFilter(leases.filters.LeaseClosed(leaseId), startBlock)).length > 0;
    },
    async access(leaseId, ageIdentity) {
      const started = await leases.queryFilter(leases.filters.Started(leaseId), startBlock);
      const posted = await leases.queryFilter(leases.filters.AccessPosted(leaseId), startBlock);
      const newest = posted.at(-1) ?? started.at(-1);
      if (newest === undefined) return undefined;
      return openAccessDetails(hexToBytes(newest.args.sealedAccess as Hex), ageIdentity);
    },
    async openAsk(appliance) {
      const placed = await exchange.queryFilter(exchange.filters.AskPlaced(undefined, appliance), startBlock);
      for (const { args } of placed.reverse()) {
        // one that is gone is unknown
        const quantity = await exchange.ask(args.order).then(
          (ask) => ask.quantity,
          () => 0n,
        );
        if (quantity > 0n) return { order: args.order, quantity: Number(quantity) };
      }
      return undefined;
    },
    close: () => rpc.destroy(),
  };
}
