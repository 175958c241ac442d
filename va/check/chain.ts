// SPDX-License-Identifier: Apache-2.0
import { type Address, formatEther } from "viem";
import type { ChainClient } from "../../offchain/chain/clients.ts";
import type { ChainSource } from "../../offchain/chain/source.ts";
import type { Clock } from "../../offchain/core/clock.ts";
import { ConfigError } from "../../offchain/core/config.ts";
import type { ApplianceContracts } from "../chain/abis.ts";
import type { ApplianceChain, ApplianceView } from "../chain/applianceChain.ts";
import { checkAppliance } from "../checkAppliance.ts";
import type { Offers } from "../offers.ts";
import { checkEvictions, checkFloors } from "./bounds.ts";
import { type Finding, look, Wrong } from "./finding.ts";

/** What {@link checkChain} looks at. */
export interface ChainSurroundings {
  readonly chain: ApplianceChain;
  /** Each endpoint by itself. */
  readonly sources: readonly ChainSource[];
  readonly client: ChainClient;
  readonly contracts: ApplianceContracts;
  readonly appliance: number;
  readonly offers: Offers;
  readonly hotKey: Address;
  readonly ageIdentities: readonly string[];
  readonly clock: Clock;
}

/** A chain that has no newer block is stuck, or this machine's clock is wrong; seconds. */
const MOST_SKEW_S = 300n;
/** Gas that the hot key should be able to pay: a day of beats and a hundred starts, about. */
const GAS_RESERVE = 15_000_000n;
/** Compute units whose anonymous start the provider should be able to pay. */
const STARTS_IN_RESERVE = 10n;
/** Of the contracts (`BEAT_WINDOW`), seconds. */
const BEAT_WINDOW = 3_600n;

/** The chain's side: endpoints, contracts, keys, gas, stake, proof of life. */
export async function checkChain(around: ChainSurroundings, signal: AbortSignal): Promise<Finding[]> {
  const endpoints = await Promise.all(around.sources.map((source) => checkEndpoint(source, around.clock, signal)));
  const found = [...endpoints, await checkContracts(around)];
  if (found.some(({ ok }) => !ok)) return found;
  const keys = await checkKeys(around);
  found.push(keys, await checkGas(around));
  if (!keys.ok) return found;
  const view = await around.chain.appliance();
  const rest = [
    checkStake(around, view),
    checkPurse(around, view),
    checkAttestation(around),
    checkLife(around, view),
    checkEvictions(around.chain),
    checkFloors(around.chain, view, around.offers),
  ];
  return [...found, ...(await Promise.all(rest))];
}

function checkEndpoint(source: ChainSource, clock: Clock, signal: AbortSignal): Promise<Finding> {
  const fix =
    "see that RPC_URLS and CHAIN_ID are right, and that this machine may reach it; it has to know the tags safe and finalized, or set SAFE_DEPTH and FINALIZED_DEPTH";
  return look(`endpoint ${source.name}`, fix, async () => {
    const { latest, finalized } = await source.tips(signal);
    const now = BigInt(Math.floor(clock.now() / 1_000));
    const age = now - latest.timestamp;
    const line = `block ${latest.number}, final ${finalized.number}, ${age} s old by this machine's clock`;
    if (age > MOST_SKEW_S)
      return new Wrong(
        line,
        "the endpoint lags, the chain is stuck or this machine's clock is ahead: run an NTP client",
      );
    if (age < -MOST_SKEW_S) return new Wrong(line, "this machine's clock is behind: run an NTP client");
    return line;
  });
}

function checkContracts({ client, contracts }: ChainSurroundings): Promise<Finding> {
  return look("contracts", "see that DEPLOYMENT_FILE is of this chain", async () => {
    const codes = await Promise.all(Object.values(contracts).map(({ address }) => client.getCode({ address })));
    const missing = Object.keys(contracts).filter((_, i) => (codes[i] ?? "0x") === "0x");
    if (missing.length === 0) return `${codes.length} are there`;
    return new Wrong(`no code at ${missing.join(", ")}`, "DEPLOYMENT_FILE is of another chain, or too new for it");
  });
}

