// SPDX-License-Identifier: Apache-2.0
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import { destination } from "pino";
import { createChain } from "../chain/clients.ts";
import { readDeployment } from "../chain/deployment.ts";
import { systemClock } from "../core/clock.ts";
import { createLog, type Logger } from "../core/log.ts";
import { runMain } from "../core/shutdown.ts";
import { openDatabase } from "../indexer/database.ts";
import { createCatalogue, EMPTY_CATALOGUE } from "./catalogue.ts";
import { type PoolConfig, readPoolConfig } from "./config.ts";
import { createRelayerClient } from "./relayerClient.ts";
import { createPoolService } from "./service.ts";
import { loadSite, type Site } from "./site.ts";

await runMain(async (signal) => {
  const config = readPoolConfig(process.env);
  const clock = systemClock;
  const log = createLog({ name: "pool", level: config.logLevel, destination: destination(2) });
  const deployment = await readDeployment(config.deploymentFile, config.chainId);
  const chain = createChain(config);
  const relayer = createRelayerClient({ url: config.relayerUrl, clock });
  const path = config.catalogueFile;
  const catalogue = path === undefined ? EMPTY_CATALOGUE : createCatalogue({ path, clock, log });
  const site = await siteOf(config, log);
  const onError = (error: unknown) => log.warn({ err: error }, "the database fails");
  const { db, close } = await openDatabase({ location: config.database, onError });
  try {
    const parameters = { ...config, db, chain, deployment, relayer, catalogue, site, clock, log, signal };
    const service = await createPoolService(parameters);
    const url = await listen(service.app, config, signal);
    const running = service.run();
    await Promise.race([service.caughtUp, running]);
    if (!signal.aborted) process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
    await running;
  } finally {
    await close();
  }
});

/** The API is of use without a site, so that a missing one is no reason to stop. */
async function siteOf({ siteDir }: PoolConfig, log: Logger): Promise<Site | undefined> {
  try {
    return await loadSite(siteDir);
  } catch (error) {
    log.warn({ err: error }, "there is no site to serve: build it first");
    return undefined;
  }
}

/** Listens until the signal. @returns where */
async function listen(app: Express, { host, port }: PoolConfig, signal: AbortSignal): Promise<string> {
  const server = app.listen(port, host);
  signal.addEventListener("abort", () => server.close(), { once: true });
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  const { address, family, port: own } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${own}`;
}
