// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { Hex } from "viem";
import { systemClock } from "../../../offchain/core/clock.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { HOUR_SATS, type Market, openMarket, openStack } from "./support/market.ts";
import { eventually, type RunningRelayer, startRelayer } from "./support/relayers.ts";
import { type RpcProxy, startRpcProxy } from "./support/rpcProxy.ts";

const PENDING = 2;

describe("relayer: crashes", function () {
  this.timeout(120_000);
  let stack: Stack;
  let market: Market;
  let proxy: RpcProxy;
  let relayer: RunningRelayer;
  let order: bigint;

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    proxy = await startRpcProxy(stack.anvil.url);
    order = await market.placeAsk(1);
  });

  beforeEach(async () => {
    proxy.mode = "pass";
    proxy.only = undefined;
    relayer = await start();
  });

  afterEach(async () => {
    await relayer.kill9();
  });

  after(async () => {
    await proxy?.stop();
    await stack?.stop();
  });

  const start = () => startRelayer({ stack, name: "relayer", rpcUrl: proxy.url });
  const credits = async (leaseId: Hex) => (await market.eventsOf("PaymentCredited", leaseId)).length;
  const isOpen = async (leaseId: Hex) => (await market.status(leaseId).catch(() => undefined)) !== undefined;
  const isCredited = async (leaseId: Hex) => (await relayer.payments(leaseId))[0]?.status === "credited";

  async function open(): Promise<{ leaseId: Hex; address: string }> {
    const { body, leaseId, address } = await market.take(order);
    expect((await relayer.post("/takes", body)).status).to.equal(202);
    await eventually("the lease is open", async () => (await relayer.state(leaseId)) === "unfunded");
    return { leaseId, address };
  }

  async function expectCreditedOnce(leaseId: Hex): Promise<void> {
    await eventually("credited", () => isCredited(leaseId));
    expect(await market.status(leaseId)).to.include({ state: PENDING, deposit: HOUR_SATS * 1000n });
    expect(await credits(leaseId)).to.equal(1);
  }

  it("credits exactly once when killed between seeing a payment and proving it", async () => {
    const { leaseId, address } = await open();
    const before = proxy.caught();
    proxy.mode = "hold";
    proxy.only = stack.deployment.contracts.BitcoinPayments;
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.wallet.mine(1);
    await eventually("a transaction is held", async () => proxy.caught() > before);
    await relayer.kill9();
    expect(await credits(leaseId)).to.equal(0);
    proxy.mode = "pass";
    relayer = await start();
    await expectCreditedOnce(leaseId);
  });

  it("credits exactly once when killed after sending a proof, before it hears of it", async () => {
    const { leaseId, address } = await open();
    await stack.wallet.pay(address, HOUR_SATS);
    proxy.mode = "swallow";
    proxy.only = stack.deployment.contracts.BitcoinPayments;
    await stack.wallet.mine(1);
    await eventually("the proof has arrived", async () => (await credits(leaseId)) === 1);
    await relayer.kill9();
    proxy.mode = "pass";
    relayer = await start();
    await expectCreditedOnce(leaseId);
  });

  it("finds what was paid while it was down", async () => {
    const { leaseId, address } = await open();
    await relayer.kill9();
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.wallet.mine(3);
    relayer = await start();
    await expectCreditedOnce(leaseId);
  });

  it("rebuilds all from chain and bitcoind when its folder is lost", async () => {
    const { leaseId, address } = await open();
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.wallet.mine(1);
    await expectCreditedOnce(leaseId);
    await relayer.kill9();
    const late = await takenBehindItsBack();
    await rm(join(stack.dir, "relayer"), { recursive: true });
    relayer = await start();
    await expectCreditedOnce(leaseId);
    await expectCreditedOnce(late);
  });

  /** A lease that is paid while no relayer runs. */
  async function takenBehindItsBack(): Promise<Hex> {
    const { take, leaseId, address } = await market.take(order);
    const args = [take.order, take.terms, take.signature, take.launch];
    await market.write(market.bondPoster, { contract: "Exchange", functionName: "take", args });
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.wallet.mine(1);
    return leaseId;
  }

  it("opens the lease of a take that it accepted before it was killed", async () => {
    proxy.mode = "hold";
    const { body, leaseId } = await market.take(order);
    expect((await relayer.post("/takes", body)).status).to.equal(202);
    expect(await readdir(join(stack.dir, "relayer", "data", "takes"))).to.include(`${leaseId}.json`);
    await relayer.kill9();
    expect(await isOpen(leaseId)).to.equal(false);
    proxy.mode = "pass";
    relayer = await start();
    await eventually("open", async () => (await relayer.state(leaseId)) === "unfunded");
  });

  it("opens a lease once when killed after sending a take, before it hears of it", async () => {
    proxy.mode = "swallow";
    const { body, leaseId } = await market.take(order);
    expect((await relayer.post("/takes", body)).status).to.equal(202);
    await eventually("open", () => isOpen(leaseId));
    await relayer.kill9();
    const left = await market.read<{ quantity: number }>("Exchange", "ask", [order]);
    proxy.mode = "pass";
    relayer = await start();
    expect((await relayer.post("/takes", body)).status).to.equal(200);
    // Forgotten once it cannot be undone any more.
    await eventually("the promise is kept", async () => {
      return !(await readdir(join(stack.dir, "relayer", "data", "takes"))).includes(`${leaseId}.json`);
    });
    expect(await market.read("Exchange", "ask", [order])).to.include({ quantity: left.quantity });
  });

  it("opens no second lease, and credits nothing twice, when killed again and again", async () => {
    const { body, leaseId, address } = await market.take(order);
    proxy.mode = "swallow";
    expect((await relayer.post("/takes", body)).status).to.equal(202);
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.wallet.mine(1);
    for (let i = 0; i < 4; i++) {
      await systemClock.sleep(300 * i);
      await relayer.kill9();
      proxy.mode = i % 2 === 0 ? "hold" : "swallow";
      relayer = await start();
    }
    await relayer.kill9();
    proxy.mode = "pass";
    relayer = await start();
    await expectCreditedOnce(leaseId);
  });

  describe("with a cache", () => {
    const cacheFile = () => join(stack.dir, "relayer", "data", "cache.json");
    const readCache = async () => JSON.parse(await readFile(cacheFile(), "utf8"));
    let cache: { search: Record<string, object>; checkpoint: Record<string, object> };
    let leaseId: Hex;
    let address: string;
    let paid = 1;

    /** A cache with a payment that is too deep to be searched for again. */
    before(async () => {
      relayer = await start();
      ({ leaseId, address } = await open());
      await stack.wallet.pay(address, HOUR_SATS);
      await stack.wallet.mine(150);
      await expectCreditedOnce(leaseId);
      await relayer.kill9();
      await rm(cacheFile(), { force: true });
      relayer = await start();
      cache = await eventually("the cache is saved", () => readCache().catch(() => undefined));
      expect(JSON.stringify(cache.search.payments)).to.contain(leaseId);
      await relayer.kill9();
    });

    beforeEach(() => relayer.kill9());

    async function expectNothingLost(content: string): Promise<void> {
      await writeFile(cacheFile(), content);
      relayer = await start();
      await eventually("the old payment is known", () => isCredited(leaseId));
      await stack.wallet.pay(address, HOUR_SATS);
      await stack.wallet.mine(1);
      paid++;
      await eventually("all are credited", async () => {
        const payments = await relayer.payments(leaseId);
        return payments.length === paid && payments.every(({ status }) => status === "credited");
      });
      expect((await market.status(leaseId)).deposit).to.equal(HOUR_SATS * 1000n * BigInt(paid));
    }

    it("goes on from it", () => expectNothingLost(JSON.stringify(cache)));

    it("searches again for leases that it does not know", async () => {
      const search = { ...cache.search, leases: [], payments: [] };
      await expectNothingLost(JSON.stringify({ ...cache, search }));
    });

    it("does without one that is damaged", () => expectNothingLost(JSON.stringify(cache).slice(0, -100)));

    it("does without one of another chain", async () => {
      const base = { ...cache.checkpoint.base, hash: `0x${"77".repeat(32)}` };
      await expectNothingLost(JSON.stringify({ ...cache, checkpoint: { ...cache.checkpoint, base } }));
    });

    it("searches again what a node with another chain has not", async () => {
      const upTo = { ...cache.search.upTo, hash: "77".repeat(32) };
      await expectNothingLost(JSON.stringify({ ...cache, search: { ...cache.search, upTo, payments: [] } }));
    });
  });

  it("ends at SIGTERM with exit code 0", async () => {
    expect(await relayer.stop()).to.deep.equal({ code: 0, signal: null });
  });
});
