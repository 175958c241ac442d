// SPDX-License-Identifier: Apache-2.0
// Shows the stack attestation of an appliance: what its cloud tells with this credential, what the file that STACK_FILE names declares,
// and whether that may be attested. Changes nothing without --submit.
//
//   --print  [{"level", "name", "version", "licence", "source", "commit", "by"}] for people; the default
//   --json   {"components", "problems", "expiresAt"} for scripts
//   --submit attests it with the hot key, if there are no problems; the appliance does so by itself where STACK_FILE is set
//
// Exit code 0 when it may be attested, 1 when not, 78 when the configuration cannot be read.
import { parseArgs } from "node:util";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { runMain } from "../../offchain/core/shutdown.ts";
import { loadConfig } from "../config.ts";
import { openStackCompute } from "../openstack/index.ts";
import { readStack } from "./readStack.ts";
import type { Found } from "./stack.ts";
import { submitAttestation } from "./submit.ts";

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
  options: {
    json: { type: "boolean", default: false },
    print: { type: "boolean", default: true },
    submit: { type: "boolean", default: false },
  },
});

await runMain(async (signal) => {
  const config = await loadConfig(process.env);
  const { settings, credential } = config;
  const compute = openStackCompute({ credential, clock, deadlineMs: settings.CLOUD_DEADLINE_MS });
  const { found, problems } = await readStack(compute, settings.STACK_FILE, signal);
  const components = found.map(({ component, by }) => ({ ...component, by }));
  const maySubmit = values.submit && problems.length === 0;
  const stack = found.map(({ component }) => component);
  const until = maySubmit ? await submitAttestation(stack, settings, { clock, signal }) : undefined;
  const expiresAt = until === undefined ? undefined : Number(until);
  const lines = [...found.map(show), ...problems.map((problem) => `✘ ${problem}\n`)];
  if (expiresAt !== undefined) lines.push(`attested until ${new Date(expiresAt * 1_000).toISOString()}\n`);
  process.stdout.write(values.json ? `${JSON.stringify({ components, problems, expiresAt })}\n` : lines.join(""));
  if (problems.length > 0) process.exit(1);
});
