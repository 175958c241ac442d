// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { toCheckpoint } from "../offchain/chain/checkpoint.ts";
import { readDeployment } from "../offchain/chain/deployment.ts";
import { ChainError } from "../offchain/chain/errors.ts";
import { followChain } from "../offchain/chain/followChain.ts";
import { loadAccount } from "../offchain/chain/keystore.ts";
import { systemClock as clock } from "../offchain/core/clock.ts";
import { ConfigError } from "../offchain/core/config.ts";
import { createLog, type Logger } from "../offchain/core/log.ts";
import { serveMetrics } from "../offchain/core/metrics.ts";
import { retry } from "../offchain/core/retry.ts";
import { runMain } from "../offchain/core/shutdown.ts";
import type { Hands } from "./actuator.ts";
import { createAskKeeper } from "./asks.ts";
import { type AttestationKeeper, createAttestationKeeper } from "./attest/keeper.ts";
import { readStack } from "./attest/readStack.ts";
import { originOf } from "./bitcoin/psbt.ts";
import { cardOf, createCardKeeper } from "./card.ts";
import { type Connection, connect } from "./chain/connect.ts";
import { followed } from "./chain/followed.ts";
import { checkAppliance } from "./checkAppliance.ts";
import { type Config, finalityOf, loadConfig, readOffers, type Settings } from "./config.ts";
import { type DaemonOptions, runDaemon, type Timing } from "./daemon.ts";
import { feedCache } from "./feedCache.ts";
import { ownerTag } from "./identity.ts";
import { createLeaseFeed } from "./leaseFeed.ts";
import { liveOffers } from "./liveOffers.ts";
import { logCalls } from "./logCalls.ts";
import { createMarketplace } from "./marketplace.ts";
import { type ApplianceMetrics, createMetrics } from "./metrics.ts";
import { named } from "./named.ts";
import { openStackCompute, shareListing } from "./openstack/index.ts";
import { createPulse, type Pulse } from "./pulse.ts";
import { createReconciler } from "./reconciler.ts";
import { bitcoindCoins } from "./refunds/bitcoindCoins.ts";
import { createRefundKeeper, type RefundKeeper } from "./refunds/keeper.ts";

/** The appliance's process: `node --import tsx va/main.ts`. Prints one JSON line once it is at work; logs go to stderr. */
async function main(signal: AbortSignal): Promise<void> {
  const config = await loadConfig(process.env);
  const { settings } = config;
  const { DATA_DIR, APPLIANCE: appliance, POLL_MS: pollMs, RPC_URLS: rpcUrls, CHAIN_ID: chainId } = settings;
  const { DEPLOYMENT_FILE, HOT_KEY_FILE } = settings;
  const log = createLog({ name: "va", level: settings.LOG_LEVEL, destination: pino.destination(2) });
  const deployment = await named("DEPLOYMENT_FILE", DEPLOYMENT_FILE, readDeployment(DEPLOYMENT_FILE, chainId));
  const account = await named("HOT_KEY_FILE", HOT_KEY_FILE, loadAccount(HOT_KEY_FILE));
  await named("DATA_DIR", DATA_DIR, mkdir(DATA_DIR, { recursive: true }));
  const finality = finalityOf(settings);
  const connection = connect({ rpcUrls, chainId, finality, deployment, account, appliance, clock, pollMs, signal });
  await retry(() => checkAppliance(connection.chain, account.address, config.ageIdentities), {
    clock,
    signal,
    attempts: Number.POSITIVE_INFINITY,
    shouldRetry: (error) => !(error instanceof ConfigError),
    onRetry: (error, pauseMs) => log.warn({ err: error, pauseMs }, "the chain cannot be read yet"),
  });

  const metrics = createMetrics(clock);
  const pulse = createPulse(clock, settings.STALE_MS);
  const served = await serve(settings, metrics, pulse);
  const onReady = () => {
    pulse.ready();
    sayReady({ appliance, hotKey: account.address, chainId, ...(served && { metrics: served.url }) });
  };
  const startBlock = deployment.startBlock;
  try {
    const daemon = await assemble({ config, connection, startBlock, log, metrics, pulse, onReady, signal });
    await runDaemon(daemon, signal);
  } catch (error) {
    if (error instanceof ChainError && error.code === "FINALITY_VIOLATED") {
      log.fatal({ DATA_DIR }, "the chain is not the one followed before; if it was replaced, delete DATA_DIR");
    }
    throw error;
  } finally {
    await served?.close();
  }
}

async function serve(
  { METRICS_PORT: port, METRICS_HOST: host }: Settings,
  { registry }: ApplianceMetrics,
  { troubles }: Pulse,
): Promise<{ url: string; close(): Promise<void> } | undefined> {
  if (port === undefined) return undefined;
  return named("METRICS_PORT", String(port), serveMetrics({ registry, port, host, troubles }));
}

interface Assembly {
  readonly config: Config;
  readonly connection: Connection;
  readonly startBlock: bigint;
  readonly log: Logger;
  readonly metrics: ApplianceMetrics;
  readonly pulse: Pulse;
  readonly onReady: () => void;
  readonly signal: AbortSignal;
}

