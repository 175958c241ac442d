// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { BookLens__factory } from "../../../typechain-types/index.js";
import { BITCOIN, loadFixture, orderId, Side, SPEC, TimeInForce, time } from "../fixture.ts";
import { ask, bid, MARKET, priceOf, soon, TENTH, type Traded, traded } from "./fixture.ts";

const IOC = { timeInForce: TimeInForce.ImmediateOrCancel, selfTrade: 0, maxFills: 100 };
const ASKS = { market: MARKET, side: Side.Ask };
const BIDS = { market: MARKET, side: Side.Bid };
const NOBODY = `0x${"00".repeat(20)}`;

async function looked() {
  const s = await traded();
  const lens = await new BookLens__factory(s.stranger).deploy(s.exchange, s.markets, s.providers);
  return { ...s, lens, fromBest: await lens.start(Side.Ask), fromHighest: await lens.start(Side.Bid) };
}

/** Twenty asks on one level, one behind it, and three bids. */
async function full() {
  const s = await looked();
  for (let i = 0; i < 20; i++) await ask(s, { quantity: 2, from: i % 2 ? s.rival : s.hotKey });
  await ask(s, { price: TENTH + 700, quantity: 5 });
  await bid(s, { price: TENTH - 1, quantity: 3 });
  await bid(s, { price: TENTH - 1, quantity: 4, from: s.other, duration: 7 });
  await bid(s, { price: 0, quantity: 1 });
  return s;
}

const cursor = ({ price, page, isEnd }: { price: bigint; page: bigint; isEnd: boolean }) => ({ price, page, isEnd });
type Cursor = ReturnType<typeof cursor>;
const plain = (levels: readonly { price: bigint; instances: bigint; orders: bigint }[]) =>
  levels.map(({ price, instances, orders }) => [Number(price), instances, orders]);

describe("BookLens.depth", () => {
  it("gives every level of a side, best first", async () => {
    const s = await loadFixture(full);
    const [asks, asksEnd] = await s.lens.depth(ASKS, cursor(s.fromBest), 10);
    expect(plain(asks)).to.deep.equal([
      [TENTH, 40n, 20n],
      [TENTH + 700, 5n, 1n],
    ]);
    const [bids, bidsEnd] = await s.lens.depth(BIDS, cursor(s.fromHighest), 10);
    expect(plain(bids)).to.deep.equal([
      [TENTH - 1, 7n, 2n],
      [0, 1n, 1n],
    ]);
    expect([asksEnd.isEnd, bidsEnd.isEnd]).to.deep.equal([true, true]);
  });

  it("goes on page by page where it stopped, and tells the same", async () => {
    const s = await loadFixture(full);
    const seen = new Map<number, bigint>();
    let at = cursor(s.fromBest);
    for (let calls = 0; !at.isEnd; calls++) {
      expect(calls).to.be.lessThan(4);
      const [levels, next] = await s.lens.depth(ASKS, at, 1);
      for (const { price, instances } of levels) seen.set(Number(price), (seen.get(Number(price)) ?? 0n) + instances);
      at = cursor(next);
    }
    expect([...seen]).to.deep.equal([
      [TENTH, 40n],
      [TENTH + 700, 5n],
    ]);
  });

  it("counts no expired order, and no level of nothing else", async () => {
    const s = await loadFixture(looked);
    const expiry = await soon();
    await ask(s, { expiry });
    await ask(s, { price: TENTH + 1, expiry });
    await ask(s, { price: TENTH + 1, quantity: 3 });
    await time.increaseTo(expiry + 1);
    const [levels] = await s.lens.depth(ASKS, cursor(s.fromBest), 10);
    expect(plain(levels)).to.deep.equal([[TENTH + 1, 3n, 1n]]);
  });

  it("is empty for an empty side", async () => {
    const s = await loadFixture(looked);
    const [levels, end] = await s.lens.depth(ASKS, cursor(s.fromBest), 10);
    expect([levels.length, end.isEnd]).to.deep.equal([0, true]);
  });
});

describe("BookLens.ordersOf", () => {
  it("gives a provider's asks with the appliance, a holder's bids with their duration", async () => {
    const s = await loadFixture(full);
    const [asks] = await s.lens.ordersOf(s.rival, ASKS, cursor(s.fromBest), 10);
    expect(asks.length).to.equal(10);
    expect(new Set(asks.map(({ appliance }) => appliance))).to.deep.equal(new Set([2n]));
    expect(asks[0]?.order).to.equal(orderId({ market: MARKET, price: TENTH, lane: 1n }));
    const [bids, end] = await s.lens.ordersOf(s.other, BIDS, cursor(s.fromHighest), 10);
    expect(bids.map(({ quantity, duration, price }) => [quantity, duration, price])).to.deep.equal([
      [4n, 7n, BigInt(TENTH - 1)],
    ]);
    expect(end.isEnd).to.equal(true);
  });

  it("goes on where it stopped", async () => {
    const s = await loadFixture(full);
    const orders: bigint[] = [];
    for (let at = cursor(s.fromBest); !at.isEnd; ) {
      const [page, next] = await s.lens.ordersOf(s.provider, ASKS, at, 1);
      orders.push(...page.map(({ order }) => order));
      at = cursor(next);
    }
    expect([orders.length, new Set(orders).size]).to.deep.equal([11, 11]);
  });
});

