// SPDX-License-Identifier: Apache-2.0
import type { Address, ContractFunctionName, ReadContractReturnType } from "viem";
import { abis } from "../chain/abis.ts";
import type { ChainClient } from "../chain/clients.ts";
import { contractsOf, type Deployment } from "../chain/deployment.ts";
import type { PerBlock } from "./perBlock.ts";
import type { AccountTrust, Provider, StartPrice } from "./trustApi.ts";

/** Instances whose start is asked about. */
export interface Starts {
  /** Of one of them, thousandths of a compute unit. */
  readonly milliUnits: bigint;
  readonly count: number;
}

/** What the trust lens says at a block. Everything throws viem's BaseError when the chain does not answer. */
export interface TrustReader {
  account(account: Address, starts: Starts | undefined, block: number): Promise<Omit<AccountTrust, "block">>;
  startPrice(block: number): Promise<Omit<StartPrice, "block">>;
  /** Zeroes for a provider that nobody knows. */
  provider(provider: Address, block: number): Promise<Omit<Provider, "block" | "appliances">>;
  /** Null for an appliance that never attested. */
  attestation(appliance: number, block: number): Promise<Provider["appliances"][number]["attestation"]>;
}

/** Compute units, of which contracts count thousandths. */
const MILLI = 1_000;
/** Compute-unit-hours, of which contracts count thousandths of a unit × seconds. */
const MILLI_SECONDS = 3_600 * MILLI;

const lensAbi = abis.TrustLens;
type Question = ContractFunctionName<typeof lensAbi, "view">;

export interface TrustReaderParameters {
  readonly client: ChainClient;
  readonly deployment: Deployment;
  /** Keeps answers for a block: many who ask the same cost one call. */
  readonly perBlock: PerBlock<unknown>;
}

/** @throws DeploymentError NO_CONTRACT */
export function createTrustReader({ client, deployment, perBlock }: TrustReaderParameters): TrustReader {
  const { address } = contractsOf(deployment, { TrustLens: lensAbi }).TrustLens;
  const lens = { address, abi: lensAbi } as const;
  const at = (block: number) => ({ ...lens, blockNumber: BigInt(block) });
  const kept = <T>(key: string, compute: () => Promise<T>) => perBlock.get(key, compute) as Promise<T>;
  return {
    account: (account, starts, block) =>
      kept(`account ${block} ${account} ${starts?.milliUnits} ${starts?.count}`, async () => {
        const [user, start] = await Promise.all([
          client.readContract({ ...at(block), functionName: "userOf", args: [account] }),
          quote(account, starts, block),
        ]);
        return { ...userOf(user), account, start };
      }),
    startPrice: (block) =>
      kept(`price ${block}`, async () => priceOf(await client.readContract({ ...at(block), functionName: "price" }))),
    provider: (provider, block) =>
      kept(`provider ${block} ${provider}`, async () => {
        const status = await client.readContract({ ...at(block), functionName: "providerOf", args: [provider] });
        return { provider, ...statusOf(status) };
      }),
    attestation: (appliance, block) =>
      kept(`attestation ${block} ${appliance}`, async () => {
        const call = { ...at(block), functionName: "attestationOf", args: [appliance] } as const;
        const { attestation, listable } = await client.readContract(call);
        const { attestedAt, expiresAt, barredUntil, componentsHash } = attestation;
        if (attestedAt === 0) return null;
        return { attestedAt, expiresAt, barredUntil: orNull(barredUntil), componentsHash, listable };
      }),
  };

  async function quote(account: Address, starts: Starts | undefined, block: number): Promise<AccountTrust["start"]> {
    if (starts === undefined) return null;
    const { milliUnits, count } = starts;
    const args = [account, milliUnits, BigInt(count)] as const;
    const quoted = await client.readContract({ ...at(block), functionName: "quoteStarts", args });
    const { withinLimit, withinLimitCount, price, exhausted } = quoted;
    return {
      units: Number(milliUnits) / MILLI,
      count,
      withinLimit,
      withinLimitCount: Number(withinLimitCount),
      price: `${price}`,
      exhausted,
    };
  }
}

type Answer<F extends Question> = ReadContractReturnType<typeof lensAbi, F>;

function userOf(user: Answer<"userOf">) {
  const { limit, used } = user;
  return {
    deposit: `${user.deposit}`,
    cooling: `${user.cooling}`,
    frozen: `${user.frozen}`,
    leavesAt: orNull(user.leavesAt),
    karma: Number(user.karma) / MILLI_SECONDS,
    limit: Number(limit) / MILLI,
    used: Number(used) / MILLI,
    available: Number(limit > used ? limit - used : 0n) / MILLI,
    upheld: Number(user.upheld),
  };
}

function priceOf({ perUnit, floor, excess, target, globalRate }: Answer<"price">): Omit<StartPrice, "block"> {
  return {
    perUnit: `${perUnit}`,
    floor: `${floor}`,
    secondsToFloor: Number(excess),
    target: Number(target) / MILLI,
    globalRate: Number(globalRate) / MILLI,
  };
}

function statusOf({ stake, record, purse, seizable }: Answer<"providerOf">) {
  const { free, locked, leaving, short } = stake;
  return {
    record: {
      asked: Number(record.asked),
      made: Number(record.made),
      promised: Number(record.promised) / MILLI_SECONDS,
      delivered: Number(record.delivered) / MILLI_SECONDS,
      upheld: Number(record.upheld),
    },
    staked: `${free + locked + leaving - short}`,
    stake: {
      free: `${free}`,
      locked: `${locked}`,
      leaving: `${leaving}`,
      leavesAt: orNull(stake.leavesAt),
      short: `${short}`,
      frozen: `${stake.frozen}`,
    },
    purse: `${purse}`,
    seizable: `${seizable}`,
  };
}

/** The contracts say 0 for no time. */
function orNull(time: bigint | number): number | null {
  return Number(time) === 0 ? null : Number(time);
}
