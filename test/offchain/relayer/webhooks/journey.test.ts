// SPDX-License-Identifier: Apache-2.0
import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import type { Stack } from "../../../../scripts/devnet/stack.ts";
import { type Shop, startShop } from "../support/hook.ts";
import { HOUR_SATS, type Market, openMarket, openStack } from "../support/market.ts";
import { eventually, type RunningRelayer, startRelayer } from "../support/relayers.ts";

const KEY = Buffer.from("abcdefghijklmnopqrstuvwxyz012345");
const SECRET = `whsec_${KEY.toString("base64")}`;

describe("relayer: webhooks", function () {
  this.timeout(120_000);
  let stack: Stack;
  let market: Market;
  let shop: Shop;
  let relayer: RunningRelayer;
  let order: bigint;
  let file: string;

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    shop = await startShop();
    file = join(stack.dir, "webhooks.json");
    await writeFile(file, JSON.stringify(webhooks()), { mode: 0o600 });
    relayer = await start();
    order = await market.placeAsk(3);
  });

  after(async () => {
    await relayer?.stop();
    await shop?.stop();
    await stack?.stop();
  });

  const webhooks = () => ({ allow: ["127.0.0.1"], webhooks: [{ name: "shop", url: shop.url, secret: SECRET }] });
  const start = () => startRelayer({ stack, name: "relayer", env: { XOV_WEBHOOKS_FILE: file } });
  const open = async () => {
    const { body, leaseId, address } = await market.take(order);
    expect((await relayer.post("/takes", body)).status).to.equal(202);
    await eventually("the lease is open", async () => (await relayer.state(leaseId)) === "unfunded");
    return { leaseId, address };
  };
  /** What the shop got of a payment: each event once, in the order in which they first came. */
  const got = (txid: string) => {
    const ofIt = shop.received.filter(({ event }) => event.txid === txid);
    return [...new Map(ofIt.map((each) => [each.event.id, each])).values()];
  };
  const steps = (txid: string) =>
    got(txid).map(({ event }) => `${event.type}`.replace("payment.", "") + (event.confirmations || ""));
  const untilSteps = (txid: string, ...expected: string[]) =>
    eventually(`the shop hears ${expected}`, async () => `${steps(txid)}` === `${expected}`).catch((error: Error) => {
      throw new Error(`${error.message}; it heard ${steps(txid)}`);
    });
  const mineEmpty = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const miner = await stack.wallet.newAddress();
      await stack.wallet.call("generateblock", [miner, []], z.unknown());
    }
  };

  it("tells each step of a payment, signed, with address, value, txid and confirmations", async () => {
    const { address, leaseId } = await open();
    const txid = await stack.wallet.pay(address, HOUR_SATS);
    await untilSteps(txid, "seen");
    await stack.wallet.mine(1);
    await untilSteps(txid, "seen", "confirmation1");
    await stack.wallet.mine(2);
    await untilSteps(txid, "seen", "confirmation1", "confirmation2", "confirmation3", "credited3");
    for (const { headers, body, event } of got(txid)) {
      const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature } = headers;
      const mac = createHmac("sha256", KEY).update(`${id}.${time}.${body}`).digest("base64");
      expect(signature).to.equal(`v1,${mac}`);
      expect(id).to.equal(event.id);
      expect(Math.abs(Number(time) - Date.now() / 1000)).to.be.lessThan(60);
      expect(event).to.include({ address, value: Number(HOUR_SATS), txid, lease_id: leaseId, needed: 3 });
    }
    expect(shop.received.filter(({ event }) => event.txid === txid)).to.have.length(5);
  });

  it("tells of a replacement", async () => {
    const { address } = await open();
    const txid = await stack.wallet.pay(address, HOUR_SATS);
    await untilSteps(txid, "seen");
    const bumped = await stack.wallet.call("bumpfee", [txid], z.object({ txid: z.string() }));
    await untilSteps(txid, "seen", "replaced");
    expect(got(txid).at(-1)?.event).to.include({ replaced_by: bumped.txid, confirmations: 0 });
    await stack.wallet.mine(3);
    await eventually("the other one is credited", async () => steps(bumped.txid).at(-1) === "credited3");
    expect(steps(txid)).to.deep.equal(["seen", "replaced"]);
  });

  it("tells of a reorg, and of the way back", async () => {
    const { address } = await open();
    const txid = await stack.wallet.pay(address, HOUR_SATS);
    await untilSteps(txid, "seen");
    const [hash] = await stack.wallet.mine(3);
    const credit = ["seen", "confirmation1", "confirmation2", "confirmation3", "credited3"];
    await untilSteps(txid, ...credit);
    await stack.wallet.call("invalidateblock", [hash], z.unknown());
    await mineEmpty(4);
    await eventually("the shop hears of it", async () => steps(txid)[5] === "reorged");
    expect(got(txid)[5]?.event).to.include({ block_hash: hash, confirmations: 0 });
    await stack.wallet.mine(3);
    await untilSteps(txid, ...credit, "reorged", ...credit.slice(1));
  });

  it("tries again while the shop fails, loses nothing when killed meanwhile, and delivers again what is asked for", async () => {
    const { address } = await open();
    shop.answers = Array.from({ length: 4 }, () => 500);
    const txid = await stack.wallet.pay(address, HOUR_SATS);
    await eventually("the shop has refused it twice", async () => shop.answers.length <= 2);
    await relayer.kill9();
    shop.answers = [];
    shop.received.length = 0;
    await stack.wallet.mine(2);
    relayer = await start();
    await eventually("the shop has it all", async () => steps(txid).at(-1) === "confirmation2");
    expect(steps(txid)).to.deep.equal(["seen", "confirmation1", "confirmation2"]);

    const listed = await relayer.get("/webhooks/events?limit=1000");
    const events = listed.body.events as { cursor: number; id: string; body: { txid: string }; deliveries: object[] }[];
    expect(listed.body.next).to.equal(null);
    const own = events.filter(({ body }) => body.txid === txid);
    expect(own).to.have.length(3);
    for (const { deliveries } of own) {
      expect(deliveries).to.deep.equal([{ webhook: "shop", state: "delivered", last: "HTTP 200" }]);
    }
    const page = await relayer.get(`/webhooks/events?after=${events[0]?.cursor}&limit=2&webhook=shop&state=delivered`);
    expect((page.body.events as object[]).length).to.equal(2);
    expect(page.body.next).to.equal(events[2]?.cursor);

    const [first] = own;
    const before = shop.received.length;
    expect(await relayer.post("/webhooks/replay", { ids: [first?.id] })).to.deep.equal({
      status: 202,
      body: { replayed: 1 },
    });
    await eventually("it comes again", async () => shop.received.length === before + 1);
    const [again] = shop.received.slice(before);
    expect(again?.event).to.deep.equal(first?.body);
    expect(again?.headers["webhook-id"]).to.equal(first?.id);
    const range = { webhook: "shop", after: (first?.cursor ?? 0) - 1 };
    expect((await relayer.post("/webhooks/replay", range)).body.replayed).to.equal(3);
    await eventually("all come again", async () => shop.received.length === before + 4);
  });

  it("refuses requests that it does not understand, and shows no secret", async () => {
    for (const path of ["/webhooks/events?limit=0", "/webhooks/events?state=lost", "/webhooks/events?after=-1"]) {
      expect((await relayer.get(path)).status, path).to.equal(400);
    }
    expect((await relayer.get("/webhooks/events?webhook=other")).status).to.equal(404);
    expect((await relayer.post("/webhooks/replay", { what: 1 })).status).to.equal(400);
    expect((await relayer.post("/webhooks/replay", { webhook: "other" })).status).to.equal(404);
    const log = await relayer.log();
    expect(log).to.contain("webhook not delivered yet");
    expect(log).to.not.contain(KEY.toString("base64")).and.not.contain("shop=1");
  });
});
