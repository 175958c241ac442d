// SPDX-License-Identifier: Apache-2.0
// A local market for a token, every part real: chain node, bitcoind, cloud, relayer and VAs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { type Abi, type Address, createWalletClient, type Hex, http, keccak256, type PublicClient, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { abis } from "../../offchain/chain/abis.ts";
import { createChain } from "../../offchain/chain/clients.ts";
import { systemClock } from "../../offchain/core/clock.ts";
import { sealKeyOfRecipient } from "../../offchain/lease/sealing.ts";
import { PermitToken__factory } from "../../typechain-types/factories/mocks/PermitToken__factory.js";
import type { Credential } from "../../va/openstack/index.ts";
import { createDevCloud, type DevCloud, type DevCloudOptions } from "../devcloud/index.ts";
import { advance } from "./advance.ts";
import { type Daemon, startRelayer, startVa } from "./daemons.ts";
import { type ChainReader, createChainReader } from "./lease.ts";
import { createProvisioner, type Provisioner } from "./provision.ts";
import { providerRoles, type Role, role } from "./roles.ts";
import type { Stack } from "./stack.ts";

const XOV = 10n ** 18n;
/** The generator of secp256k1 and its double: nothing is paid to them here. */
const BITCOIN_KEYS: readonly Hex[] = [
  "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
  "0xc6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
];
/** Code of 0.123 tokens an hour. */
const PRICE_CODE = 18_000 + 230;
const GRACE = 3_600;

/** One of the appliances that a provider sells with. */
export interface Shop {
  readonly appliance: number;
  readonly pool: number;
  /** @param readyTimeoutMs default 60,000 */
  startVa(readyTimeoutMs?: number): Promise<Daemon>;
}

