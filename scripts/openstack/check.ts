// SPDX-License-Identifier: Apache-2.0
// The appliance on real OpenStack, on this machine: its tests that can talk to a cloud and the whole job on the light variant,
// then the whole job on the full one, where a guest boots. Brings both up in a folder of its own, and takes them down.
//
//   --variant light|full   only that one
//   --keep                 the cloud goes on afterwards; the next run finds it
//
// Ends with `N passed, N failed`; on a machine that cannot do it (not Debian 12, not root), says so and counts nothing.
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { messageOf } from "../../offchain/core/errors.ts";
import { parseCredential } from "../../va/openstack/index.ts";
import { type Instance, type JourneyCloud, journey } from "../demo/journey.ts";
import { createSteps, type Steps } from "../demo/steps.ts";
import { runStage } from "../setup/stages.ts";
import { testCounts } from "../setup/testCounts.ts";
import { down } from "./down.ts";
import { makeSshKey, type SshKey, visitGuest } from "./guest.ts";
import { credentialFile, type Variant } from "./place.ts";
import { up } from "./up.ts";

const DIR = "/var/lib/xov-openstack-check";
const FIRST_PORT = 18_790;
const TESTS = ["test/va/openstack/contract.test.ts", "test/va/openstack/appliance.test.ts"];
const TESTS_LIMIT_S = 15 * 60;

const { values } = parseArgs({
  options: { variant: { type: "string" }, keep: { type: "boolean", default: false } },
});
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
}

const steps = createSteps(clock, process.stdout);
const total = { passed: 0, failed: 0 };

/** Why this machine cannot do it. */
function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can bring up a cloud";
  if (process.arch !== "x64") return "the guest is for x86-64";
  const release = readFileSync("/etc/os-release", "utf8");
  return /^VERSION_CODENAME=bookworm$/m.test(release) ? undefined : "the packages are those of Debian 12";
}

async function bringUp(variant: Variant): Promise<void> {
  process.stdout.write(`\n── real OpenStack, ${variant} variant\n`);
  const onStep = (what: string, seconds: number) => console.log(`  ✔ ${seconds.toFixed(1).padStart(6)} s  ${what}`);
  await up({ dir: DIR, variant, firstPort: FIRST_PORT, clock, onStep });
  stop.signal.throwIfAborted();
}

async function runTests(): Promise<void> {
  process.env.XOV_OPENSTACK_CREDENTIAL = credentialFile(DIR);
  const mocha = ["--import", "tsx", "node_modules/mocha/bin/mocha.js"];
  const { output, end } = await runStage([...mocha, ...TESTS], { seconds: TESTS_LIMIT_S });
  const { passed, failed } = testCounts(output, end === 0);
  total.passed += passed;
  total.failed += failed;
}

async function runJourney(visit?: (dir: string, key: SshKey) => JourneyCloud["visit"]): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "xov-openstack-"));
  const key = await makeSshKey(dir);
  const toGuest = visit?.(dir, key);
  const openCloud = async (): Promise<JourneyCloud> => ({
    credential: parseCredential(readFileSync(credentialFile(DIR), "utf8")),
    image: { name: "tiny", user: "root" },
    sshKey: key.publicKey,
    patienceMs: 180_000,
    close: async () => undefined,
    ...(toGuest === undefined ? {} : { visit: toGuest }),
  });
  try {
    await journey({ dir, openCloud, steps, clock, signal: stop.signal });
    await rm(dir, { recursive: true, force: true });
  } catch (error) {
    process.stdout.write(`${messageOf(error)}\nLogs: ${dir} and ${DIR}/log\n`);
    total.failed++;
  }
}

const visiting = (home: string, key: SshKey) => (instance: Instance, each: Steps) =>
  visitGuest(instance, each, { key, home, clock, signal: stop.signal });

async function main(): Promise<void> {
  const chosen = (variant: Variant) => values.variant === undefined || values.variant === variant;
  try {
    if (chosen("light")) {
      await bringUp("light");
      await runTests();
      await runJourney();
    }
    if (chosen("full")) {
      await bringUp("full");
      await runJourney(visiting);
    }
  } catch (error) {
    process.stdout.write(`${messageOf(error)}\n`);
    total.failed++;
  } finally {
    if (!values.keep) await down({ dir: DIR, keep: total.failed === 0 ? "nothing" : "image", clock });
  }
  total.passed += steps.done.length;
}

const reason = obstacle();
if (reason === undefined) await main();
else process.stdout.write(`left out: ${reason}\n`);
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
