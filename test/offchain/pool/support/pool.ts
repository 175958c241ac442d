// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { z } from "zod";
import { systemClock } from "../../../../offchain/core/clock.ts";
import type { IndexDatabase } from "../../../../offchain/indexer/database.ts";
import { createApp } from "../../../../offchain/pool/app.ts";
import type { Limits } from "../../../../offchain/pool/deps.ts";
import { createHub } from "../../../../offchain/pool/hub.ts";
import { readBlock } from "../../../../offchain/pool/leases.ts";
import { createPaymentWatch } from "../../../../offchain/pool/paymentWatch.ts";
import { createPerBlock } from "../../../../offchain/pool/perBlock.ts";
import { type Problem, problemSchema } from "../../../../offchain/pool/problemSchema.ts";
import type { Site } from "../../../../offchain/pool/site.ts";
import { emptyIndex } from "../../indexer/support/databases.ts";
import { DEPLOYMENT } from "../../indexer/support/deployment.ts";
import { follow, newChain, SILENT } from "../../indexer/support/follow.ts";
import type { Emitted, ScriptedChain } from "../../indexer/support/scriptedChain.ts";
import { type FakeRelayer, fakeRelayer } from "./fakeRelayer.ts";
import { type FakeTrust, fakeTrust } from "./fakeTrust.ts";

export interface TestPool {
  readonly url: string;
  readonly chain: ScriptedChain;
  readonly relayer: FakeRelayer;
  /** Images by appliance. */
  readonly images: Map<number, readonly string[]>;
  /** The chain's word on holders' nonces. */
  readonly nonces: Map<string, bigint>;
  /** The trust lens's word; a test may put another one in its place. */
  readonly trust: FakeTrust;
  ready: boolean;
  /** Mines a block with these events and takes it into the index. */
  happen(events?: readonly Emitted[], seconds?: number): Promise<void>;
  /** Takes what the chain has into the index. */
  sync(): Promise<void>;
  /** Asks, and checks the answer against its schema. */
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
  /** Asks for what is refused. */
  refused(path: string, init?: RequestInit): Promise<Problem>;
  stop(): Promise<void>;
}

export interface TestPoolParameters {
  readonly db: IndexDatabase["db"];
  readonly limits?: Partial<Limits>;
  readonly site?: Site;
}

const PLENTY: Limits = { readsPerMinute: 100_000, writesPerMinute: 100_000, streamsPerClient: 100, streams: 1_000 };

/** A pool service on an empty index of a scripted chain. */
export async function startPool({ db, limits, site }: TestPoolParameters): Promise<TestPool> {
  await emptyIndex(db);
  const [chain, relayer, hub, stop] = [newChain(), fakeRelayer(), createHub(), new AbortController()];
  const images = new Map<number, readonly string[]>();
  const trust = fakeTrust();
  const paymentWatch = createPaymentWatch({ relayer, hub, clock: systemClock, everyMs: 20 });
  const app = createApp({
    db,
    poolName: "stackmonkey",
    chainId: DEPLOYMENT.chainId,
    contracts: DEPLOYMENT.contracts,
    bitcoinNetwork: "regtest",
    relayer,
    nonceOf: async (holder) => pool.nonces.get(holder) ?? 0n,
    trust,
    catalogue: { images: async () => images },
    hub,
    paymentWatch,
    offersPerBlock: createPerBlock(hub),
    site,
    limits: { ...PLENTY, ...limits },
    trustedProxies: 1,
    ready: () => pool.ready,
    health: async () => ({ ok: pool.ready, reasons: [], block: await readBlock(db) }),
    clock: systemClock,
    log: SILENT,
    signal: stop.signal,
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const watching = paymentWatch.run(stop.signal);
  const sync = async () => {
    await follow({ db, chain, onCommit: hub.publish });
  };
  const pool: TestPool = {
    url,
    chain,
    relayer,
    images,
    nonces: new Map(),
    trust,
    ready: true,
    sync,
    async happen(events = [], seconds) {
      chain.mine(events, seconds);
      await sync();
    },
    async get(path, schema) {
      const response = await fetch(`${url}${path}`);
      const body: unknown = await response.json();
      expect(response.status, JSON.stringify(body)).to.be.within(200, 299);
      return schema.parse(body);
    },
    async refused(path, init) {
      const response = await fetch(`${url}${path}`, init);
      expect(response.headers.get("content-type")).to.match(/^application\/problem\+json/);
      const problem = problemSchema.parse(await response.json());
      expect(problem.status).to.equal(response.status);
      return problem;
    },
    async stop() {
      stop.abort();
      await watching;
      await close(server);
    },
  };
  return pool;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
