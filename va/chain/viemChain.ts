// SPDX-License-Identifier: Apache-2.0
import type { Address } from "viem";
import type { ChainClient } from "../../offchain/chain/clients.ts";
import type { Sender } from "../../offchain/chain/sender.ts";
import type { ChainSource } from "../../offchain/chain/source.ts";
import { placeOf } from "../../offchain/lease/orderId.ts";
import type { ApplianceContracts } from "./abis.ts";
import type { ApplianceChain, AskView, ClassSpec, MarketView } from "./applianceChain.ts";
import { hasLaunch, readLease } from "./reads.ts";
import { send } from "./send.ts";
import { readStartTerms } from "./startTerms.ts";

/** What {@link viemChain} needs. */
export interface ViemChainOptions {
  /** Reads, from whichever endpoint answers. */
  readonly reader: ChainClient;
  /** One for each endpoint: what all of them have to agree on before anything is destroyed. */
  readonly witnesses: readonly Witness[];
  readonly sender: Sender;
  readonly contracts: ApplianceContracts;
  readonly appliance: number;
  /** Ends waiting for receipts. */
  readonly signal: AbortSignal;
}

/** One endpoint by itself. */
export interface Witness {
  readonly client: ChainClient;
  readonly source: Pick<ChainSource, "tips">;
}

/** {@link ApplianceChain} over JSON-RPC. */
export function viemChain(options: ViemChainOptions): ApplianceChain {
  const { reader, witnesses, sender, contracts, appliance, signal: stop } = options;
  return {
    lease: (leaseId, at) => readLease(reader, contracts, leaseId, at),
    finalizedLease: (leaseId, signal) =>
      Promise.all(
        witnesses.map(async ({ client, source }) => {
          const { finalized } = await source.tips(signal);
          return readLease(client, contracts, leaseId, finalized);
        }),
      ),
    finalizedLaunch: (leaseId, launch, signal) =>
      Promise.all(
        witnesses.map(async ({ client, source }) => {
          const { finalized } = await source.tips(signal);
          const there = launch.block <= finalized.number && (await hasLaunch(client, contracts, leaseId, launch));
          return { block: finalized, there };
        }),
      ),
    async appliance() {
      const call = {
        ...contracts.Providers,
        functionName: "appliance",
        args: [appliance],
      } as const;
      const { provider, hotKey, pool, lastBeat, hasFloors, sealKey } = await reader.readContract(call);
      return { provider, hotKey, pool, lastBeat: BigInt(lastBeat), hasFloors, sealKey };
    },
    asks: async (orders) => (await Promise.all(orders.map((order) => readAsk(options, order)))).flat(),
    market: (pool, spec, quote) => readMarket(options, pool, spec, quote),
    async freeStake(provider) {
      const call = {
        ...contracts.Providers,
        functionName: "stakeOf",
        args: [provider],
      } as const;
      return (await reader.readContract(call)).free;
    },
    async collateralPerMsat(pool) {
      const call = { ...contracts.Pools, functionName: "rulesOf", args: [pool] } as const;
      return BigInt((await reader.readContract(call)).collateralPerMsat);
    },
    async attestation() {
      const call = { ...contracts.Attestations, functionName: "attestationOf", args: [appliance] } as const;
      const { expiresAt, barredUntil, componentsHash } = await reader.readContract(call);
      return { expiresAt: BigInt(expiresAt), barredUntil: BigInt(barredUntil), componentsHash };
    },
    startPrice: (computeUnits) =>
      reader.readContract({ ...contracts.Trust, functionName: "startPrice", args: [BigInt(computeUnits)] }),
    async evictions() {
      const call = { ...contracts.Providers, functionName: "evictionsOf", args: [appliance] } as const;
      const [perDay, left] = await reader.readContract(call);
      return { perDay, left };
    },
    priceFloor: (quote) =>
      reader.readContract({ ...contracts.Providers, functionName: "priceFloorOf", args: [appliance, quote] }),
    startTerms: (leaseId) => readStartTerms(reader, contracts, leaseId),
    send: (transaction) => send(transaction, { sender, contracts, appliance, signal: stop }),
  };
}

async function readAsk({ reader, contracts }: ViemChainOptions, order: bigint): Promise<AskView[]> {
  const call = { ...contracts.Exchange, functionName: "ask", args: [order] } as const;
  const ask = await reader.readContract(call).catch((error: unknown) => {
    if (String(error).includes("Exchange_UnknownOrder")) return undefined;
    throw error;
  });
  if (ask === undefined) return [];
  const { market, price } = placeOf(order);
  const { quantity, expiry, lock, startFee, reservation } = ask;
  return [{ order, market, price, quantity, expiry: BigInt(expiry), lockPerInstance: lock, startFee, ...reservation }];
}

async function readMarket(
  { reader, contracts }: ViemChainOptions,
  pool: number,
  spec: ClassSpec,
  quote: Address,
): Promise<MarketView> {
  const classes = { ...contracts.ComputeClasses } as const;
  const id = await reader.readContract({ ...classes, functionName: "idOf", args: [spec] });
  const [computeUnits, market] = await Promise.all([
    reader.readContract({ ...classes, functionName: "computeUnits", args: [id] }).catch((error: unknown) => {
      if (String(error).includes("ComputeClasses_UnknownClass")) return 0;
      throw error;
    }),
    reader.readContract({
      ...contracts.Markets,
      functionName: "marketOf",
      args: [pool, id, quote],
    }),
  ]);
  const penalty = { ...contracts.Leases, functionName: "startPenalty", args: [computeUnits] } as const;
  const scale = { ...contracts.Markets, functionName: "scaleOf", args: [market] } as const;
  const [startPenalty, decade] = await Promise.all([
    reader.readContract(penalty),
    market === 0 ? 0 : reader.readContract(scale).then(([, , , exponent]) => exponent),
  ]);
  return { class: id, computeUnits, market, decade, startPenalty };
}