function checkKeys({ chain, hotKey, ageIdentities }: ChainSurroundings): Promise<Finding> {
  return look("keys", "ask the endpoint's operator", async () => {
    try {
      await checkAppliance(chain, hotKey, ageIdentities);
      return `hot key ${hotKey} and the seal key are the appliance's`;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const lines = error.problems.map(({ key, have, need }) => `${key} is ${have}, needs ${need}`);
      const fix = "the provider's cold account sets them: Providers.setHotKey, Providers.setSealKey";
      return new Wrong(lines.join("; "), fix);
    }
  });
}

function checkGas({ client, hotKey }: ChainSurroundings): Promise<Finding> {
  return look("gas", "see that the endpoint answers eth_getBalance and eth_gasPrice", async () => {
    const [balance, price] = await Promise.all([client.getBalance({ address: hotKey }), client.getGasPrice()]);
    const line = `${formatEther(balance)} of the chain's coin`;
    if (balance >= GAS_RESERVE * price) return line;
    return new Wrong(
      line,
      `send the hot key ${hotKey} at least ${formatEther(GAS_RESERVE * price)}: it pays for starts and beats`,
    );
  });
}

function checkStake({ client, contracts, chain }: ChainSurroundings, view: ApplianceView): Promise<Finding> {
  return look("stake", "see that the endpoint answers eth_call", async () => {
    const rules = { ...contracts.Pools, functionName: "rulesOf", args: [view.pool] } as const;
    const stake = { ...contracts.Providers, functionName: "stakeOf", args: [view.provider] } as const;
    const [{ minimumStake }, { locked }, free] = await Promise.all([
      client.readContract(rules),
      client.readContract(stake),
      chain.freeStake(view.provider),
    ]);
    const line = `${formatEther(free)} XOV free, ${formatEther(locked)} locked; the pool wants ${formatEther(minimumStake)}`;
    if (free + locked < minimumStake)
      return new Wrong(line, "stake more (Providers.stake): the pool takes no asks of this provider");
    if (free === 0n) return new Wrong(line, "stake more (Providers.stake): every ask locks some");
    return line;
  });
}

/** What a start of a holder without trust costs, and what a lease's delivery does, is paid in XOV. */
function checkPurse({ client, contracts }: ChainSurroundings, { provider }: ApplianceView): Promise<Finding> {
  const { Trust, Vault, XovToken } = contracts;
  return look("purse", "see that the endpoint answers eth_call", async () => {
    const [[purse], balance, [, perUnit]] = await Promise.all([
      client.readContract({ ...Trust, functionName: "purseOf", args: [provider] }),
      client.readContract({ ...Vault, functionName: "balanceOf", args: [XovToken.address, provider] }),
      client.readContract({ ...Trust, functionName: "pricing" }),
    ]);
    const line = `${formatEther(purse)} XOV in the purse, ${formatEther(balance)} in the vault; a compute unit starts for ${formatEther(perUnit)}`;
    const need = STARTS_IN_RESERVE * perUnit;
    if (purse >= need || balance >= need) return line;
    const fix = `fund the purse (Trust.fund) or the vault with ${formatEther(need)} XOV: leases whose start cannot be paid are declined`;
    return new Wrong(line, fix);
  });
}

function checkAttestation({ client, contracts, appliance }: ChainSurroundings): Promise<Finding> {
  const fix =
    "set STACK_FILE, and the appliance attests what the cloud runs on; at once: node --import tsx va/attest/main.ts --submit";
  return look("attestation", "see that the endpoint answers eth_call", async () => {
    const expiry = { ...contracts.Attestations, functionName: "expiryOf", args: [appliance] } as const;
    const [until, { timestamp }] = await Promise.all([client.readContract(expiry), client.getBlock()]);
    if (until === 0n) return new Wrong("there is none: no ask is taken", fix);
    const line = `until ${new Date(Number(until) * 1_000).toISOString()}`;
    return until > timestamp ? line : new Wrong(`it lapsed, ${line}: no ask is taken`, fix);
  });
}

function checkLife({ client }: ChainSurroundings, { lastBeat }: ApplianceView): Promise<Finding> {
  return look("proof of life", "see that the endpoint answers", async () => {
    const { timestamp } = await client.getBlock();
    const age = timestamp - lastBeat;
    const line = `the last beat was ${age} s ago`;
    // Before the first start there is none to be expected.
    return age <= BEAT_WINDOW ? line : `${line}: leases stand still until the appliance runs again`;
  });
}
