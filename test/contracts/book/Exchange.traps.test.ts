// SPDX-License-Identifier: Apache-2.0
// What has hurt other order books, each shown harmless here.
import { expect } from "chai";
import { at, GOOD_TILL, HOUR, loadFixture, orderId, Removal, Side, TimeInForce, time } from "../fixture.ts";
import {
  ASK,
  ask,
  BID,
  bid,
  bidArguments,
  leaseIdOf,
  MARKET,
  MONEY,
  ordersOf,
  PENALTY,
  priceOf,
  soon,
  TENTH,
  type Traded,
  traded,
} from "./fixture.ts";

const onLane = (lane: bigint, price = TENTH, side = Side.Ask) => orderId({ market: MARKET, price, lane, side });

async function gasOf(tx: Promise<{ wait(): Promise<{ gasUsed: bigint } | null> }>): Promise<number> {
  return Number((await (await tx).wait())?.gasUsed);
}

describe("Trap: expired orders that the next taker must pay to clean", () => {
  async function stale() {
    const s = await traded();
    const expiry = await soon();
    for (let i = 0; i < 3; i++) await ask(s, { price: TENTH - 1, expiry, quantity: 2 });
    await ask(s, { from: s.rival });
    return { ...s, expiry };
  }

  it("pays the taker a bond for each, out of the maker's stake", async () => {
    const s = await loadFixture(stale);
    const before = await s.vault.balanceOf(s.xov, s.buyer);
    await at(s.expiry + 1);
    const tx = bid(s);
    await expect(tx)
      .to.emit(s.exchange, "OrderRemoved")
      .withArgs(onLane(0n, TENTH - 1), Removal.Expired);
    expect(await s.vault.balanceOf(s.xov, s.buyer)).to.equal(before + 3n * (PENALTY / 8n));
    expect((await s.leases.lease(leaseIdOf(ASK, 1))).appliance).to.equal(2n);
    const stake = await s.providers.stakeOf(s.provider);
    expect(stake.locked).to.equal(0n);
    expect(await ordersOf(s, Side.Ask)).to.deep.equal([]);
  });

  it("counts each against maxFills, so that a call's gas is bounded however many there are", async () => {
    const s = await loadFixture(stale);
    await at(s.expiry + 1);
    await bid(s, { execution: { maxFills: 2 } });
    expect(await ordersOf(s, Side.Ask)).to.deep.equal([onLane(2n, TENTH - 1), ASK]);
    expect(await ordersOf(s, Side.Bid)).to.deep.equal([]);
  });

  it("pays a seller who meets expired bids, and refunds their holders", async () => {
    const s = await loadFixture(traded);
    const expiry = await soon();
    await bid(s, { price: TENTH + 1, quantity: 2, expiry });
    await bid(s, { from: s.other });
    await at(expiry + 1);
    await ask(s);
    const bond = priceOf(TENTH + 1) / 4n;
    expect(await s.vault.balanceOf(s.token, s.hotKey)).to.equal(bond);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY - bond);
    expect((await s.leases.lease(leaseIdOf(BID, 1))).holder).to.equal(s.other.address);
  });

  it("does not block a post-only order, which removes them", async () => {
    const s = await loadFixture(stale);
    await at(s.expiry + 1);
    await bid(s, { price: TENTH - 1, execution: { timeInForce: TimeInForce.PostOnly } });
    expect(await ordersOf(s, Side.Bid)).to.deep.equal([onLane(0n, TENTH - 1, Side.Bid)]);
    expect(await ordersOf(s, Side.Ask)).to.deep.equal([ASK]);
  });

  it("is not filled, not even in the second after its last", async () => {
    const s = await loadFixture(stale);
    await at(s.expiry);
    await bid(s, { price: TENTH - 1 });
    expect((await s.leases.lease(leaseIdOf(onLane(0n, TENTH - 1), 2))).holder).to.equal(s.buyer.address);
    await at(s.expiry + 1);
    await bid(s, { price: TENTH - 1, execution: { timeInForce: TimeInForce.ImmediateOrCancel } });
    expect(await ordersOf(s, Side.Ask)).to.deep.equal([ASK]);
  });

  it("cannot be made by orders that live for a block: the shortest life is five minutes", async () => {
    const s = await loadFixture(traded);
    const now = (await time.latest()) + 10;
    for (const place of [ask, bid]) {
      await at(now + (place === ask ? 0 : 1));
      const expiry = now + HOUR / 12 - 1;
      await expect(place(s, { expiry })).to.be.revertedWithCustomError(s.exchange, "Exchange_ExpiryOutOfBounds");
    }
  });
});

describe("Trap: cancelled orders that takers pay for", () => {
  it("costs the same to take behind a hundred cancelled orders as behind none", async () => {
    const s = await loadFixture(traded);
    const ioc = { timeInForce: TimeInForce.ImmediateOrCancel };
    for (let i = 0; i < 100; i++) await ask(s, { price: TENTH - (i % 7), quantity: 1 });
    await ask(s, { from: s.rival, quantity: 9 });
    const resting = await ordersOf(s, Side.Ask);
    await s.exchange.connect(s.hotKey).cancelMany(resting.slice(0, 50));
    await s.exchange.connect(s.hotKey).cancelMany(resting.slice(50, 100));
    await bid(s, { execution: ioc });
    const behindMany = await gasOf(bid(s, { execution: ioc }));
    const fresh = await loadFixture(traded);
    await ask(fresh, { from: fresh.rival, quantity: 9 });
    await bid(fresh, { execution: ioc });
    const behindNone = await gasOf(bid(fresh, { execution: ioc }));
    expect(behindMany / behindNone).to.be.within(0.99, 1.03);
  });
});

