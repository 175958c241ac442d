// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { Clock } from "../../offchain/core/clock.ts";
import type { AccessDetails } from "../../offchain/lease/accessDetails.ts";
import type { LeaseReport } from "../../offchain/relayer/report.ts";
import { leaseTag } from "../../va/identity.ts";
import type { Compute, Server } from "../../va/openstack/compute.ts";
import { type Credential, openStackCompute } from "../../va/openstack/index.ts";
import { advance } from "../devnet/advance.ts";
import { type Daemon, startRelayer } from "../devnet/daemons.ts";
import { type ChainReader, createChainReader, type LeaseNow } from "../devnet/lease.ts";
import { createProvider, type Provider } from "../devnet/provider.ts";
import { ascii, createProvisioner } from "../devnet/provision.ts";
import { role } from "../devnet/roles.ts";
import { type Stack, startStack } from "../devnet/stack.ts";
import { type SignedTake, sendTake, signTake } from "../devnet/user.ts";
import { type Steps, until } from "./steps.ts";

const XOV = 10n ** 18n;
const HOUR_S = 3_600;
const GRACE_S = HOUR_S;
const CONFIRMATIONS = 2;

/** One size: 1 vCPU, 256 MiB and 2 GiB for 3,600 satoshi an hour. */
const offersOf = ({ image }: JourneyCloud) => ({
  network: "xov-net",
  images: [image],
  offers: [
    {
      class: { vcpus: 1, memoryMiB: 256, diskGiB: 2, architecture: "x86_64" },
      flavor: "m1.small",
      price: 29_600, // the code of 3,600,000 msat
      maximum: 8,
      prepaidHours: 24,
      confirmations: CONFIRMATIONS,
      bond: `${XOV}`,
    },
  ],
});

/** The cloud that the job is done on: it has a network `xov-net` and a flavor `m1.small`. */
export interface JourneyCloud {
  readonly credential: Credential;
  /** What is booted, as the offers file has it. */
  readonly image: { readonly name: string; readonly user: string };
  readonly sshKey: string;
  /** How long one of its changes may take, milliseconds. */
  readonly patienceMs: number;
  /** Uses the instance as its holder would. @throws Error when it is not what was paid for */
  visit?(instance: Instance, steps: Steps): Promise<void>;
  close(): Promise<void>;
}

/** A running instance: what its holder was told, and what the cloud says. */
export interface Instance {
  readonly access: AccessDetails;
  readonly server: Server;
  readonly compute: Compute;
}

export interface JourneyParameters {
  /** Holds all state and logs. */
  readonly dir: string;
  openCloud(): Promise<JourneyCloud>;
  readonly steps: Steps;
  readonly clock: Clock;
  /** Ends everything that was started. */
  readonly signal: AbortSignal;
}

/** The main job: bitcoin is paid, an instance runs, is topped up, runs out, is stopped and deleted. */
export async function journey(parameters: JourneyParameters): Promise<void> {
  const { steps } = parameters;
  const market = await openMarket(parameters);
  try {
    const lease = await rent(parameters, market);
    await drain(parameters, market, lease);
  } finally {
    await steps.run("everything that was started has ended", async () => market.stop());
  }
}

interface Market {
  readonly stack: Stack;
  readonly cloud: JourneyCloud;
  readonly compute: Compute;
  readonly provider: Provider;
  readonly relayerUrl: string;
  readonly chain: ChainReader;
  stop(): Promise<void>;
}

async function openMarket({ dir, openCloud, steps, clock, signal }: JourneyParameters): Promise<Market> {
  const stack = await steps.run("chain node and bitcoind run, the contracts are deployed", () =>
    startStack({ dir, signal }),
  );
  const cloud = await steps.run("a cloud runs", openCloud);
  const provider = await steps.run("pool stackmonkey opens, a provider stakes and joins it", () =>
    joinPool(stack, cloud),
  );
  const relayer = await steps.run("the relayer runs", () => startRelayer(stack, role("relayer"), signal));
  const va = await steps.run("the provider's VA runs", () => provider.startVa(signal));
  const chain = createChainReader(stack.anvil.url, stack.deployment);
  const stop = async () => {
    chain.close();
    await Promise.all([va.stop(), relayer.stop()]);
    await Promise.all([cloud.close(), stack.stop()]);
  };
  const compute = openStackCompute({ credential: cloud.credential, clock });
  const market = { stack, cloud, compute, provider, relayerUrl: urlOf(relayer), chain, stop };
  await steps.run("the VA keeps an ask on the book", (progress) =>
    until(
      "an ask",
      async () => {
        progress("waiting for the ask");
        return chain.openAsk(provider.appliance);
      },
      { clock, signal },
    ),
  );
  return market;
}

async function joinPool(stack: Stack, cloud: JourneyCloud): Promise<Provider> {
  const provisioner = createProvisioner(stack.anvil.url, stack.deployment, role("deployer"));
  try {
    const rules = { minimumStake: 1_000n * XOV, collateralPerMsat: 10n ** 12n, fee: XOV / 10_000n, admission: 0 };
    const pool = await provisioner.createPool(role("poolOperator"), "stackmonkey", rules);
    await provisioner.registerClass(role("poolOperator"), {
      vcpus: 1,
      memoryMiB: 256,
      diskGiB: 2,
      gpus: 0,
      gpuModel: ascii("", 16),
      architecture: ascii("x86_64", 8),
    });
    await provisioner.fund(role("relayer"), 1_000n * XOV);
    return await createProvider({
      stack,
      provisioner,
      n: 0,
      pool,
      region: "Zurich, CH",
      grace: GRACE_S,
      stake: 1_000_000n * XOV,
      credential: cloud.credential,
      offers: offersOf(cloud),
    });
  } finally {
    provisioner.close();
  }
}

