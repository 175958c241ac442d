// SPDX-License-Identifier: Apache-2.0
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Express } from "express";
import { destination } from "pino";
import { createChain } from "../chain/clients.ts";
import { readDeployment } from "../chain/deployment.ts";
import { loadAccount } from "../chain/keystore.ts";
import { createSender } from "../chain/sender.ts";
import { systemClock } from "../core/clock.ts";
import { createLog } from "../core/log.ts";
import { runMain } from "../core/shutdown.ts";
import { openActionJournal } from "./action.ts";
import { type RelayerConfig, readRelayerConfig } from "./config.ts";
import { customErrors } from "./contracts.ts";
import { openJournal } from "./journal.ts";
import { openSources } from "./openSources.ts";
import { runRelayer } from "./relayer.ts";
import { openSpending } from "./spending.ts";
import { loadWebhooks } from "./webhooks/load.ts";

await runMain(async (signal) => {
  const config = readRelayerConfig(process.env);
  const clock = systemClock;
  const log = createLog({ name: "relayer", destination: destination(2) });
  const account = await loadAccount(config.keyFile);
  const deployment = await readDeployment(config.deploymentFile, config.chainId);
  const chain = createChain(config);
  const { node, states: sources } = openSources({ config, chain, deployment, clock, log });
  const inDataDir = (name: string) => join(config.dataDir, name);
  const journal = await openJournal(inDataDir("takes"));
  const actions = await openActionJournal(inDataDir("actions"));
  const { pollMs, watchAfterEnd, maxFeePerGas, bumpAfterMs } = config;
  const spending = await openSpending({ file: inDataDir("spending.json"), limit: config.spendPerDay, clock, log });
  const fees = { bumpAfterMs, allowance: spending, ...(maxFeePerGas === undefined ? {} : { maxFeePerGas }) };
  const newSender = () => createSender({ chain, account, errors: customErrors, clock, pollMs, ...fees });
  const files = { cacheFile: inDataDir("cache.json"), outboxFile: inDataDir("webhooks.jsonl") };
  const webhooks = await loadWebhooks(config.webhooks);
  const timing = { pollMs, watchAfterEnd, clock, log, signal };
  const nodes = { chain, deployment, node, sources };
  const parameters = { ...nodes, journal, actions, spending, webhooks, ...files, createSender: newSender, ...timing };
  await runRelayer(parameters, (api) => serve(api, config, signal));
});

/** Listens on the loopback interface until the signal, and says where. */
async function serve(api: Express, { port }: RelayerConfig, signal: AbortSignal): Promise<void> {
  const server = api.listen(port, "127.0.0.1");
  signal.addEventListener("abort", () => server.close(), { once: true });
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
}
