// SPDX-License-Identifier: Apache-2.0
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { formatEther, type Hex } from "viem";
import { z } from "zod";
import { startBitcoind } from "../../../scripts/devnet/bitcoind.ts";
import { freePort } from "../../../scripts/devnet/process.ts";
import { role } from "../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { bitcoindCommand } from "../../../scripts/setup/bitcoind.mjs";
import { type FakeEsplora, startFakeEsplora } from "../../fakes/esplora.ts";
import { type RpcProxy, rpcProxy } from "../../fakes/rpcProxy.ts";
import { HOUR_SATS, type Market, openMarket, openStack } from "./support/market.ts";
import { eventually, type RunningRelayer, startRelayer } from "./support/relayers.ts";

describe("relayer: outages, reorgs and limits", function () {
  this.timeout(120_000);
  let stack: Stack;
  let market: Market;
  let proxy: RpcProxy;
  let esplora: FakeEsplora;
  let relayer: RunningRelayer | undefined;
  let order: bigint;

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    proxy = await rpcProxy(stack.anvil.url);
    esplora = await startFakeEsplora(stack.bitcoind);
    order = await market.placeAsk(1);
  });

  beforeEach(() => {
    proxy.down = false;
  });

  afterEach(async () => {
    await relayer?.stop();
    relayer = undefined;
  });

  after(async () => {
    await esplora?.stop();
    await proxy?.stop();
    await stack?.stop();
  });

  const start = async (env: Record<string, string> = {}, name = "relayer") => {
    const started = await startRelayer({ stack, name, rpcUrl: proxy.url, env: { XOV_BUMP_MS: "3000", ...env } });
    relayer = started;
    return started;
  };
  const open = async (by: RunningRelayer) => {
    const { body, leaseId, address } = await market.take(order);
    expect((await by.post("/takes", body)).status).to.equal(202);
    await eventually("the lease is open", async () => (await by.state(leaseId)) === "unfunded");
    return { leaseId, address };
  };
  const deposit = async (leaseId: Hex) => (await market.status(leaseId)).deposit;
  const untilCredited = (leaseId: Hex, ms?: number) =>
    eventually("credited", async () => (await deposit(leaseId)) === HOUR_SATS * 1000n, ms);
  const credits = async (leaseId: Hex) => (await market.eventsOf("PaymentCredited", leaseId)).length;
  const mineEmpty = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const miner = await stack.wallet.newAddress();
      await stack.wallet.call("generateblock", [miner, []], z.unknown());
    }
  };

  it("waits, and says so, while the chain's node is not up at the start", async () => {
    proxy.down = true;
    const starting = start({}, "early");
    const log = join(stack.dir, "early.log");
    await eventually("it says what it waits for", async () => {
      return (await readFile(log, "utf8").catch(() => "")).includes("waiting for a node that does not answer");
    });
    proxy.down = false;
    const up = await starting;
    await eventually("healthy", async () => (await up.get("/health")).status === 200);
  });

  it("goes on after an outage of the chain's node, and credits once", async () => {
    const up = await start();
    const { leaseId, address } = await open(up);
    proxy.down = true;
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.wallet.mine(2);
    await eventually("it notices", async () => (await up.log()).includes("cannot compare chain and bitcoin"));
    expect(await deposit(leaseId)).to.equal(0n);
    proxy.down = false;
    await untilCredited(leaseId, 60_000);
    expect(await credits(leaseId)).to.equal(1);
  });

  it("finds and proves payments with Esplora alone while bitcoind is away", async () => {
    const bitcoind = `http://127.0.0.1:${await freePort()}`;
    const up = await start({ XOV_BITCOIN_URL: bitcoind, XOV_ESPLORA_URLS: esplora.url }, "esplora");
    const { leaseId, address } = await open(up);
    const txid = await stack.wallet.pay(address, HOUR_SATS);
    await eventually("seen", async () => (await up.payments(leaseId))[0]?.status === "seen", 60_000);
    await stack.wallet.mine(1);
    await untilCredited(leaseId, 60_000);
    expect((await up.payments(leaseId))[0]).to.include({ txid });
    const { body } = await up.get("/health");
    const [first, second] = body.sources as { name: string; inUse: boolean; error?: string }[];
    expect(first).to.include({ name: "bitcoind", inUse: false }).and.have.property("error");
    expect(second).to.include({ inUse: true });
    expect(await up.log()).to.contain("the sources of Bitcoin have changed");
  });

  it("waits for a bitcoind that still fetches the chain, or does with Esplora meanwhile", async () => {
    // A node that has yet to hear of the first block, and so of the light client's checkpoint.
    const datadir = join(stack.dir, "empty");
    const empty = await startBitcoind({ command: bitcoindCommand(), datadir });
    try {
      const env = { XOV_BITCOIN_URL: empty.rpcUrl };
      const alone = await startRelayer({ stack, name: "syncing", env, readyTimeoutMs: 10_000 }).then(
        () => "up",
        (error: Error) => error.message,
      );
      expect(alone).to.contain("waiting for bitcoind").and.contain("was not ready");
      const up = await start({ XOV_BITCOIN_URL: empty.rpcUrl, XOV_ESPLORA_URLS: esplora.url }, "syncing");
      const { leaseId, address } = await open(up);
      await stack.wallet.pay(address, HOUR_SATS);
      await stack.wallet.mine(1);
      await untilCredited(leaseId, 60_000);
    } finally {
      await relayer?.stop();
      await empty.stop();
      await rm(datadir, { recursive: true });
    }
  });

  for (const depth of [1, 2, 6]) {
    it(`follows a payment through a reorg ${depth} deep`, async () => {
      const up = await start();
      const { leaseId, address } = await open(up);
      const txid = await stack.wallet.pay(address, HOUR_SATS);
      const [hash] = await stack.wallet.mine(depth);
      await untilCredited(leaseId);
      await stack.wallet.call("invalidateblock", [hash], z.unknown());
      await mineEmpty(depth + 1);
      await eventually("taken back", async () => (await deposit(leaseId)) === 0n);
      await eventually("in the mempool", async () => (await up.payments(leaseId))[0]?.status === "seen");
      await stack.wallet.mine(1);
      await untilCredited(leaseId);
      expect((await up.payments(leaseId)).map((each) => each.txid)).to.deep.equal([txid]);
    });
  }

  it("says that a payment was double-spent, and credits nothing", async () => {
    const up = await start();
    const { leaseId, address } = await open(up);
    const txid = await stack.wallet.pay(address, HOUR_SATS);
    await eventually("seen", async () => (await up.payments(leaseId))[0]?.status === "seen");
    const input = z.object({ txid: z.string(), vout: z.number() });
    const { vin } = await stack.wallet.call("getrawtransaction", [txid, 1], z.object({ vin: z.array(input) }));
    const to = await stack.wallet.newAddress();
    const amount = Number(HOUR_SATS) / 2e8;
    const raw = await stack.wallet.call("createrawtransaction", [vin, [{ [to]: amount }]], z.string());
    const { hex } = await stack.wallet.call("signrawtransactionwithwallet", [raw], z.object({ hex: z.string() }));
    await stack.wallet.call("generateblock", [to, [hex]], z.unknown());
    await eventually("dropped", async () => (await up.payments(leaseId))[0]?.status === "dropped");
    await stack.wallet.mine(1);
    expect(await deposit(leaseId)).to.equal(0n);
    expect(await credits(leaseId)).to.equal(0);
  });

  it("catches up after a week offline", async () => {
    const up = await start();
    const { leaseId, address } = await open(up);
    await up.stop();
    await stack.wallet.pay(address, HOUR_SATS);
    for (let day = 0; day < 7; day++) await stack.wallet.mine(144);
    const again = await start();
    await untilCredited(leaseId, 100_000);
    expect(await credits(leaseId)).to.equal(1);
    await eventually(
      "at the tip",
      async () => {
        const { heights, ok } = (await again.get("/health")).body as { heights: Record<string, number>; ok: boolean };
        return ok && heights.bitcoin === heights.lightClient;
      },
      60_000,
    );
  });

  it("replaces a transaction that is stuck", async () => {
    const up = await start({ XOV_BUMP_MS: "300" });
    const { leaseId, address } = await open(up);
    const rpc = (method: string, params: unknown[]) => market.client.request({ method, params } as never);
    const { address: from } = role("relayer");
    await rpc("evm_setAutomine", [false]);
    await rpc("evm_setIntervalMining", [0]);
    try {
      await stack.wallet.pay(address, HOUR_SATS);
      await stack.wallet.mine(1);
      const pending = async () => {
        const pool = (await rpc("txpool_content", [])) as {
          pending: Record<string, Record<string, { maxFeePerGas: Hex }>>;
        };
        const ours = Object.entries(pool.pending).find(([account]) => account.toLowerCase() === from.toLowerCase());
        return Object.values(ours?.[1] ?? {}).map(({ maxFeePerGas }) => BigInt(maxFeePerGas));
      };
      const first = await eventually("a transaction waits", async () => (await pending())[0]);
      await eventually("with higher fees", async () => ((await pending())[0] ?? 0n) > first + first / 10n);
    } finally {
      await rpc("evm_setIntervalMining", [1]);
      await rpc("evm_setAutomine", [true]);
    }
    await untilCredited(leaseId);
    expect(await credits(leaseId)).to.equal(1);
  });

  it("stops at the day's spending limit and says so; a restart does not begin anew", async () => {
    const up = await start({ XOV_SPEND_ETH_PER_DAY: "1" }, "frugal");
    await open(up);
    const { spending } = (await up.get("/health")).body as { spending: { spent: string } };
    const spent = BigInt(spending.spent);
    expect(spent > 0n).to.equal(true);
    await up.stop();
    // Enough for what was spent and next to nothing more.
    const limit = { XOV_SPEND_ETH_PER_DAY: formatEther(spent + 1_000n) };
    const poor = await start(limit, "frugal");
    const { body, leaseId } = await market.take(order);
    expect((await poor.post("/takes", body)).status).to.equal(202);
    const health = await eventually("it says so", async () => {
      const { status, body: said } = await poor.get("/health");
      return status === 503 && (said.spending as { stoppedUntil?: string }).stoppedUntil && said;
    });
    expect(health).to.include({ ok: false });
    expect((await poor.log()).match(/spending limit is reached/g)).to.have.length(1);
    const refused = await poor.post("/takes", (await market.take(order)).body);
    expect(refused.status).to.equal(503);
    expect(refused.body).to.include({ code: "SPENDING_LIMIT" });
    expect(await market.status(leaseId).catch(() => undefined), "nothing was sent").to.equal(undefined);
    await poor.stop();
    // What was promised is kept once there is money.
    const rich = await start({ XOV_SPEND_ETH_PER_DAY: "1" }, "frugal");
    await eventually("open", async () => (await rich.state(leaseId)) === "unfunded");
  });

  it("sends nothing above the highest fee", async () => {
    const up = await start({ XOV_MAX_FEE_GWEI: "0.000000001" }, "cheap");
    const { body, leaseId } = await market.take(order);
    expect((await up.post("/takes", body)).status).to.equal(202);
    await eventually("it says so", async () => (await up.log()).includes("the chain asks for more than 1 wei per gas"));
    expect(await market.status(leaseId).catch(() => undefined)).to.equal(undefined);
  });

  // Last, as it moves the chain's time.
  it("forgets leases that are long over without being started again", async () => {
    const up = await start({ XOV_WATCH_DAYS: "1" }, "forgetful");
    const { leaseId, address } = await open(up);
    await stack.wallet.pay(address, HOUR_SATS / 2n);
    await stack.wallet.mine(1);
    // By its own book: the chain has the credit before it does.
    await eventually("credited", async () => (await up.payments(leaseId))[0]?.status === "credited");
    const known = async () => (await up.get("/health")).body.known as { leases: number; credits: number };
    const before = await known();
    const { time: payBy } = await market.read<{ time: number }>("Leases", "lease", [leaseId]);
    await market.pass(payBy + 1 - Number((await market.client.getBlock()).timestamp));
    await market.write(role("user"), { contract: "Leases", functionName: "close", args: [leaseId] });
    await market.pass(86_400 + 120);
    await eventually(
      "forgotten",
      async () => {
        // It looks once a minute of the chain's time.
        await market.pass(61);
        const now = await known();
        return now.leases < before.leases && now.credits < before.credits;
      },
      60_000,
    );
    // Nobody watches for it any more; what the chain says of it can still be read.
    expect(await up.state(leaseId)).to.equal("closed");
  });
});
