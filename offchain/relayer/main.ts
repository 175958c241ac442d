// SPDX-License-Identifier: Apache-2.0
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Express } from "express";
import { destination } from "pino";
import { createBitcoinNode } from "../bitcoin/node.ts";
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
import { runRelayer } from "./relayer.ts";

await runMain(async (signal) => {
  const config = readRelayerConfig(process.env);
  const clock = systemClock;
  const log = createLog({ name: "relayer", destination: destination(2) });
  const account = await loadAccount(config.keyFile);
  const deployment = await readDeployment(config.deploymentFile, config.chainId);
  const chain = createChain(config);
  const node = createBitcoinNode({ ...config.bitcoin, clock });
  const journal = await openJournal(join(config.dataDir, "takes"));
  const { pollMs, watchAfterEnd } = config;
  const actions = await openActionJournal(join(config.dataDir, "actions"));
  const newSender = () => createSender({ chain, account, errors: customErrors, clock, pollMs });
  const cacheFile = join(config.dataDir, "cache.json");
  const timing = { pollMs, watchAfterEnd, clock, log, signal };
  const parameters = { chain, deployment, node, journal, actions, cacheFile, createSender: newSender, ...timing };
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