describe("Trap: dust", () => {
  it("does not exist: an instance for an hour is the least, and it is a lease like any other", async () => {
    const s = await loadFixture(traded);
    await bid(s, { price: 0, quantity: 1, duration: 1 });
    await ask(s, { price: 0, quantity: 1 });
    const id = leaseIdOf(onLane(0n, 0, Side.Bid), 1);
    expect((await s.leases.lease(id)).deposit).to.equal(priceOf(0));
  });
});

describe("Trap: spam that pushes real orders out", () => {
  it("leaves every order its place: a level and a book have no bound but the spammer's stake", async () => {
    const s = await loadFixture(traded);
    await ask(s, { from: s.rival });
    for (let i = 0; i < 40; i++) await ask(s);
    for (let i = 0; i < 10; i++) await ask(s, { price: TENTH + 1 + i });
    const resting = await ordersOf(s, Side.Ask);
    expect(resting.length).to.equal(51);
    expect(resting[0]).to.equal(ASK);
    expect((await s.providers.stakeOf(s.provider)).locked).to.equal(50n * PENALTY);
    const before = (await s.exchange.queryFilter(s.exchange.filters.Filled())).length;
    await bid(s, { quantity: 1 });
    const fills = await s.exchange.queryFilter(s.exchange.filters.Filled());
    expect(fills.slice(before).map(({ args }) => args.order)).to.deep.equal([ASK]);
  });
});

describe("Trap: amendments that jump the queue", () => {
  it("lets an order only shrink, and it keeps its place; anything else goes to the end", async () => {
    const s = await loadFixture(traded);
    await ask(s, { quantity: 3 });
    await ask(s, { quantity: 3, from: s.rival });
    await s.exchange.connect(s.hotKey).reduce(ASK, 2);
    expect(await ordersOf(s, Side.Ask)).to.deep.equal([ASK, onLane(1n)]);
    await expect(s.exchange.connect(s.hotKey).reduce(ASK, 3)).to.be.revertedWithCustomError(
      s.exchange,
      "Exchange_QuantityOutOfBounds",
    );
    await s.exchange.connect(s.hotKey).cancel(ASK);
    await ask(s, { quantity: 3 });
    const again = orderId({ market: MARKET, price: TENTH, generation: 2n });
    expect(await ordersOf(s, Side.Ask)).to.deep.equal([onLane(1n), again]);
  });
});

describe("Trap: tick checks skipped on some path", () => {
  it("has no path to a price but placing, which checks it: an order's price is in its id", async () => {
    const s = await loadFixture(traded);
    for (const price of [63_000, 65_535]) {
      await expect(bid(s, { price })).to.be.revertedWithCustomError(s.exchange, "Exchange_InvalidPrice");
      await expect(ask(s, { price })).to.be.revertedWithCustomError(s.exchange, "Exchange_InvalidPrice");
    }
    await bid(s, { price: 62_999, quantity: 2, duration: 1 });
    const id = onLane(0n, 62_999, Side.Bid);
    await s.exchange.connect(s.buyer).reduce(id, 1);
    expect(await s.exchange.best(MARKET, Side.Bid)).to.deep.equal([true, 62_999n]);
  });
});

describe("Trap: an old id that means a new order", () => {
  it("gives a place's next order another generation", async () => {
    const s = await loadFixture(traded);
    await ask(s);
    await s.exchange.connect(s.hotKey).cancel(ASK);
    await ask(s, { from: s.rival });
    for (const call of [
      () => s.exchange.connect(s.rival).cancel(ASK),
      () => s.exchange.connect(s.rival).reduce(ASK, 1),
      () => s.exchange.ask(ASK),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder").withArgs(ASK);
    }
  });

  it("opens no lease twice under one id when a place is used again", async () => {
    const s = await loadFixture(traded);
    for (let i = 0; i < 3; i++) {
      await ask(s);
      await bid(s);
    }
    for (const generation of [1n, 2n, 3n]) {
      const id = leaseIdOf(orderId({ market: MARKET, price: TENTH, generation }), 1);
      expect((await s.leases.lease(id)).holder).to.equal(s.buyer.address);
    }
  });
});

describe("Trap: a remainder that crosses", () => {
  it("never rests, whatever stopped the fills", async () => {
    const s = await loadFixture(traded);
    await ask(s, { quantity: 5 });
    const uncrossed = async (t: Traded) => {
      const [bidFound, bidPrice] = await t.exchange.best(MARKET, Side.Bid);
      const [askFound, askPrice] = await t.exchange.best(MARKET, Side.Ask);
      return !bidFound || !askFound || bidPrice < askPrice;
    };
    for (const maxFills of [0, 1, 4, 5]) {
      const [params] = bidArguments({ quantity: 9, price: TENTH + 1 });
      await s.exchange.connect(s.buyer).placeBid(params, { ...GOOD_TILL, maxFills });
      expect(await uncrossed(s)).to.equal(true);
    }
  });
});
