// SPDX-License-Identifier: Apache-2.0
// A chain with the contracts, a development cloud and one provider's appliance, for the tests of the appliance's process.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { parseEther } from "ethers";
import {
  type Address,
  createTestClient,
  createWalletClient,
  type Hex,
  http,
  keccak256,
  type LocalAccount,
  type PublicClient,
  parseEventLogs,
  publicActions,
  toHex,
  zeroHash,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { abis } from "../../offchain/chain/abis.ts";
import { createChain } from "../../offchain/chain/clients.ts";
import { systemClock } from "../../offchain/core/clock.ts";
import { type AccessDetails, openAccessDetails } from "../../offchain/lease/accessDetails.ts";
import { signConsoleRequest } from "../../offchain/lease/actions.ts";
import { holderKeys, newHolderSecret } from "../../offchain/lease/holderKeys.ts";
import { sealLaunchSpec } from "../../offchain/lease/launchSpec.ts";
import { placeOf } from "../../offchain/lease/orderId.ts";
import { recipientOfSealKey, sealKeyOfRecipient } from "../../offchain/lease/sealing.ts";
import { BITCOIN, leaseIdOf, signTerms, type Terms } from "../../offchain/lease/terms.ts";
import type { Deployment } from "../../scripts/deploy/deploy.ts";
import { createDevCloud } from "../../scripts/devcloud/index.ts";
import { advance } from "../../scripts/devnet/advance.ts";
import { type Anvil, startAnvil } from "../../scripts/devnet/anvil.ts";
import { type RunningProcess, startProcess } from "../../scripts/devnet/process.ts";
import { createProvisioner } from "../../scripts/devnet/provision.ts";
import { ACCOUNTS, MNEMONIC, providerRoles, role } from "../../scripts/devnet/roles.ts";
import type { Credential } from "../../va/openstack/index.ts";
import { decodePrice } from "../../va/price.ts";

/** x of the generator of secp256k1. */
const BITCOIN_KEY = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
export const GRACE = 3600;
/** 1000 satoshi an hour. */
export const PRICE_CODE = 27_000;
export const PRICE: bigint = decodePrice(PRICE_CODE);
const SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJq0test holder";
const DEPLOY = fileURLToPath(new URL("deployMain.ts", import.meta.url));
const MAIN = fileURLToPath(new URL("../../va/main.ts", import.meta.url));

export const OFFER = {
  class: { vcpus: 1, memoryMiB: 256, diskGiB: 2, architecture: "x86_64" },
  flavor: "m1.small",
  price: PRICE_CODE,
  maximum: 40,
  prepaidHours: 24,
  confirmations: 1,
  bond: "1000",
};

export const OFFERS = { network: "xov-net", images: [{ name: "debian-12", user: "debian" }], offers: [OFFER] };

/** What a lease is opened with; see {@link World.lease}. */
export interface LeaseRequest {
  readonly image?: string;
  readonly sshKeys?: string[];
  readonly userData?: string;
  /** Sealed bytes to send instead of a spec. */
  readonly sealed?: Uint8Array;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/** A cloud, and what is particular about it. */
export interface WorldCloud {
  readonly credential: Credential;
  close(): Promise<void>;
}

export interface WorldParameters<C extends WorldCloud> {
  openCloud(): Promise<C>;
  /** Content of the offers file; the first image is what leases boot. */
  readonly offers: typeof OFFERS;
  /** Of the appliance's process, over what is set here. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts everything but the appliance's process, with a quick development cloud. */
export function createWorld() {
  return createWorldOn({
    openCloud: () => createDevCloud({ port: 0, latency: { build: 300, start: 100, stop: 100, delete: 100 } }),
    offers: OFFERS,
    environment: {},
  });
}

/** Starts everything but the appliance's process, with this cloud. */
export async function createWorldOn<C extends WorldCloud>(parameters: WorldParameters<C>) {
  const dir = await mkdtemp(join(tmpdir(), "xov-va-"));
  const anvil = await startAnvil({ mnemonic: MNEMONIC, accounts: ACCOUNTS, logFile: join(dir, "anvil.log") });
  try {
    return await furnish(dir, anvil, parameters);
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

async function furnish<C extends WorldCloud>(dir: string, anvil: Anvil, parameters: WorldParameters<C>) {
  const deployment = await deployOn(anvil, dir);
  const identity = await generateX25519Identity();
  const sealKey = sealKeyOfRecipient(await identityToRecipient(identity));
  const { cold, hot } = providerRoles(0);
  const relayer = role("relayer");
  const provisioner = createProvisioner(anvil.url, deployment, role("deployer"));
  await provisioner.fund(cold, parseEther("1000"));
  await provisioner.fund(relayer, parseEther("1000"));
  const pool = await provisioner.createPool(role("poolOperator"), "stackmonkey", {
    minimumStake: parseEther("10"),
    collateralPerMsat: 10n ** 9n,
    fee: 0n,
    admission: 0,
  });
  await provisioner.stake(cold, parseEther("900"));
  const appliance = await provisioner.registerAppliance(cold, {
    pool,
    grace: GRACE,
    bitcoinKey: BITCOIN_KEY,
    sealKey,
    hotKey: hot.address,
    region: "test",
  });
  provisioner.close();
  const cloud = await parameters.openCloud();
  const files = {
    deployment: join(dir, "deployment.json"),
    hotKey: join(dir, "hot.key"),
    identity: join(dir, "age.txt"),
    credential: join(dir, "credential.json"),
    offers: join(dir, "offers.json"),
  };
  const secret = { mode: 0o600 };
  await writeFile(files.deployment, JSON.stringify(deployment));
  await writeFile(files.hotKey, hot.privateKey, secret);
  await writeFile(files.identity, `# an identity\n${identity}\n`, secret);
  await writeFile(files.credential, JSON.stringify(cloud.credential), secret);
  await writeFile(files.offers, JSON.stringify(parameters.offers));
  const environment: Record<string, string> = {
    RPC_URLS: anvil.url,
    CHAIN_ID: String(anvil.chainId),
    DEPLOYMENT_FILE: files.deployment,
    APPLIANCE: String(appliance),
    HOT_KEY_FILE: files.hotKey,
    AGE_IDENTITY_FILE: files.identity,
    OPENSTACK_CREDENTIAL_FILE: files.credential,
    OFFERS_FILE: files.offers,
    DATA_DIR: join(dir, "data"),
    POLL_MS: "100",
    ASK_POLL_MS: "200",
    CLOUD_POLL_MS: "100",
    CLOUD_DEADLINE_MS: "2000",
    FULL_PASS_MS: "1000",
    HOST_KEY_WAIT_MS: "3000",
    ...parameters.environment,
  };
  const [image] = parameters.offers.images;
  const client = createChain({ rpcUrls: [anvil.url], chainId: anvil.chainId }).client;
  const signal = new AbortController().signal;
  const running = new Set<RunningProcess<unknown>>();
  return {
    dir,
    anvil,
    cloud,
    client,
    deployment,
    appliance,
    sealKey,
    files,
    environment,
    /** Starts the appliance's process, by way of a program that runs what its arguments say if one is given. */
    async startVa(overrides: Record<string, string> = {}, within: readonly string[] = []) {
      const va = await startVa({ ...environment, ...overrides }, join(dir, "va.log"), within);
      running.add(va);
      return va;
    },
    lease: (request: LeaseRequest = {}) =>
      openLease({ client, anvil, deployment, appliance, sealKey }, { image: image?.name ?? "", ...request }),
    pay: (leaseId: Hex, amount: bigint) => pay(client, anvil, deployment, leaseId, amount),
    /** Asks for the console as the lease's holder does. */
    requestConsole: (leaseId: Hex, holder: LocalAccount) => requestConsole(client, anvil, deployment, leaseId, holder),
    status: (leaseId: Hex) => readStatus(client, deployment, leaseId),
    /** Access details posted for a lease, oldest first. */
    posted: (leaseId: Hex) => posted(client, deployment, leaseId),
    declined: (leaseId: Hex) => declined(client, deployment, leaseId),
    asks: () => asksOf(client, deployment, appliance),
    /** All that the appliance's process has written: its log and its data. */
    async written() {
      const data = join(dir, "data");
      const names = (await readdir(data)).map((name) => join(data, name));
      return (await Promise.all([join(dir, "va.log"), ...names].map((name) => readFile(name, "utf8")))).join("\n");
    },
    /** What must not be in there: keys, the cloud's secret, and what launch specs hold. */
    secrets() {
      return [
        identity,
        hot.privateKey.slice(2),
        cloud.credential.application_credential_secret,
        "no-such-image",
        SSH_KEY,
      ];
    },
    /** XOV base units locked for a lease. */
    async collateral(leaseId: Hex) {
      const call = { address: deployment.contracts.Leases, abi: abis.Leases, functionName: "bitcoinSide" } as const;
      return (await client.readContract({ ...call, args: [leaseId] })).collateral;
    },
    /** Moves the chain's time on in one step, in which the appliance's clock stands still but for an hour. */
    async skip(seconds: number) {
      const test = createTestClient({ mode: "anvil", transport: http(anvil.url), chain: client.chain });
      await test.increaseTime({ seconds });
      await test.mine({ blocks: 1 });
    },
    /** Moves the chain's time on, and the appliance's clock with it. */
    async pass(seconds: number) {
      const providers = deployment.contracts.Providers;
      await advance(seconds, { rpcUrl: anvil.url, providers, appliances: [appliance], clock: systemClock, signal });
    },
    async stop() {
      for (const va of running) await va.stop();
      await cloud.close();
      await anvil.stop();
      await rm(dir, { recursive: true });
    },
  };
}

async function deployOn(anvil: Anvil, dir: string): Promise<Deployment> {
  const child = await startProcess({
    command: process.execPath,
    args: ["--import", "tsx", DEPLOY, anvil.url, join(dir, "ignition")],
    ready: (line) => (line.startsWith('{"chainId"') ? (JSON.parse(line) as Deployment) : undefined),
    readyTimeoutMs: 60_000,
  });
  await child.exited;
  return child.ready;
}

function startVa(environment: Record<string, string>, logFile: string, within: readonly string[]) {
  const [command = process.execPath, ...args] = [...within, process.execPath, "--import", "tsx", MAIN];
  return startProcess({
    command,
    args,
    env: environment,
    ready: (line) =>
      line.startsWith('{"ready":true') ? (JSON.parse(line) as { readonly metrics?: string }) : undefined,
    readyTimeoutMs: 30_000,
    logFile,
  });
}

interface Place {
  readonly client: PublicClient;
  readonly anvil: Anvil;
  readonly deployment: Deployment;
  readonly appliance: number;
  readonly sealKey: Hex;
}

async function openLease(place: Place, request: LeaseRequest & { image: string }) {
  const { client, anvil, deployment, appliance, sealKey } = place;
  const { Leases, Exchange } = deployment.contracts;
  const keys = await holderKeys(newHolderSecret());
  const spec = {
    image: request.image,
    sshKeys: request.sshKeys ?? [SSH_KEY],
    recipient: keys.ageRecipient,
    ...(request.userData === undefined ? {} : { userData: request.userData }),
  };
  const sealed = request.sealed ?? (await sealLaunchSpec(spec, recipientOfSealKey(sealKey)));
  const sealedSpec = toHex(sealed);
  const [ask] = await asksOf(client, deployment, appliance);
  if (ask === undefined) throw new Error("there is no ask to take");
  const market = await client.readContract({
    address: deployment.contracts.Markets,
    abi: abis.Markets,
    functionName: "market",
    args: [placeOf(ask.order).market],
  });
  const { timestamp } = await client.getBlock();
  const terms: Terms = {
    holder: keys.account.address,
    appliance,
    class: market.class,
    quote: BITCOIN,
    price: PRICE,
    startFee: 0n,
    prepayment: PRICE * 2n,
    refundScript: "0x",
    launchSpecHash: keccak256(sealedSpec),
    salt: BigInt(`0x${Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex")}`),
    deadline: timestamp + 600n,
  };
  const domain = { chainId: anvil.chainId, leases: Leases };
  const signature = await signTerms(terms, domain, keys.account);
  const relayer = privateKeyToAccount(role("relayer").privateKey);
  const wallet = createWalletClient({ account: relayer, transport: http(anvil.url) });
  const hash = await wallet.writeContract({
    address: Exchange,
    abi: abis.Exchange,
    chain: null,
    functionName: "take",
    args: [ask.order, terms, signature, { sealKeyHash: keccak256(sealKey), sealedSpec }],
  });
  const receipt = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
  if (receipt.status !== "success") throw new Error("take reverted");
  return { leaseId: leaseIdOf(terms, domain), keys, terms };
}

/** Credits a lease as the bitcoin payments would. */
async function pay(client: PublicClient, anvil: Anvil, { contracts }: Deployment, leaseId: Hex, amount: bigint) {
  const from = contracts.BitcoinPayments;
  const test = createTestClient({ mode: "anvil", transport: http(anvil.url) }).extend(publicActions);
  await test.setBalance({ address: from, value: parseEther("1") });
  await test.impersonateAccount({ address: from });
  const wallet = createWalletClient({ account: from, transport: http(anvil.url) });
  const hash = await wallet.writeContract({
    address: contracts.Leases,
    abi: abis.Leases,
    chain: null,
    functionName: "credit",
    args: [leaseId, amount],
  });
  await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
}

async function requestConsole(
  client: PublicClient,
  anvil: Anvil,
  { contracts }: Deployment,
  leaseId: Hex,
  holder: LocalAccount,
) {
  const deadline = (await client.getBlock()).timestamp + 600n;
  const requests = contracts.Requests;
  const signature = await signConsoleRequest(leaseId, deadline, { chainId: anvil.chainId, requests }, holder);
  const relayer = privateKeyToAccount(role("relayer").privateKey);
  const wallet = createWalletClient({ account: relayer, transport: http(anvil.url) });
  const call = { address: requests, abi: abis.Requests, functionName: "requestConsoleBySig" } as const;
  const hash = await wallet.writeContract({ ...call, chain: null, args: [leaseId, deadline, signature] });
  const { status } = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
  if (status !== "success") throw new Error("the request reverted");
}

const STATES = ["none", "unfunded", "pending", "reserved", "active", "closed"] as const;

async function readStatus(client: PublicClient, { contracts }: Deployment, leaseId: Hex) {
  const common = { address: contracts.Leases, abi: abis.Leases, args: [leaseId] } as const;
  const [status, stored] = await Promise.all([
    client.readContract({ ...common, functionName: "statusOf" }),
    client.readContract({ ...common, functionName: "lease" }),
  ]);
  return { ...status, state: STATES[status.state], stored: STATES[stored.state] };
}

async function leaseLogs(client: PublicClient, { contracts, startBlock }: Deployment) {
  const logs = await client.getLogs({ address: contracts.Leases, fromBlock: BigInt(startBlock), toBlock: "latest" });
  return parseEventLogs({ abi: abis.Leases, logs });
}

async function posted(client: PublicClient, deployment: Deployment, leaseId: Hex): Promise<Hex[]> {
  const logs = await leaseLogs(client, deployment);
  return logs.flatMap((log) =>
    (log.eventName === "Started" || log.eventName === "AccessPosted") && log.args.leaseId === leaseId
      ? [log.args.sealedAccess]
      : [],
  );
}

async function declined(client: PublicClient, deployment: Deployment, leaseId: Hex): Promise<string | undefined> {
  const logs = await leaseLogs(client, deployment);
  return logs.flatMap((log) =>
    log.eventName === "Declined" && log.args.leaseId === leaseId ? [log.args.explanation] : [],
  )[0];
}

async function asksOf(client: PublicClient, { contracts, startBlock }: Deployment, appliance: number) {
  const address: Address = contracts.Exchange;
  const logs = await client.getLogs({ address, fromBlock: BigInt(startBlock), toBlock: "latest" });
  const orders = parseEventLogs({ abi: abis.Exchange, logs, eventName: "AskPlaced", args: { appliance } });
  const all = await Promise.all(
    orders.map(async ({ args: { order } }) => {
      const call = { address, abi: abis.Exchange, functionName: "ask", args: [order] } as const;
      const ask = await client.readContract(call).catch((error: unknown) => {
        if (String(error).includes("Exchange_UnknownOrder")) return undefined;
        throw error;
      });
      return ask === undefined ? [] : [{ ...ask, order, price: placeOf(order).price }];
    }),
  );
  return all.flat();
}

/** Opens access details as their holder does. */
export async function opened(sealed: Hex | undefined, identity: string): Promise<AccessDetails> {
  if (sealed === undefined || sealed === zeroHash) throw new Error("no access details were posted");
  return openAccessDetails(Buffer.from(sealed.slice(2), "hex"), identity);
}

/** Asks until there is an answer, or fails after `timeoutMs`. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 20_000,
): Promise<T> {
  const end = systemClock.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (systemClock.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await systemClock.sleep(50);
  }
}
