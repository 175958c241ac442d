// SPDX-License-Identifier: Apache-2.0
// Shows the stack attestation of an appliance: what its cloud tells with this credential, what the file that STACK_FILE names declares,
// and whether that may be attested. Changes nothing.
//
//   --print  [{"level", "name", "version", "licence", "source", "commit", "by"}] for people; the default
//   --json   {"components", "problems"} for scripts
//
// Exit code 0 when it may be attested, 1 when not, 78 when the configuration cannot be read.
import { parseArgs } from "node:util";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { readJson } from "../../offchain/core/files.ts";
import { runMain } from "../../offchain/core/shutdown.ts";
import { loadConfig } from "../config.ts";
import { named } from "../named.ts";
import { openStackCompute } from "../openstack/index.ts";
import { OPEN_LICENCES } from "./spdx.ts";
import { declarationSchema, type Found, type Stack, stackOf } from "./stack.ts";

async function read(signal: AbortSignal): Promise<Stack> {
  const { settings, credential } = await loadConfig(process.env);
  const { STACK_FILE: file, CLOUD_DEADLINE_MS: deadlineMs } = settings;
  const declared = file === undefined ? undefined : await named("STACK_FILE", file, readJson(file, declarationSchema));
  const cloud = await openStackCompute({ credential, clock, deadlineMs }).describeCloud(signal);
  return stackOf(cloud, declared?.components ?? [], OPEN_LICENCES);
}

const WORD = {
  cloud: "the cloud says",
  both: "the cloud names, the provider declares",
  provider: "the provider declares",
};

function show({ component, by }: Found): string {
  const { level, name, version, licence, source, commit } = component;
  return `${level}: ${name} ${version} (${licence})\n    ${source} at ${commit}; ${WORD[by]}\n`;
}

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, print: { type: "boolean", default: true } },
});

await runMain(async (signal) => {
  const { found, problems } = await read(signal);
  const components = found.map(({ component, by }) => ({ ...component, by }));
  const lines = [...found.map(show), ...problems.map((problem) => `✘ ${problem}\n`)];
  process.stdout.write(values.json ? `${JSON.stringify({ components, problems })}\n` : lines.join(""));
  if (problems.length > 0) process.exit(1);
});
