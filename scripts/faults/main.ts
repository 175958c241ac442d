// SPDX-License-Identifier: Apache-2.0
// So many leases on a development cloud while the appliance and the chain node are killed with SIGKILL, and requests to both chain
// and cloud are lost, answered late, answered to nobody or delivered twice, all at random; then half of the leases are stopped.
// At the end exactly the servers are there that should be: one for each lease that runs, the same as before, and no other.
//
//   --leases N    default 100
//   --kills N     of each of the two, in either half; default 3
//   --share X     of the requests that meet each kind of fault; default 0.02
//   --seed N      shown, so that a run can be repeated
//
// Ends with `N passed, N failed`; exit code 0 only when the servers are the right ones.
import { parseArgs } from "node:util";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { messageOf } from "../../offchain/core/errors.ts";
import { createSteps } from "../demo/steps.ts";
import { createDevCloud, type DevCloud } from "../devcloud/index.ts";
import { openTokenMarketOn } from "../devnet/tokenMarket.ts";
import { complaints } from "../openstack/complaints.ts";
import { createChainNode } from "./chainNode.ts";
import { randomOf } from "./random.ts";
import { runTrial } from "./trial.ts";
import { openUnreliable, type Unreliable } from "./unreliable.ts";

const { values } = parseArgs({
  options: {
    leases: { type: "string", default: "100" },
    kills: { type: "string", default: "3" },
    share: { type: "string", default: "0.02" },
    seed: { type: "string", default: `${Math.floor(Math.random() * 1e9)}` },
  },
});
const [leases, kills, share, seed] = [values.leases, values.kills, values.share, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
];
if (![leases, kills, seed].every(Number.isInteger) || !(share >= 0 && share <= 0.25)) throw new Error("see main.ts");
const { signal } = new AbortController();
const random = randomOf(seed);
const steps = createSteps(clock, process.stdout);
/** Of a request to the cloud; a late reply may come after it. */
const DEADLINE_MS = 5_000;

async function main(): Promise<void> {
  const between: Unreliable[] = [];
  const cloud = await createDevCloud({
    port: 0,
    latency: { request: 2, build: 1_000, start: 200, stop: 200, delete: 200 },
    hosts: [{ name: "big", vcpus: 2 * leases, ram: 512 * leases, disk: 4 * leases }],
    networks: [{ name: "xov-net", cidr: "10.64.0.0/12" }],
    quotas: { instances: 2 * leases, cores: -1, ram: -1, ports: -1 },
  });
  try {
    await runOn(cloud, between);
  } finally {
    for (const proxy of between) {
      console.log(`${proxy.url}: ${JSON.stringify(Object.fromEntries(proxy.met))}`);
      await proxy.close();
    }
    await cloud.close();
  }
}

async function runOn(cloud: DevCloud, between: Unreliable[]): Promise<void> {
  const through = async (target: string) => {
    const proxy = await openUnreliable({ target, clock, random, share, latestMs: 1.5 * DEADLINE_MS });
    between.push(proxy);
    return proxy.url;
  };
  const cloudUrl = await through(cloud.url);
  const market = await openTokenMarketOn({
    ...{ pools: 1, maximum: leases, through },
    openCloud: async () => ({
      credential: { ...cloud.credential, auth_url: cloud.credential.auth_url.replace(cloud.url, cloudUrl) },
      close: async () => undefined,
    }),
    environment: { CLOUD_POLL_MS: "1000", CLOUD_DEADLINE_MS: `${DEADLINE_MS}`, POLL_MS: "500" },
  });
  const node = createChainNode(market.stack, clock.sleep);
  const chainNode = { name: "chain node", strike: () => node.crash(random() * 1_000) };
  try {
    await runTrial({
      ...{ market, credential: cloud.credential, leases, kills, random, steps, clock, signal },
      victims: [chainNode],
      pauseMs: { least: 2_000, most: 10_000 },
    });
  } catch (error) {
    console.log(complaints(market.stack.dir));
    throw error;
  } finally {
    await market.stop();
    await node.stop();
  }
}

console.log(`${leases} leases, ${2 * kills} kills of each, --seed ${seed}`);
let failed = 0;
await main().catch((error: unknown) => {
  console.log(messageOf(error));
  failed = 1;
});
console.log(`\n${steps.done.length} passed, ${failed} failed`);
process.exitCode = failed;
