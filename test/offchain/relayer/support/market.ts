// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Abi,
  type Address,
  bytesToHex,
  createWalletClient,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  type Log,
  type PublicClient,
} from "viem";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { leaseAddress } from "../../../../offchain/bitcoin/leaseAddress.ts";
import { abis } from "../../../../offchain/chain/abis.ts";
import { createChain } from "../../../../offchain/chain/clients.ts";
import { BITCOIN, leaseIdOf, signTerms, type Terms } from "../../../../offchain/lease/terms.ts";
import { type Take, takeToJson } from "../../../../offchain/relayer/take.ts";
import { ascii, createProvisioner } from "../../../../scripts/devnet/provision.ts";
import { providerRoles, type Role, role } from "../../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../../scripts/devnet/stack.ts";

/** The x of the generator of secp256k1: anybody's key, good enough to receive. */
export const BITCOIN_KEY = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
export const SEAL_KEY: Hex = `0x${"11".repeat(32)}`;
/** A thousand satoshi an hour: code 3·9,000 of m = 1,000, in millisatoshi. */
export const PRICE = 1_000_000n;
export const HOUR_SATS = PRICE / 1000n;
const PRICE_CODE = 27_000;
const XOV = 10n ** 18n;

export interface Market {
  readonly client: PublicClient;
  readonly appliance: number;
  readonly class: Hex;
  readonly market: number;
  /** Has XOV for bonds, and is no relayer. */
  readonly bondPoster: Role;
  /** An ask of many instances with this depth, of the one appliance unless said otherwise. */
  placeAsk(confirmations: number, change?: { appliance: number }): Promise<bigint>;
  /** Terms of a new lease, as a page makes them. */
  terms(change?: Partial<Terms>): Promise<{ terms: Terms; spec: Uint8Array; holder: PrivateKeyAccount }>;
  /** What the contracts have for a lease. */
  status(leaseId: Hex): Promise<{ state: number; deposit: bigint }>;
  /** Events of BitcoinPayments about a lease, or of SwapPayments about a reservation. */
  eventsOf(
    eventName: "PaymentCredited" | "PaymentMoved" | "PaymentRevoked",
    leaseId: Hex,
    contract?: "BitcoinPayments" | "SwapPayments",
  ): Promise<Log<bigint, number, false>[]>;
  sendRaw(by: Role, to: Address, data: Hex): Promise<void>;
  /** Replaces so many of the chain's last blocks by empty ones. */
  reorg(depth: number): Promise<void>;
  /** Moves the chain's time on. */
  pass(seconds: number): Promise<void>;
  /** A signed take, and the lease that it makes. */
  take(order: bigint, change?: Partial<Terms>): Promise<{ take: Take; body: object; leaseId: Hex; address: string }>;
  write(by: Role, call: { contract: keyof typeof abis; functionName: string; args: readonly unknown[] }): Promise<void>;
  read<T>(contract: keyof typeof abis, functionName: string, args: readonly unknown[]): Promise<T>;
}

/** A stack in a folder of its own; `stop` removes it. */
export async function openStack(): Promise<Stack> {
  // Mocha requires test files, and Hardhat loaded that way finds each of its parts twice: so it is imported.
  const { startStack } = await import("../../../../scripts/devnet/stack.ts");
  const dir = await mkdtemp(join(tmpdir(), "xov-relayer-"));
  const stack = await startStack({ dir, signal: new AbortController().signal });
  const stop = async () => {
    await stack.stop();
    await rm(dir, { recursive: true, force: true });
  };
  return { ...stack, stop };
}

