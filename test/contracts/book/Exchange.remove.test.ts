// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { at, loadFixture, orderId, Removal, Side, STAKE } from "../fixture.ts";
import { ASK, ask, BID, bid, MARKET, MONEY, ordersOf, PENALTY, priceOf, soon, TENTH, traded } from "./fixture.ts";

const HOURS = 10n;

async function resting() {
  const s = await traded();
  const expiry = await soon();
  await bid(s, { price: TENTH - 1, quantity: 4, expiry });
  await ask(s, { quantity: 4, expiry });
  return { ...s, expiry, bidId: orderId({ market: MARKET, price: TENTH - 1, side: Side.Bid }) };
}

describe("Exchange.cancel of a bid", () => {
  it("removes it for its holder and refunds all of it", async () => {
    const s = await loadFixture(resting);
    const tx = s.exchange.connect(s.buyer).cancel(s.bidId);
    await expect(tx).to.emit(s.exchange, "OrderRemoved").withArgs(s.bidId, Removal.Cancelled);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY);
    expect(await s.vault.balanceOf(s.token, s.exchange)).to.equal(0n);
    await expect(s.exchange.bid(s.bidId)).to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder");
    expect(await s.exchange.best(MARKET, Side.Bid)).to.deep.equal([false, 0n]);
  });

  it("refunds what was not filled", async () => {
    const s = await loadFixture(resting);
    await ask(s, { price: TENTH - 1, quantity: 3, from: s.rival });
    await s.exchange.connect(s.buyer).cancel(s.bidId);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY - 3n * HOURS * priceOf(TENTH - 1));
  });

  it("reverts for anyone else until its last second", async () => {
    const s = await loadFixture(resting);
    await at(s.expiry);
    await expect(s.exchange.connect(s.stranger).cancel(s.bidId))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_NotOwner")
      .withArgs(s.bidId, s.stranger, s.buyer);
  });

  it("pays whoever removes it once it has expired a quarter of an hour's price, the rest to its holder", async () => {
    const s = await loadFixture(resting);
    await at(s.expiry + 1);
    const tx = s.exchange.connect(s.stranger).cancel(s.bidId);
    await expect(tx).to.emit(s.exchange, "OrderRemoved").withArgs(s.bidId, Removal.Expired);
    const bond = priceOf(TENTH - 1) / 4n;
    expect(await s.vault.balanceOf(s.token, s.stranger)).to.equal(bond);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY - bond);
    expect(await s.vault.balanceOf(s.token, s.exchange)).to.equal(0n);
  });

  it("costs its holder nothing that removes it itself", async () => {
    const s = await loadFixture(resting);
    await at(s.expiry + 1);
    await s.exchange.connect(s.buyer).cancel(s.bidId);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY);
  });
});

describe("Exchange.reduce of a bid", () => {
  it("refunds the difference", async () => {
    const s = await loadFixture(resting);
    const tx = s.exchange.connect(s.buyer).reduce(s.bidId, 1);
    await expect(tx).to.emit(s.exchange, "OrderReduced").withArgs(s.bidId, 1);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY - HOURS * priceOf(TENTH - 1));
    expect((await s.exchange.bid(s.bidId)).quantity).to.equal(1n);
  });

  it("reverts for anyone but its holder", async () => {
    const s = await loadFixture(resting);
    await expect(s.exchange.connect(s.stranger).reduce(s.bidId, 1))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_NotOwner")
      .withArgs(s.bidId, s.stranger, s.buyer);
  });

  for (const quantity of [0, 4, 5]) {
    it(`reverts for ${quantity} of 4`, async () => {
      const s = await loadFixture(resting);
      await expect(s.exchange.connect(s.buyer).reduce(s.bidId, quantity))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_QuantityOutOfBounds")
        .withArgs(quantity, 1, 3);
    });
  }
});

describe("Exchange.cancelMany", () => {
  it("removes asks and bids of the caller, and passes over those that are gone", async () => {
    const s = await loadFixture(resting);
    await bid(s, { price: TENTH - 2, from: s.provider });
    const own = orderId({ market: MARKET, price: TENTH - 2, side: Side.Bid });
    await s.exchange.connect(s.provider).cancelMany([ASK, BID, own, ASK]);
    expect(await ordersOf(s, Side.Ask)).to.deep.equal([]);
    expect(await ordersOf(s, Side.Bid)).to.deep.equal([s.bidId]);
    expect(await s.vault.balanceOf(s.token, s.provider)).to.equal(MONEY);
    expect((await s.providers.stakeOf(s.provider)).free).to.equal(STAKE);
  });

  it("reverts for another's order", async () => {
    const s = await loadFixture(resting);
    await expect(s.exchange.connect(s.provider).cancelMany([ASK, s.bidId])).to.be.revertedWithCustomError(
      s.exchange,
      "Exchange_NotOwner",
    );
  });

  it("collects the bonds of others' expired orders", async () => {
    const s = await loadFixture(resting);
    await at(s.expiry + 1);
    await s.exchange.connect(s.stranger).cancelMany([ASK, s.bidId]);
    expect(await s.vault.balanceOf(s.xov, s.stranger)).to.equal(PENALTY / 8n);
    expect(await s.vault.balanceOf(s.token, s.stranger)).to.equal(priceOf(TENTH - 1) / 4n);
  });
});

describe("The exchange's views", () => {
  it("revert for the other side's order", async () => {
    const s = await loadFixture(resting);
    await expect(s.exchange.ask(s.bidId)).to.be.revertedWithCustomError(s.exchange, "Exchange_WrongSide");
    await expect(s.exchange.bid(ASK)).to.be.revertedWithCustomError(s.exchange, "Exchange_WrongSide");
  });

  it("revert for a price that is none", async () => {
    const s = await loadFixture(resting);
    await expect(s.exchange.bestFrom(MARKET, Side.Ask, 63_000))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_InvalidPrice")
      .withArgs(63_000);
  });

  it("tell the next price from any price on", async () => {
    const s = await loadFixture(resting);
    await bid(s, { price: 0 });
    expect(await s.exchange.bestFrom(MARKET, Side.Bid, 62_999)).to.deep.equal([true, BigInt(TENTH - 1)]);
    expect(await s.exchange.bestFrom(MARKET, Side.Bid, TENTH - 2)).to.deep.equal([true, 0n]);
    expect(await s.exchange.bestFrom(MARKET, Side.Ask, 0)).to.deep.equal([true, BigInt(TENTH)]);
    expect(await s.exchange.bestFrom(MARKET, Side.Ask, TENTH + 1)).to.deep.equal([false, 0n]);
  });
});