async function rent({ steps, clock, signal }: JourneyParameters, market: Market): Promise<SignedTake> {
  const { stack, chain, provider, relayerUrl, cloud } = market;
  const lease = await steps.run("the user signs the terms; the relayer takes the ask and posts the bond", async () => {
    const ask = await chain.openAsk(provider.appliance);
    if (ask === undefined) throw new Error("the ask is gone");
    const wish = { order: ask.order, hours: 1, image: cloud.image.name, sshKeys: [cloud.sshKey] };
    const signed = await signTake(wish, stack.anvil.url, stack.deployment);
    await sendTake(relayerUrl, signed);
    await untilLease(signed.leaseId, (now) => now.state === "unfunded");
    return signed;
  });
  const { address } = lease.payTo;
  await steps.run(`the user pays ${lease.sats} satoshi to ${address.slice(0, 16)}…; the relayer sees it`, async () => {
    const txid = await stack.wallet.pay(address, lease.sats);
    await until("the payment", async () => (await payment(lease.leaseId, txid)) ?? undefined, { clock, signal });
  });
  await steps.run(`${CONFIRMATIONS} blocks are mined; Bitcoin's own proof funds the lease`, async (progress) => {
    await stack.wallet.mine(CONFIRMATIONS);
    await untilLease(lease.leaseId, (now) => {
      progress(`${now.depositMsat / 1000n} satoshi credited`);
      return now.state === "pending" || now.state === "active";
    });
  });
  const waiting = { clock, signal, timeoutMs: cloud.patienceMs };
  const server = await steps.run("the VA boots the instance: its server is ACTIVE", (progress) =>
    until("ACTIVE", () => serverIn(market, lease.leaseId, "ACTIVE", signal, progress), waiting),
  );
  const access = await steps.run("the user decrypts the access details", async () => {
    const told = await until("access details", () => chain.access(lease.leaseId, lease.keys.ageIdentity), waiting);
    if (told.addresses.length === 0) throw new Error("the access details name no address");
    return told;
  });
  await cloud.visit?.({ access, server, compute: market.compute }, steps);
  return lease;

  function untilLease(leaseId: Hex, is: (now: LeaseNow) => boolean) {
    return untilLeaseIs(chain, leaseId, is, { clock, signal });
  }

  async function payment(leaseId: Hex, txid: string) {
    const response = await fetch(new URL(`leases/${leaseId}`, relayerUrl));
    if (!response.ok) return undefined;
    const report = (await response.json()) as LeaseReport;
    return report.payments.find((each) => each.txid === txid);
  }
}

async function drain({ steps, clock, signal }: JourneyParameters, market: Market, lease: SignedTake): Promise<void> {
  const { stack, chain, provider, cloud } = market;
  const { leaseId } = lease;
  const waiting = { clock, signal, timeoutMs: cloud.patienceMs };
  const is = (condition: (now: LeaseNow) => boolean) => untilLeaseIs(chain, leaseId, condition, { clock, signal });
  const pass = (seconds: number) =>
    advance(seconds, {
      rpcUrl: stack.anvil.url,
      providers: stack.deployment.contracts.Providers,
      appliances: [provider.appliance],
      clock,
      signal,
    });
  const before = await is((now) => now.state === "active");
  await steps.run("forty minutes pass; the lease drains by the second", async () => {
    await pass(40 * 60);
    await is((now) => now.earnedMsat > 0n && now.exhaustedAt - now.clock <= 20 * 60);
  });
  await steps.run("a second payment extends it by an hour", async () => {
    await stack.wallet.pay(lease.payTo.address, lease.satsPerHour);
    await stack.wallet.mine(CONFIRMATIONS);
    await is((now) => now.exhaustedAt === before.exhaustedAt + HOUR_S);
  });
  await steps.run("it runs out", async () => {
    const now = await is(() => true);
    await pass(now.exhaustedAt - now.clock);
    await is((later) => later.clock >= later.exhaustedAt);
  });
  await steps.run("the VA stops the server", (progress) =>
    until("SHUTOFF", () => serverIn(market, leaseId, "SHUTOFF", signal, progress), waiting),
  );
  await steps.run("grace ends", () => pass(GRACE_S));
  await steps.run("the VA deletes the server", (progress) =>
    until(
      "no server",
      async () => {
        const left = await market.compute.listServers(leaseTag(leaseId), signal);
        progress(`${left.length} left`);
        return left.length === 0 ? true : undefined;
      },
      waiting,
    ),
  );
  await steps.run("the VA records the end on chain; its stake is free", () =>
    until("the close", async () => ((await chain.isClosed(leaseId)) ? true : undefined), { clock, signal }),
  );
}

function urlOf({ ready }: Daemon): string {
  if (ready.url === undefined) throw new Error("the relayer does not say where it listens");
  return ready.url;
}

function untilLeaseIs(
  chain: ChainReader,
  leaseId: Hex,
  is: (now: LeaseNow) => boolean,
  waiting: { clock: Clock; signal: AbortSignal },
): Promise<LeaseNow> {
  return until(
    "the lease's state",
    async () => {
      const now = await chain.lease(leaseId);
      return now !== undefined && is(now) ? now : undefined;
    },
    waiting,
  );
}

async function serverIn(
  { compute }: Market,
  leaseId: Hex,
  status: string,
  signal: AbortSignal,
  progress: (what: string) => void,
): Promise<Server | undefined> {
  const servers = await compute.listServers(leaseTag(leaseId), signal);
  progress(servers.map((server) => server.status).join(", ") || "no server yet");
  return servers.find((server) => server.status === status);
}
