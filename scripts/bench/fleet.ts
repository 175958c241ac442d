// SPDX-License-Identifier: Apache-2.0
// What an appliance with many running leases costs, and how soon it is back: a development cloud that holds their servers already,
// every other part real.
//
//   --leases 10000   how many
//   --minutes 3      how long the steady state is watched
//   --json           the figures as one line
//
// Cold start: the process begins without its cache, while a lease that was paid in its absence waits for a server and one that its
// holder ended still has one. Steady state: nothing happens; a block comes every second.
import { readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Abi, type Hex, parseEventLogs, toHex } from "viem";
import { abis } from "../../offchain/chain/abis.ts";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { labels, ownerTag } from "../../va/identity.ts";
import { launchKey } from "../../va/launch.ts";
import { portDescription } from "../../va/openstack/ports.ts";
import { until } from "../demo/steps.ts";
import { createDevCloud, type DevCloud } from "../devcloud/index.ts";
import type { Daemon } from "../devnet/daemons.ts";
import { providerRoles } from "../devnet/roles.ts";
import { openTokenMarketOn, type TokenMarket } from "../devnet/tokenMarket.ts";
import { stopBySignature } from "../devnet/tokenUser.ts";
import type { SignedTake } from "../devnet/user.ts";
import { openUnreliable, type Unreliable } from "../faults/unreliable.ts";
import { depositFor, mineAtOnce, openAtOnce, signTakes } from "./latency.ts";
import { expectManyStarts } from "./manyStarts.ts";