/** A pool with a staked provider, its appliance and a bitcoin market; and a relayer account that can post bonds. */
export async function openMarket({ anvil, deployment }: Stack): Promise<Market> {
  const { client } = createChain({ rpcUrls: [anvil.url], chainId: anvil.chainId });
  const { contracts } = deployment;
  const { cold, hot } = providerRoles(0);
  const bondPoster = role("poolOperator");
  const provisioner = createProvisioner(anvil.url, deployment, role("deployer"));
  await provisioner.fund(cold, 1_000_000n * XOV);
  await provisioner.fund(role("relayer"), 1_000n * XOV);
  await provisioner.fund(bondPoster, 1_000n * XOV);
  const rules = { minimumStake: XOV, collateralPerMsat: 1000n, fee: 0n, admission: 0 };
  const pool = await provisioner.createPool(role("poolOperator"), "stackmonkey", rules);
  const spec = {
    vcpus: 1,
    memoryMiB: 1024,
    diskGiB: 10,
    gpus: 0,
    gpuModel: ascii("", 16),
    architecture: ascii("x86_64", 8),
  };
  const classId = await provisioner.registerClass(cold, spec);
  await provisioner.stake(cold, 900_000n * XOV);
  const appliance = await provisioner.registerAppliance(cold, {
    pool,
    grace: 3600,
    bitcoinKey: BITCOIN_KEY,
    sealKey: SEAL_KEY,
    hotKey: hot.address,
    region: "test",
  });
  provisioner.close();

  const read: Market["read"] = (contract, functionName, args) =>
    client.readContract({ address: contracts[contract], abi: abis[contract] as Abi, functionName, args }) as never;
  const sendRaw: Market["sendRaw"] = async (by, to, data) => {
    const account = privateKeyToAccount(by.privateKey);
    const wallet = createWalletClient({ account, chain: client.chain, transport: http(anvil.url) });
    const hash = await wallet.sendTransaction({ to, data, chain: client.chain });
    const { status } = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
    if (status !== "success") throw new Error(`transaction ${hash} was reverted`);
  };
  const write: Market["write"] = (by, { contract, functionName, args }) =>
    sendRaw(by, contracts[contract], encodeFunctionData({ abi: abis[contract] as Abi, functionName, args }));
  await write(cold, { contract: "Markets", functionName: "open", args: [pool, classId, BITCOIN] });
  const market = await read<number>("Markets", "marketOf", [pool, classId, BITCOIN]);

  const terms: Market["terms"] = async (change = {}) => {
    const { timestamp } = await client.getBlock();
    const holder = privateKeyToAccount(generatePrivateKey());
    const spec = randomBytes(100);
    return {
      holder,
      spec,
      terms: {
        holder: holder.address,
        appliance,
        class: classId,
        quote: BITCOIN,
        price: PRICE,
        startFee: 0n,
        prepayment: 2n * PRICE,
        refundScript: "0x",
        launchSpecHash: keccak256(spec),
        salt: BigInt(bytesToHex(randomBytes(16))),
        deadline: timestamp + 3600n,
        ...change,
      },
    };
  };
  return {
    client,
    appliance,
    class: classId,
    market,
    bondPoster,
    read,
    write,
    terms,
    sendRaw,
    eventsOf: (eventName, leaseId, contract = "BitcoinPayments") => {
      const filter = {
        address: contracts[contract],
        abi: abis.BitcoinPayments,
        eventName,
        fromBlock: 0n,
      } as const;
      return client.getContractEvents({ ...filter, args: { leaseId } }) as Promise<Log<bigint, number, false>[]>;
    },
    status: (leaseId) => read("Leases", "statusOf", [leaseId]),
    reorg: (depth) => rpc(anvil.url, "anvil_reorg", [depth, []]),
    pass: async (seconds) => {
      await rpc(anvil.url, "evm_increaseTime", [seconds]);
      await rpc(anvil.url, "evm_mine", []);
    },
    async placeAsk(confirmations, change = { appliance }) {
      const { timestamp } = await client.getBlock();
      const expiry = Number(timestamp) + 6 * 86_400;
      const params = {
        appliance: change.appliance,
        market,
        price: PRICE_CODE,
        quantity: 100,
        expiry,
        confirmations,
        prepaidHours: 24,
        bond: XOV,
        startFee: 0,
      };
      const execution = { timeInForce: 0, selfTrade: 0, maxFills: 20 };
      const { result } = await client.simulateContract({
        address: contracts.Exchange,
        abi: abis.Exchange,
        functionName: "placeAsk",
        args: [params, execution],
        account: cold.address,
      });
      await write(cold, { contract: "Exchange", functionName: "placeAsk", args: [params, execution] });
      return result[0];
    },
    async take(order, change) {
      const { terms: agreed, spec: sealed, holder } = await terms(change);
      const domain = { chainId: anvil.chainId, leases: contracts.Leases };
      const take: Take = {
        order,
        terms: agreed,
        signature: await signTerms(agreed, domain, holder),
        launch: {
          sealKeyHash: keccak256(encodeAbiParameters([{ type: "bytes32" }], [SEAL_KEY])),
          sealedSpec: bytesToHex(sealed),
        },
      };
      const leaseId = leaseIdOf(agreed, domain);
      return { take, body: takeToJson(take), leaseId, address: leaseAddress(BITCOIN_KEY, leaseId, "regtest").address };
    },
  };
}

async function rpc(url: string, method: string, params: readonly unknown[]): Promise<void> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { error } = (await response.json()) as { error?: unknown };
  if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
}
