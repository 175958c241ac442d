// SPDX-License-Identifier: Apache-2.0
import type { Express } from "express";
import { abis } from "../chain/abis.ts";
import type { Chain } from "../chain/clients.ts";
import { contractsOf, type Deployment } from "../chain/deployment.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { IndexDatabase } from "../indexer/database.ts";
import { createIndexer } from "../indexer/indexer.ts";
import { prepareIndex } from "../indexer/prepare.ts";
import { createApp } from "./app.ts";
import type { PoolDeps } from "./deps.ts";
import { healthOf } from "./health.ts";
import { createHub } from "./hub.ts";
import { createPaymentWatch } from "./paymentWatch.ts";
import { createPerBlock } from "./perBlock.ts";
import type { RelayerClient } from "./relayerClient.ts";
import { createTrustReader } from "./trustReader.ts";

export interface PoolServiceParameters
  extends Pick<PoolDeps, "poolName" | "bitcoinNetwork" | "catalogue" | "site" | "limits" | "trustedProxies"> {
  readonly db: IndexDatabase["db"];
  readonly chain: Chain;
  readonly deployment: Deployment;
  readonly relayer: RelayerClient;
  /** How often chain and relayer are asked for news, milliseconds. */
  readonly pollMs: number;
  /** Longer without a new block is not healthy, milliseconds. */
  readonly staleMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface PoolService {
  readonly app: Express;
  /** Resolves once the index was at the chain's end. */
  readonly caughtUp: Promise<void>;
  /** Indexes until the signal. @throws what waiting does not mend */
  run(): Promise<void>;
}

/** Joins index and API: prepares the database, and indexes once it is run. */
export async function createPoolService(parameters: PoolServiceParameters): Promise<PoolService> {
  const { db, chain, deployment, relayer, pollMs, staleMs, clock, log, signal } = parameters;
  if (await prepareIndex({ db, deployment })) log.info("the index begins at zero");
  const hub = createHub();
  const paymentWatch = createPaymentWatch({ relayer, hub, clock, everyMs: Math.max(pollMs, 1_000) });
  let ready = false;
  let head = Number.POSITIVE_INFINITY;
  let reached = () => {};
  const caughtUp = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const indexer = createIndexer({
    db,
    chain,
    deployment,
    clock,
    log,
    pollMs,
    onCommit: (progress, topics) => {
      if (!ready && progress.block >= head) {
        ready = true;
        const { events, eventsPerSecond } = indexer.report();
        log.info({ block: progress.block, events, eventsPerSecond }, "the index has caught up");
        reached();
      }
      hub.publish(progress, topics);
    },
  });
  const deps = { report: indexer.report, ready: () => ready, relayer, db, staleMs, clock };
  const app = createApp({
    ...parameters,
    chainId: deployment.chainId,
    contracts: deployment.contracts,
    nonceOf: nonceReader(chain, deployment),
    trust: createTrustReader({ client: chain.client, deployment, perBlock: createPerBlock(hub) }),
    hub,
    paymentWatch,
    offersPerBlock: createPerBlock(hub),
    ready: () => ready,
    health: () => healthOf(deps),
  });
  return {
    app,
    caughtUp,
    async run() {
      head = await chainHead(chain, clock, signal);
      await Promise.all([indexer.run(signal), paymentWatch.run(signal)]);
    },
  };
}

/** The index does not tell nonces: what a holder has signed leaves no event of its own. */
function nonceReader({ client }: Chain, deployment: Deployment): PoolDeps["nonceOf"] {
  const { Leases } = contractsOf(deployment, { Leases: abis.Leases });
  return (holder) => client.readContract({ ...Leases, functionName: "nonces", args: [holder] });
}

const PAUSE_MS = 500;

/** The highest block that an endpoint has, as soon as one answers. */
async function chainHead({ sources }: Chain, clock: Clock, signal: AbortSignal): Promise<number> {
  for (;;) {
    const heights = await Promise.all(sources.map((source) => source.height(signal).catch(() => undefined)));
    const known = heights.flatMap((height) => (height === undefined ? [] : [Number(height)]));
    if (known.length > 0) return Math.max(...known);
    await clock.sleep(PAUSE_MS, signal);
  }
}