export interface TokenMarket<C = DevCloud> {
  readonly stack: Stack;
  readonly cloud: C;
  readonly client: PublicClient;
  readonly chain: ChainReader;
  /** An ERC-20 with 6 decimals; all of it belongs to the role `user`. */
  readonly token: Address;
  /** The provider's cold account. */
  readonly provider: Role;
  readonly relayerUrl: string;
  readonly shops: readonly Shop[];
  read<T>(contract: keyof typeof abis, functionName: string, args: readonly unknown[]): Promise<T>;
  write(by: Role, to: Address, abi: Abi, functionName: string, args: readonly unknown[]): Promise<bigint>;
  /** Moves the chain's time on; the VAs of these appliances beat. */
  pass(seconds: number, appliances: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

export interface TokenMarketParameters {
  /** The provider has one appliance in each, all on one cloud. */
  readonly pools: number;
  /** The most instances of each appliance; default 4. */
  readonly maximum?: number;
  /** Of the cloud; what it can do is enough for the instances by default. */
  readonly cloud?: Partial<DevCloudOptions>;
}

/** A cloud that instances are sold of. */
export interface MarketCloud {
  readonly credential: Credential;
  close(): Promise<void>;
}

export interface MarketParameters<C extends MarketCloud> extends Pick<TokenMarketParameters, "pools" | "maximum"> {
  openCloud(): Promise<C>;
  /** What the image "debian-12" is called there, if something else. */
  readonly cloudName?: string;
  /** Settings of the VAs over those of a local network. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Puts something between the VAs and the chain node, and tells its URL. */
  through?(rpcUrl: string): Promise<string>;
}

/** Opens it on a development cloud. No VA runs yet. */
export function openTokenMarket({ cloud, ...parameters }: TokenMarketParameters): Promise<TokenMarket> {
  const latency = { build: 300, start: 100, stop: 100, delete: 100 };
  return openTokenMarketOn({ ...parameters, openCloud: () => createDevCloud({ port: 0, latency, ...cloud }) });
}

/** Opens it on this cloud. No VA runs yet. */
export async function openTokenMarketOn<C extends MarketCloud>(
  parameters: MarketParameters<C>,
): Promise<TokenMarket<C>> {
  const { pools, maximum = 4, cloudName, environment = {} } = parameters;
  // Mocha requires test files, and Hardhat loaded that way finds each of its parts twice: so it is imported.
  const { startStack } = await import("./stack.ts");
  const stop = new AbortController();
  const { signal } = stop;
  const dir = await mkdtemp(join(tmpdir(), "xov-leases-"));
  const stack = await startStack({ dir, signal });
  const cloud = await parameters.openCloud();
  const { url: rpcUrl, chainId } = stack.anvil;
  const { client } = createChain({ rpcUrls: [rpcUrl], chainId });
  const { contracts } = stack.deployment;
  const { cold: provider } = providerRoles(0);
  const token = await deployToken(client, rpcUrl);
  const provisioner = createProvisioner(rpcUrl, stack.deployment, role("deployer"));
  await provisioner.fund(provider, 20_000n * XOV);
  await provisioner.stake(provider, 10_000n * XOV);
  const shops: Shop[] = [];
  const image = {
    ...{ name: "debian-12", user: "debian", hostKeys: false },
    ...(cloudName === undefined ? {} : { cloudName }),
  };
  const vaEnvironment =
    parameters.through === undefined ? environment : { ...environment, RPC_URLS: await parameters.through(rpcUrl) };
  const place = {
    ...{ stack, provisioner, credential: cloud.credential, token, maximum, image, signal },
    environment: vaEnvironment,
  };
  for (let n = 0; n < pools; n++) shops.push(await openShop(place, n));
  provisioner.close();
  const relayer = await startRelayer(stack, role("relayer"), signal);
  const chain = createChainReader(rpcUrl, stack.deployment);
  return {
    stack,
    cloud,
    client,
    chain,
    token,
    provider,
    relayerUrl: relayer.ready.url ?? "",
    shops,
    read: (contract, functionName, args) =>
      client.readContract({ address: contracts[contract], abi: abis[contract] as Abi, functionName, args }) as never,
    async write(by, to, abi, functionName, args) {
      const account = privateKeyToAccount(by.privateKey);
      const wallet = createWalletClient({ account, transport: http(rpcUrl) });
      const hash = await wallet.writeContract({ address: to, abi, functionName, args, chain: null });
      const { status, blockNumber } = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
      if (status !== "success") throw new Error(`${functionName} was reverted`);
      return blockNumber;
    },
    pass: (seconds, appliances) =>
      advance(seconds, { rpcUrl, providers: contracts.Providers, appliances, clock: systemClock, signal }),
    async stop() {
      chain.close();
      await relayer.stop();
      // The VAs that still run.
      stop.abort();
      await cloud.close();
      await stack.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function deployToken(client: PublicClient, rpcUrl: string): Promise<Address> {
  const account = privateKeyToAccount(role("user").privateKey);
  const wallet = createWalletClient({ account, transport: http(rpcUrl) });
  const { abi, bytecode } = PermitToken__factory;
  const hash = await wallet.deployContract({ abi, bytecode, args: [6, 10n ** 12n], chain: null });
  const { contractAddress } = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
  if (!contractAddress) throw new Error("the token was not deployed");
  return contractAddress;
}

interface Place {
  readonly stack: Stack;
  readonly provisioner: Provisioner;
  readonly credential: Credential;
  readonly token: Address;
  readonly maximum: number;
  readonly image: object;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function openShop(place: Place, n: number): Promise<Shop> {
  const { stack, provisioner, credential, token, maximum, image, environment, signal } = place;
  const rules = { minimumStake: XOV, collateralPerMsat: 10n ** 9n, fee: 0n, admission: 0 };
  const pool = await provisioner.createPool(role("poolOperator"), `pool-${n}`, rules);
  const ageIdentity = await generateX25519Identity();
  const { hot } = providerRoles(n);
  const appliance = await provisioner.registerAppliance(providerRoles(0).cold, {
    pool,
    grace: GRACE,
    bitcoinKey: BITCOIN_KEYS[n] ?? keccak256(toHex(n)),
    sealKey: sealKeyOfRecipient(await identityToRecipient(ageIdentity)),
    hotKey: hot.address,
    region: "test",
  });
  const offers = {
    network: "xov-net",
    images: [image],
    offers: [
      {
        class: { vcpus: 1, memoryMiB: 256, diskGiB: 2, architecture: "x86_64" },
        flavor: "m1.small",
        quote: token,
        price: PRICE_CODE,
        maximum,
        prepaidHours: 720,
      },
    ],
  };
  const va = { stack, name: `va-${n}`, appliance, hotKey: hot, ageIdentity, credential, offers, environment };
  return { appliance, pool, startVa: (readyTimeoutMs = 60_000) => startVa({ ...va, readyTimeoutMs, signal }) };
}
