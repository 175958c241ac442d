// SPDX-License-Identifier: Apache-2.0
// The whole job on this machine, every part real: contracts on a chain node, a bitcoind (regtest), a cloud that speaks
// OpenStack's protocol, the relayer and the VA as the processes that they are. Ends all that it started.
//
//   --json   the last line is {"ok", "steps": [{"name", "ms"}]}
//
// Exit code 0 only when every step succeeded.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../../offchain/core/clock.ts";
import { createDevCloud } from "../devcloud/index.ts";
import { type JourneyCloud, journey } from "./journey.ts";
import { createSteps } from "./steps.ts";

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
}

async function openCloud(): Promise<JourneyCloud> {
  const { credential, close } = await createDevCloud({ port: 0 });
  return {
    credential,
    image: { name: "debian-12", user: "debian" },
    sshKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl demo",
    patienceMs: 60_000,
    close,
  };
}

const since = systemClock.now();
const dir = await mkdtemp(join(tmpdir(), "xov-demo-"));
const steps = createSteps(systemClock, process.stdout);
let ok = false;
try {
  await journey({ dir, openCloud, steps, clock: systemClock, signal: stop.signal });
  ok = true;
  await rm(dir, { recursive: true, force: true });
  console.log(`\nThe whole job took ${((systemClock.now() - since) / 1000).toFixed(1)} s.`);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}\nLogs: ${dir}`);
} finally {
  stop.abort();
}
if (values.json) console.log(JSON.stringify({ ok, steps: steps.done }));
process.exitCode = ok ? 0 : 1;
