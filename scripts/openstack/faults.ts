// SPDX-License-Identifier: Apache-2.0
// So many leases on the light variant while the appliance and Nova's API are killed with SIGKILL at random moments; then half of
// the leases are stopped, under kills again. At the end exactly the servers are there that should be: one for each lease that
// runs, the same as before, and no other.
//
//   --leases N    default 40
//   --kills N     of each of the two, in either half; default 6
//   --seed N      of the moments; shown, so that a run can be repeated
//   --dir FOLDER  of the cloud, which `main.ts up` has brought up
//
// Exit code 0 only when the servers are the right ones.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { ownerTag } from "../../va/identity.ts";
import { openStackCompute, parseCredential } from "../../va/openstack/index.ts";
import { createSteps } from "../demo/steps.ts";
import { openTokenMarketOn } from "../devnet/tokenMarket.ts";
import { randomOf } from "../faults/random.ts";
import { createInspector } from "../faults/servers.ts";
import { runTrial } from "../faults/trial.ts";
import { complaints } from "./complaints.ts";
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
const [leases, kills, seed] = [Number(values.leases), Number(values.kills), Number(values.seed)];
const { signal } = new AbortController();
const steps = createSteps(clock, process.stdout);
const place = await readPlace(values.dir);
if (place === undefined) throw new Error(`${values.dir} holds no cloud; bring one up first`);
const credential = parseCredential(readFileSync(credentialFile(values.dir), "utf8"));
const market = await openTokenMarketOn({
  ...{ pools: 1, maximum: leases, cloudName: "tiny" },
  openCloud: async () => ({ credential, close: async () => undefined }),
  environment: { CLOUD_POLL_MS: "2000" },
});
const novaVictim = {
  name: "Nova's API",
  async strike() {
    await killDaemon(place.dir, "nova");
    await start(place, [novaApi(place)], clock);
  },
};
console.log(`${leases} leases, ${2 * kills} kills of each, --seed ${seed}`);
try {
  await runTrial({
    ...{ market, credential, leases, kills, steps, clock, signal, random: randomOf(seed) },
    victims: [novaVictim],
    pauseMs: { least: 2_000, most: 15_000 },
  });
} catch (error) {
  console.log(complaints(market.stack.dir) + complaints(join(place.dir, "log")));
  throw error;
} finally {
  await start(place, [novaApi(place)], clock);
  await steps.run("what the run made is removed", removeAll);
  await market.stop();
}

async function removeAll(): Promise<void> {
  const { chainId, contracts } = market.stack.deployment;
  const appliance = market.shops[0]?.appliance ?? 0;
  const compute = openStackCompute({ credential, clock });
  const owner = ownerTag({ chainId, leases: contracts.Leases, appliance });
  await createInspector({ compute, owner, clock, signal, pollMs: 2_000, timeoutMs: 20 * 60_000 }).removeAll();
}
