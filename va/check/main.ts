// SPDX-License-Identifier: Apache-2.0
// Looks at all that an appliance needs, with its own configuration, and says what to mend. Changes nothing.
//
//   --json   [{"name", "ok", "detail", "fix", "warning"}] instead of lines
//
// Exit code 0 when all is well or only doubtful, 1 when not, 78 when the configuration cannot be read.
import { parseArgs } from "node:util";
import { createChain } from "../../offchain/chain/clients.ts";
import { readDeployment } from "../../offchain/chain/deployment.ts";
import { loadAccount } from "../../offchain/chain/keystore.ts";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { runMain } from "../../offchain/core/shutdown.ts";
import { connect } from "../chain/connect.ts";
import { type Config, finalityOf, loadConfig } from "../config.ts";
import { named } from "../named.ts";
import { openStackCompute } from "../openstack/index.ts";
import { checkChain } from "./chain.ts";
import { checkCloud } from "./cloud.ts";
import type { Finding } from "./finding.ts";

async function check(config: Config, signal: AbortSignal): Promise<Finding[]> {
  const { settings, offers, credential, ageIdentities } = config;
  const { DEPLOYMENT_FILE, HOT_KEY_FILE, CHAIN_ID: chainId, RPC_URLS: rpcUrls } = settings;
  const deployment = await named("DEPLOYMENT_FILE", DEPLOYMENT_FILE, readDeployment(DEPLOYMENT_FILE, chainId));
  const account = await named("HOT_KEY_FILE", HOT_KEY_FILE, loadAccount(HOT_KEY_FILE));
  const finality = finalityOf(settings);
  const { APPLIANCE: appliance, POLL_MS: pollMs, CLOUD_DEADLINE_MS: deadlineMs } = settings;
  const { client } = createChain({ rpcUrls, chainId, finality });
  const connection = connect({ rpcUrls, chainId, finality, deployment, account, appliance, clock, pollMs, signal });
  const hotKey = account.address;
  const compute = openStackCompute({ credential, clock, deadlineMs });
  const [chain, cloud] = await Promise.all([
    checkChain({ ...connection, client, appliance, offers, hotKey, ageIdentities, clock }, signal),
    checkCloud({ compute, offers, authUrl: credential.auth_url, clock }, signal),
  ]);
  return [...chain, ...cloud];
}

function show({ name, ok, detail, fix, warning }: Finding): string {
  return `${warning ? "!" : ok ? "✔" : "✘"} ${name}: ${detail}${fix === undefined ? "" : `\n    → ${fix}`}\n`;
}

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });

await runMain(async (signal) => {
  const findings = await check(await loadConfig(process.env), signal);
  process.stdout.write(values.json ? `${JSON.stringify(findings)}\n` : findings.map(show).join(""));
  const wrong = findings.filter(({ ok }) => !ok).length;
  if (wrong > 0) process.exit(1);
});