async function assemble(assembly: Assembly): Promise<DaemonOptions> {
  const { config, connection, startBlock, log, metrics, pulse, onReady, signal } = assembly;
  const { settings, ageIdentities } = config;
  const offers = liveOffers(config.offers, () => readOffers(settings.OFFERS_FILE), log);
  const { sources, contracts } = connection;
  const chain = metrics.measureChain(connection.chain);
  const { CHAIN_ID: chainId, APPLIANCE: appliance, POLL_MS: pollMs } = settings;
  const cache = feedCache(join(settings.DATA_DIR, `leases-${chainId}-${contracts.Leases.address}-${appliance}.json`));
  const from = await cache.load().catch((error: unknown) => {
    log.warn({ err: error }, "the cache cannot be used; the events are read anew");
    return undefined;
  });
  const feed = createLeaseFeed(from);
  const updates = followChain({
    chainId,
    sources,
    contracts: {
      Leases: contracts.Leases,
      Requests: contracts.Requests,
      Exchange: contracts.Exchange,
      Providers: contracts.Providers,
    },
    startBlock,
    from: from === undefined ? undefined : toCheckpoint(chainId, { base: from.finalized, recent: [] }),
    clock,
    signal,
    pollMs,
    onError: (error, source) => log.warn({ err: error, source }, "endpoint"),
  });
  const owner = { chainId, leases: contracts.Leases.address, appliance };
  const { credential } = config;
  const onCall = logCalls(log);
  const cloud = openStackCompute({ credential, clock, deadlineMs: settings.CLOUD_DEADLINE_MS, onCall });
  const compute = shareListing(metrics.measureCompute(cloud), ownerTag(owner));
  metrics.watch(feed);
  const marketplace = createMarketplace(chain, offers.now);
  const { offerOf } = marketplace;
  const hostKeyWaitMs = settings.HOST_KEY_WAIT_MS;
  const hands: Hands = { owner, compute, chain, clock, offers: offers.now, offerOf, hostKeyWaitMs };
  const { DECLINE_MARGIN_S: declineMarginS, EVICT_AFTER_S: evictAfterS } = settings;
  const reconciler = createReconciler({ hands, feed, ageIdentities, declineMarginS, evictAfterS, log });
  return {
    hands,
    feed,
    updates: pulse.of(followed(updates, appliance, connection.reorganised)),
    cache,
    reconciler: metrics.measureReconciler(reconciler),
    card: createCardKeeper(chain, () => cardOf(offers.now().images), log),
    asks: createAskKeeper({ chain, compute, marketplace, offers: offers.now, log }),
    attestation: attestationOf(settings, hands, metrics, log),
    refunds: refundsOf(config, connection, log),
    offers,
    startBlock,
    clock,
    log,
    timing: timingOf(settings),
    onReady,
  };
}

/** Keeps what STACK_FILE and the cloud say attested; undefined without that file. */
function attestationOf(
  { STACK_FILE: file, ATTEST_BEFORE_S: renewBeforeS }: Settings,
  { chain, compute }: Hands,
  metrics: ApplianceMetrics,
  log: Logger,
): AttestationKeeper | undefined {
  if (file === undefined) return undefined;
  const stack = (signal: AbortSignal) => readStack(compute, file, signal);
  const keeper = createAttestationKeeper({ chain, stack, renewBeforeS, log });
  metrics.watchAttestation(keeper);
  return keeper;
}

/** Refunds over the configured Bitcoin node; undefined when there is none. */
function refundsOf(
  { settings, bitcoinKey: key }: Config,
  { debts }: Connection,
  log: Logger,
): RefundKeeper | undefined {
  const { BITCOIN_URL: url, BITCOIN_USER: user, BITCOIN_PASSWORD: password } = settings;
  if (url === undefined) return undefined;
  const cookieFile = settings.BITCOIN_COOKIE_FILE;
  const auth = cookieFile === undefined ? { user, password } : { cookieFile };
  const node = bitcoindCoins({ url, auth, clock }, settings.BITCOIN_WALLET);
  const { DATA_DIR: folder, MAX_FEE_RATE: maxFeeRate } = settings;
  const origin = originOf(settings.BITCOIN_KEY_ORIGIN);
  return createRefundKeeper({ hands: { node, chain: debts, key, origin, folder, maxFeeRate }, clock, log });
}

function timingOf(settings: Settings): Timing {
  return {
    pollMs: settings.POLL_MS,
    askPollMs: settings.ASK_POLL_MS,
    attestPollMs: settings.ATTEST_POLL_MS,
    cloudPollMs: settings.CLOUD_POLL_MS,
    fullPassMs: settings.FULL_PASS_MS,
    beatIntervalS: settings.BEAT_INTERVAL_S,
  };
}

function sayReady(what: object): void {
  process.stdout.write(`${JSON.stringify({ ready: true, ...what })}\n`);
}

await runMain(main);