const { values } = parseArgs({
  options: {
    leases: { type: "string", default: "10000" },
    minutes: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const [count, minutes] = [Number(values.leases), Number(values.minutes)];
if (!Number.isInteger(count) || count < 2 || !(minutes > 0)) throw new Error("--leases 10000 --minutes 3 for example");
const { signal } = new AbortController();
const LONG_MS = 30 * 60_000;
/** Ticks of proc(5) in a second. */
const TICKS = 100;
const say = (what: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`);

/** The way to chain and cloud, on which calls are counted. */
interface Ways {
  readonly chain: Unreliable;
  readonly cloud: Unreliable;
}

type Fleet = Omit<TokenMarket, "cloud">;

const openWay = (target: string) => openUnreliable({ target, clock, random: () => 0.5, share: 0, latestMs: 0 });

async function main(): Promise<Record<string, number>> {
  const cloud = await createDevCloud({
    port: 0,
    hosts: [{ name: "big", vcpus: 2 * count, ram: 512 * count, disk: 4 * count }],
    networks: [{ name: "xov-net", cidr: "10.64.0.0/12" }],
    quotas: { instances: -1, cores: -1, ram: -1, ports: -1 },
  });
  const ways: Partial<Record<keyof Ways, Unreliable>> = {};
  try {
    ways.cloud = await openWay(cloud.url);
    const { auth_url } = cloud.credential;
    const credential = { ...cloud.credential, auth_url: auth_url.replace(cloud.url, ways.cloud.url) };
    const market = await openTokenMarketOn({
      ...{ pools: 1, maximum: count + 1, openCloud: async () => ({ credential, close: async () => undefined }) },
      // The settings that a provider's appliance has by default.
      environment: { CLOUD_POLL_MS: "2000", FULL_PASS_MS: "30000", POLL_MS: "1000", ASK_POLL_MS: "10000" },
      through: async (rpcUrl) => {
        ways.chain = await openWay(rpcUrl);
        return ways.chain.url;
      },
    });
    try {
      if (ways.chain === undefined) throw new Error("nothing stands before the chain node");
      return await measure(market, cloud, { chain: ways.chain, cloud: ways.cloud });
    } finally {
      await market.stop();
    }
  } finally {
    for (const way of Object.values(ways)) await way.close();
    await cloud.close();
  }
}

async function measure(market: Fleet, cloud: DevCloud, ways: Ways): Promise<Record<string, number>> {
  const [shop] = market.shops;
  if (shop === undefined) throw new Error("no shop");
  await expectManyStarts(market);
  const first = await shop.startVa();
  const ask = await until("an ask for all", () => openAskFor(market, shop.appliance), patience);
  await first.stop();
  const [late, ...takes] = await signTakes(market, ask.order, count + 1);
  if (late === undefined) throw new Error("no lease");
  await depositFor(market, [late, ...takes]);
  say("leases are opened");
  await openAtOnce(market, takes);
  await startAll(market, takes);
  say("their servers are put there");
  await placeServers(market, shop.appliance, cloud, takes);
  say("one ends, and one more begins, with nobody looking");
  const [ended] = takes;
  if (ended === undefined || (await stopBySignature(market, ended.leaseId, ended.keys)) >= 300)
    throw new Error("no stop");
  await openAtOnce(market, [late]);
  await clock.sleep(5_000);

  const dataDir = join(market.stack.dir, "va-0");
  for (const name of await readdir(dataDir)) if (name.startsWith("leases-")) await rm(join(dataDir, name));
  const before = callsOf(ways);
  const since = performance.now();
  const seconds = () => round((performance.now() - since) / 1000);
  const starting = shop.startVa(LONG_MS).then((va) => ({ va, readyS: seconds() }));
  const [{ va, readyS }, askedS, endedS] = await Promise.all([
    starting,
    until("a server for the new lease", async () => (serverOf(cloud, late) ? seconds() : undefined), slowly(500)),
    until("no server for the ended one", async () => (serverOf(cloud, ended) ? undefined : seconds()), slowly(500)),
  ]);
  say(`cold start: ${JSON.stringify({ askedS, endedS })}`);
  await untilCalm(ways);
  const calmS = seconds();
  const cold = callsOf(ways);
  const steady = await watch(va, ways);
  await va.stop();
  return {
    leases: count,
    coldReadyS: readyS,
    coldServerAskedS: askedS,
    coldEndedServerGoneS: endedS,
    coldAllLookedAtS: calmS,
    coldRpcCalls: cold.chain - before.chain,
    coldApiCalls: cold.cloud - before.cloud,
    ...steady,
  };
}

const patience = { clock, signal, timeoutMs: LONG_MS };
/** A look takes the cloud time that the appliance waits for. */
const slowly = (pollMs: number) => ({
  ...patience,
  clock: { now: clock.now, sleep: (_ms: number, stop?: AbortSignal) => clock.sleep(pollMs, stop) },
});
const round = (value: number) => Number(value.toFixed(1));
const callsOf = ({ chain, cloud }: Ways) => ({ chain: chain.calls(), cloud: cloud.calls() });

async function openAskFor(market: Fleet, appliance: number) {
  const ask = await market.chain.openAsk(appliance);
  return ask !== undefined && ask.quantity > count ? ask : undefined;
}

function serverOf({ control }: DevCloud, { leaseId }: SignedTake): boolean {
  return control.servers().some(({ metadata }) => metadata.xov_lease === leaseId);
}

/** Does for all at once what the appliance does for each. */
async function startAll(market: Fleet, takes: readonly SignedTake[]): Promise<void> {
  const { Leases } = market.stack.deployment.contracts;
  const sealed = toHex(new Uint8Array(400));
  const calls = takes.map(({ leaseId }) => ({
    ...{ address: Leases, abi: abis.Leases as Abi, functionName: "start", args: [leaseId, sealed] as const },
  }));
  let started = 0;
  await mineAtOnce(market, providerRoles(0).hot, calls, async (blockNumber) => {
    const logs = await market.client.getLogs({ address: Leases, fromBlock: blockNumber, toBlock: blockNumber });
    started += parseEventLogs({ abi: abis.Leases, logs, eventName: "Started" }).length;
  });
  if (started !== takes.length) throw new Error(`only ${started} of ${takes.length} leases were started`);
}

async function placeServers(market: Fleet, appliance: number, { control }: DevCloud, takes: readonly SignedTake[]) {
  const { chainId, contracts } = market.stack.deployment;
  const owner = { chainId, leases: contracts.Leases, appliance };
  const block = await market.client.getBlockNumber({ cacheTime: 0 });
  control.place(
    takes.map(({ leaseId, take }) => {
      const launch = launchKey({ number: 1, sealedSpec: take.launch.sealedSpec as Hex });
      return {
        ...labels(owner, { leaseId, launch, attempt: 1, announcements: 0, block }),
        ...{ flavor: "m1.small", image: "debian-12", network: "xov-net" },
        description: portDescription(ownerTag(owner)),
      };
    }),
  );
}

/** Until the appliance has looked at everything: it asks the chain for little more than its blocks. */
async function untilCalm({ chain }: Ways): Promise<void> {
  let before = chain.calls();
  const calm = async () => {
    const since = before;
    before = chain.calls();
    return before - since < 200 ? true : undefined;
  };
  await clock.sleep(5_000);
  await until("calm", calm, slowly(5_000));
}

async function watch(va: Daemon, ways: Ways): Promise<Record<string, number>> {
  const [before, ticks] = [callsOf(ways), ticksOf(va.pid)];
  const http = requestsOf(ways.chain);
  await clock.sleep(minutes * 60_000);
  const after = callsOf(ways);
  return {
    steadyCpuPercent: round((100 * (ticksOf(va.pid) - ticks)) / TICKS / (minutes * 60)),
    steadyMemoryMiB: memoryOf(va.pid, "VmRSS"),
    mostMemoryMiB: memoryOf(va.pid, "VmHWM"),
    steadyRpcCallsPerMinute: Math.round((after.chain - before.chain) / minutes),
    steadyRpcRequestsPerMinute: Math.round((requestsOf(ways.chain) - http) / minutes),
    steadyApiCallsPerMinute: Math.round((after.cloud - before.cloud) / minutes),
  };
}

const requestsOf = ({ met }: Unreliable) => [...met.values()].reduce((sum, each) => sum + each, 0);

/** CPU time of a process, user's and system's (proc(5)). */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function memoryOf(pid: number, which: string): number {
  const line = new RegExp(`^${which}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Math.round(Number(line?.[1]) / 1024);
}

const figures = await main();
if (values.json) console.log(JSON.stringify(figures));
else console.table(figures);