describe("BookLens.quote", () => {
  const inquiry = (fields: object) => ({
    markets: [MARKET],
    side: Side.Bid,
    limit: TENTH + 1000,
    quantity: 10,
    duration: 10,
    account: NOBODY,
    ...fields,
  });
  const quantities = (q: { filled: bigint; amount: bigint; averagePriceUp: bigint; worst: bigint }) => [
    q.filled,
    q.amount,
    q.averagePriceUp,
    Number(q.worst),
  ];

  it("tells what a bid would fill at what average price, as it then does", async () => {
    const s = await loadFixture(full);
    const asked = inquiry({ quantity: 43, account: s.buyer.address });
    const [q, next] = await s.lens.quote(asked, [], 100);
    const amount = 10n * (40n * priceOf(TENTH) + 3n * priceOf(TENTH + 700));
    expect(quantities(q)).to.deep.equal([43n, amount, (amount + 429n) / 430n, TENTH + 700]);
    expect(next.every(({ isEnd }) => isEnd)).to.equal(true);
    const before = await s.vault.balanceOf(s.token, s.buyer);
    await bid(s, { price: TENTH + 1000, quantity: 43, execution: IOC });
    expect(before - (await s.vault.balanceOf(s.token, s.buyer))).to.equal(amount);
  });

  it("tells what an ask would fill, each bid with its own duration", async () => {
    const s = await loadFixture(full);
    const [q] = await s.lens.quote(inquiry({ side: Side.Ask, limit: 1, quantity: 100 }), [], 100);
    expect([q.filled, q.orders, q.hoursPaid]).to.deep.equal([7n, 2n, 3n * 10n + 4n * 7n]);
    expect(q.averagePriceUp).to.equal(priceOf(TENTH - 1));
  });

  it("stops at the limit and at what there is", async () => {
    const s = await loadFixture(full);
    const [q, next] = await s.lens.quote(inquiry({ limit: TENTH, quantity: 100 }), [], 100);
    expect(q.filled).to.equal(40n);
    expect(next.map(({ isEnd }) => isEnd)).to.deep.equal([true]);
    expect((await s.lens.quote(inquiry({ limit: TENTH - 1 }), [], 100)).quotation.filled).to.equal(0n);
  });

  it("goes through several markets best price first, and on where it stopped", async () => {
    const s = await loadFixture(twoMarkets);
    const asked = inquiry({ markets: [MARKET, 3n], quantity: 6, limit: TENTH + 5 });
    const [whole] = await s.lens.quote(asked, [], 100);
    expect(quantities(whole).slice(0, 2)).to.deep.equal([6n, 10n * (priceOf(TENTH - 5) * 2n + priceOf(TENTH) * 4n)]);
    let [filled, amount, at] = [0n, 0n, [] as Cursor[]];
    do {
      const [q, next] = await s.lens.quote({ ...asked, quantity: 6n - filled }, at, 1);
      [filled, amount, at] = [filled + q.filled, amount + q.amount, next.map(cursor)];
    } while (at.some(({ isEnd }) => !isEnd));
    expect([filled, amount]).to.deep.equal([whole.filled, whole.amount]);
  });

  it("passes over the account's own orders and over expired ones", async () => {
    const s = await loadFixture(looked);
    const expiry = await soon();
    await ask(s, { quantity: 3, from: s.rival });
    await ask(s, { quantity: 2 });
    await ask(s, { quantity: 7, expiry });
    await time.increaseTo(expiry + 1);
    expect((await s.lens.quote(inquiry({ account: s.rival.address }), [], 9)).quotation.filled).to.equal(2n);
    expect((await s.lens.quote(inquiry({}), [], 9)).quotation.filled).to.equal(5n);
  });

  it("reverts for no market, for other cursors than markets, and for markets of several tokens", async () => {
    const s = await loadFixture(looked);
    await expect(s.lens.quote(inquiry({ markets: [] }), [], 1)).to.be.revertedWithCustomError(
      s.lens,
      "BookLens_NoMarket",
    );
    await expect(s.lens.quote(inquiry({}), [cursor(s.fromBest), cursor(s.fromBest)], 1))
      .to.be.revertedWithCustomError(s.lens, "BookLens_CursorsMismatch")
      .withArgs(2, 1);
    await expect(s.lens.quote(inquiry({ markets: [MARKET, 1n] }), [], 1))
      .to.be.revertedWithCustomError(s.lens, "BookLens_QuoteMismatch")
      .withArgs(1, BITCOIN, s.token);
  });

  async function twoMarkets(): Promise<Traded & Awaited<ReturnType<typeof looked>>> {
    const s = await looked();
    const spec = { ...SPEC, vcpus: 3 };
    await s.classes.register(spec);
    await s.markets.open(1, await s.classes.idOf(spec), s.token);
    await ask(s, { quantity: 2, price: TENTH });
    await ask(s, { quantity: 2, price: TENTH - 5, market: 3n });
    await ask(s, { quantity: 4, price: TENTH, market: 3n });
    return s;
  }
});
