// SPDX-License-Identifier: Apache-2.0
// So many leases on the light variant while the appliance and Nova's API are killed with SIGKILL at random moments; then half of
// the leases end. At the end exactly the servers are there that should be: one for each lease that runs, none for one that is over.
//
//   --leases N    default 40
//   --kills N     of each of the two; default 6
//   --seed N      of the moments; shown, so that a run can be repeated
//   --dir FOLDER  of the cloud, which `main.ts up` has brought up
//
// Exit code 0 only when the servers are the right ones.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Hex } from "viem";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { ownerTag } from "../../va/identity.ts";
import type { Server } from "../../va/openstack/compute.ts";
import { openStackCompute, parseCredential } from "../../va/openstack/index.ts";
import { listPorts, portDescription } from "../../va/openstack/ports.ts";
import { createSession } from "../../va/openstack/session.ts";
import { depositFor, openAtOnce, signTakes } from "../bench/latency.ts";
import { createSteps, until } from "../demo/steps.ts";
import type { Daemon } from "../devnet/daemons.ts";
import { openTokenMarketOn } from "../devnet/tokenMarket.ts";
import { stopBySignature } from "../devnet/tokenUser.ts";
import { killDaemon } from "./daemon.ts";
import { credentialFile, DEFAULT_DIR, readPlace } from "./place.ts";
import { novaApi } from "./services.ts";
import { start } from "./up.ts";

const { values } = parseArgs({
  options: {
    leases: { type: "string", default: "40" },
    kills: { type: "string", default: "6" },
    seed: { type: "string", default: `${Math.floor(Math.random() * 1e9)}` },
    dir: { type: "string", default: DEFAULT_DIR },
  },
});
const [count, kills, seed] = [Number(values.leases), Number(values.kills), Number(values.seed)];
const LONG_MS = 20 * 60_000;
/** Between two kills. */
const PAUSE_MS = { least: 2_000, most: 15_000 };
const { signal } = new AbortController();
const steps = createSteps(clock, process.stdout);
const random = randomOf(seed);

const place = await readPlace(values.dir);
if (place === undefined) throw new Error(`${values.dir} holds no cloud; bring one up first`);
const credential = parseCredential(readFileSync(credentialFile(values.dir), "utf8"));
const compute = openStackCompute({ credential, clock });
const session = createSession({ credential, clock, deadlineMs: 30_000 });
const market = await openTokenMarketOn({
  ...{ pools: 1, maximum: count, cloudName: "tiny" },
  openCloud: async () => ({ credential, close: async () => undefined }),
  environment: { CLOUD_POLL_MS: "2000" },
});
const { deployment } = market.stack;
const [shop] = market.shops;
if (shop === undefined) throw new Error("no shop");
const { appliance, startVa } = shop;
const owner = ownerTag({ chainId: deployment.chainId, leases: deployment.contracts.Leases, appliance });
console.log(`${count} leases, ${2 * kills} kills of each, --seed ${seed}`);

// A local network has the same contracts as the one before it: what is left of that one would be taken for its own.
await removeAll();
let va: Daemon = await startAgain();
/** The most servers that were seen to run for one lease at a time. */
let most = 0;
try {
  await run();
} finally {
  await start(place, [novaApi(place)], clock);
  await va.stop();
  await steps.run("what the run made is removed", removeAll);
  await market.stop();
}

async function run(): Promise<void> {
  const ask = await until("an ask", () => market.chain.openAsk(appliance), { clock, signal });
  const takes = await signTakes(market, ask.order, count);
  await depositFor(market, takes);
  const all = takes.map(({ leaseId }) => leaseId);
  await steps.run("all leases run, for all the kills", async () => {
    await openAtOnce(market, takes);
    await Promise.all([chaos(), serversAre(all)]);
  });
  const over = takes.filter((_, index) => index % 2 === 0);
  const left = all.filter((leaseId) => !over.some((take) => take.leaseId === leaseId));
  await steps.run("half of them are stopped; their servers go, the others stay, for all the kills", async () => {
    const before = running(await listed());
    for (const { leaseId, keys } of over) {
      const status = await stopBySignature(market, leaseId, keys);
      if (status >= 300) throw new Error(`the relayer answers ${status} to a stop`);
    }
    await Promise.all([chaos(), serversAre(left)]);
    const after = running(await listed());
    const moved = left.filter((leaseId) => before.get(leaseId)?.join() !== after.get(leaseId)?.join());
    if (moved.length > 0) throw new Error(`leases that go on have other servers than before: ${moved}`);
  });
  await steps.run("no port is left but theirs", async (progress) =>
    until(
      "the ports",
      async () => {
        const ports = await listPorts(session, { description: portDescription(owner) }, signal);
        progress(`${ports.length}`);
        return ports.length === left.length ? true : undefined;
      },
      { clock, signal, timeoutMs: LONG_MS },
    ),
  );
  if (most > 1) throw new Error(`${most} servers ran for one lease at a time`);
  console.log(`exactly ${left.length} servers are there; never more than ${most} ran for one lease`);
}

/** Kills the appliance and Nova's API, each so many times, and starts each again at once. */
async function chaos(): Promise<void> {
  if (place === undefined) return;
  const rest = () => clock.sleep(PAUSE_MS.least + random() * (PAUSE_MS.most - PAUSE_MS.least));
  const victims = Array.from({ length: 2 * kills }, (_, index) => index % 2).sort(() => random() - 0.5);
  for (const victim of victims) {
    await rest();
    if (victim === 0) {
      va.kill9();
      await va.exited;
      va = await startAgain();
    } else {
      await killDaemon(place.dir, "nova");
      await start(place, [novaApi(place)], clock);
    }
  }
}

/** The appliance says that it is ready when it has read chain and cloud: on a slow machine that may take it more than one start. */
function startAgain(): Promise<Daemon> {
  const ask = () => startVa().catch(() => undefined);
  return until("the appliance", ask, { clock, signal, timeoutMs: LONG_MS });
}

/** Waits until exactly these leases have a server, and each one that runs. */
async function serversAre(leases: readonly Hex[]): Promise<void> {
  await until(
    "the right servers",
    async () => {
      const servers = await listed();
      const now = running(servers);
      most = Math.max(most, ...[...now.values()].map((ids) => ids.length));
      const right = leases.every((leaseId) => now.get(leaseId)?.length === 1);
      return right && servers.length === leases.length ? true : undefined;
    },
    { clock: { now: clock.now, sleep: () => clock.sleep(2_000) }, signal, timeoutMs: LONG_MS },
  );
}

/** The appliance's servers, as soon as the cloud's API answers. */
function listed(): Promise<Server[]> {
  const ask = () => compute.listServers(owner, signal).catch(() => undefined);
  return until("an answer", ask, { clock, signal, timeoutMs: LONG_MS });
}

/** The ids of those that run, by lease. */
function running(servers: readonly Server[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { id, status, task, metadata } of servers) {
    if (status !== "ACTIVE" || task === "deleting") continue;
    const lease = metadata.xov_lease ?? "";
    ids.set(lease, [...(ids.get(lease) ?? []), id]);
  }
  return ids;
}

async function removeAll(): Promise<void> {
  const gone = async () => {
    const servers = await listed();
    for (const server of servers) await compute.deleteServer(server, signal);
    await compute.removeLeftovers(owner, signal);
    return servers.length === 0 ? true : undefined;
  };
  await until("no server", gone, { clock, signal, timeoutMs: LONG_MS });
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function randomOf(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
