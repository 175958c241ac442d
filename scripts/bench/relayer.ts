// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "viem";
import { z } from "zod";
import { hexToBytes } from "../../offchain/bitcoin/bytes.ts";
import { abis } from "../../offchain/chain/abis.ts";
import { createChain } from "../../offchain/chain/clients.ts";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { until } from "../demo/steps.ts";
import { type Daemon, startRelayer } from "../devnet/daemons.ts";
import { role } from "../devnet/roles.ts";
import { type Stack, startStack } from "../devnet/stack.ts";
import { makeCoins, mineBlockOf, sendAll, spendCoins } from "./bitcoinBlocks.ts";
import { openBitcoinLeases } from "./bitcoinLeases.ts";
import type { Figure } from "./figure.ts";

export interface RelayerLoad {
  /** Open at once; each is paid in the block. */
  readonly leases: number;
  /** Of the block, payments included. */
  readonly transactions: number;
  /** That the relayer has missed. */
  readonly blocks: number;
  readonly budget: {
    /** From the block to the last proof, milliseconds; of the relayer's CPU for it likewise. */
    readonly proofMs: number;
    readonly cpuMs: number;
    /** The most memory that the relayer has held. */
    readonly memoryMiB: number;
    readonly catchUpMs: number;
  };
}

const { signal } = new AbortController();
const LONG_MS = 900_000;
const MIB = 2 ** 20;
/** Blocks mined in one call. */
const MINED_AT_ONCE = 50;

/** How fast a relayer proves a full block's payments, what that costs it, and how fast it catches up. */
export async function measureRelayer(load: RelayerLoad): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), "xov-bench-"));
  const stack = await startStack({ dir, signal });
  let relayer: Daemon | undefined;
  try {
    const leases = await openBitcoinLeases(stack, load.leases);
    relayer = await startRelayer(stack, role("relayer"), signal);
    const coins = await makeCoins(stack, load.transactions);
    const scripts = leases.map(({ script }) => hexToBytes(script));
    const all = spendCoins(coins, scripts);
    // The mempool need not hold what pays nobody.
    const txids = await sendAll(stack, all.slice(0, load.leases));
    const { url } = relayer.ready;
    await until("all is watched and seen", () => seenAll(url, load.leases), { clock, signal, timeoutMs: LONG_MS });
    const before = await healthOf(url);
    await mineBlockOf(stack, [...txids, ...all.slice(load.leases)]);
    const minedAt = performance.now();
    await until("all is proven", () => provenAll(stack, load.leases), { clock, signal, timeoutMs: LONG_MS });
    const provenIn = performance.now() - minedAt;
    const after = await healthOf(url);
    await relayer.stop();
    await mine(stack, load.blocks);
    const startedAt = performance.now();
    relayer = await startRelayer(stack, role("relayer"), signal);
    const again = relayer.ready.url;
    const tip = (await stack.bitcoin.blockchainInfo()).blocks;
    await until("at the tip", () => isAt(again, tip), { clock, signal, timeoutMs: LONG_MS });
    const caughtUpIn = performance.now() - startedAt;
    const memory = Math.max(after.process.maxRss, (await healthOf(again)).process.maxRss) / MIB;
    const cpu = after.process.cpuMs - before.process.cpuMs;
    return figuresOf(load, { provenIn, cpu, memory, caughtUpIn });
  } finally {
    await relayer?.stop();
    await stack.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Measured {
  readonly provenIn: number;
  readonly cpu: number;
  readonly memory: number;
  readonly caughtUpIn: number;
}

function figuresOf({ leases, transactions, blocks, budget }: RelayerLoad, measured: Measured): Figure[] {
  const block = `block of ${transactions} transactions paying ${leases} leases`;
  const figure = (name: string, unit: Figure["unit"], value: number, reference: number): Figure => {
    return { name, unit, value: Math.round(value), reference };
  };
  return [
    figure(`${block}: to all proofs mined`, "ms", measured.provenIn, budget.proofMs),
    figure(`${block}: CPU of the relayer`, "ms", measured.cpu, budget.cpuMs),
    figure(`${block}: memory of the relayer`, "MiB", measured.memory, budget.memoryMiB),
    figure(`relayer start to the tip, ${blocks} blocks behind`, "ms", measured.caughtUpIn, budget.catchUpMs),
  ];
}

const healthSchema = z.object({
  ok: z.boolean(),
  heights: z.object({ bitcoin: z.number(), lightClient: z.number() }),
  watched: z.number(),
  known: z.object({ sightings: z.number() }),
  process: z.object({ cpuMs: z.number(), maxRss: z.number() }),
});

async function healthOf(url: string | undefined) {
  const response = await fetch(new URL("health", url));
  return healthSchema.parse(await response.json());
}

async function seenAll(url: string | undefined, count: number): Promise<true | undefined> {
  const { watched, known } = await healthOf(url);
  return watched >= count && known.sightings >= count ? true : undefined;
}

async function isAt(url: string | undefined, tip: number): Promise<true | undefined> {
  const { ok, heights } = await healthOf(url);
  return ok && heights.bitcoin === tip && heights.lightClient === tip ? true : undefined;
}

async function provenAll({ anvil, deployment }: Stack, count: number): Promise<true | undefined> {
  const { client } = createChain({ rpcUrls: [anvil.url], chainId: anvil.chainId });
  const address = deployment.contracts.BitcoinPayments as Address;
  const filter = { address, abi: abis.BitcoinPayments, eventName: "PaymentCredited", fromBlock: 0n } as const;
  return (await client.getContractEvents(filter)).length >= count ? true : undefined;
}

async function mine({ wallet }: Stack, count: number): Promise<void> {
  for (let left = count; left > 0; left -= MINED_AT_ONCE) await wallet.mine(Math.min(left, MINED_AT_ONCE));
}
