// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ethers, loadFixture, orderId, Removal, SelfTrade, Side, STAKE, TimeInForce } from "../fixture.ts";
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
  TENTH,
  type Traded,
  traded,
} from "./fixture.ts";

const at = (price: number, lane = 0n, side = Side.Ask) => orderId({ market: MARKET, price, lane, side });

async function lockedOf(s: Traded): Promise<bigint> {
  return (await s.providers.stakeOf(s.provider)).locked;
}

describe("Self-trade prevention", () => {
  context("given a bid that meets an ask of its own account", () => {
    async function own() {
      const s = await traded();
      await ask(s, { quantity: 3 });
      await ask(s, { from: s.rival });
      return s;
    }

    it("removes the ask and goes on, when the oldest is to be cancelled", async () => {
      const s = await loadFixture(own);
      const tx = bid(s, { from: s.provider, quantity: 2 });
      await expect(tx).to.emit(s.exchange, "OrderRemoved").withArgs(ASK, Removal.SelfTrade);
      const lease = await s.leases.lease(leaseIdOf(at(TENTH, 1n), 1));
      expect([lease.holder, lease.appliance]).to.deep.equal([s.provider.address, 2n]);
      expect(await lockedOf(s)).to.equal(0n);
      expect(await ordersOf(s, Side.Bid)).to.deep.equal([BID]);
    });

    it("drops what is left of the bid, when the newest is to be cancelled", async () => {
      const s = await loadFixture(own);
      await ask(s, { price: TENTH - 1, from: s.rival });
      const execution = { selfTrade: SelfTrade.CancelNewest };
      const [params, options] = bidArguments({ quantity: 3, execution });
      expect(await s.exchange.connect(s.provider).placeBid.staticCall(params, options)).to.deep.equal([0n, 1n]);
      await bid(s, { from: s.provider, quantity: 3, execution });
      expect(await ordersOf(s, Side.Ask)).to.deep.equal([ASK, at(TENTH, 1n)]);
      expect(await ordersOf(s, Side.Bid)).to.deep.equal([]);
    });

    it("fails a fill-or-kill that would have to give way", async () => {
      const s = await loadFixture(own);
      const execution = { timeInForce: TimeInForce.FillOrKill, selfTrade: SelfTrade.CancelNewest };
      await expect(bid(s, { from: s.provider, execution }))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_NotFilled")
        .withArgs(0, 1);
    });

    it("asks the registry whose ask it is, since tags of addresses may coincide", async () => {
      const s = await loadFixture(own);
      // an account whose address ends as the provider's
      const twin = `0x${"77".repeat(16)}${s.provider.address.slice(-8)}`.toLowerCase();
      await ethers.provider.send("hardhat_setBalance", [twin, "0xde0b6b3a7640000"]);
      const signer = await ethers.getImpersonatedSigner(twin);
      await s.token.connect(s.treasury).approve(s.vault, MONEY);
      await s.vault.connect(s.treasury).deposit(s.token, MONEY, twin);
      await bid(s, { from: signer, quantity: 3 });
      expect((await s.leases.lease(leaseIdOf(ASK, 3))).holder.toLowerCase()).to.equal(twin.toLowerCase());
    });
  });

  context("given an ask that meets a bid of its own provider", () => {
    async function own() {
      const s = await traded();
      await bid(s, { from: s.provider, quantity: 2 });
      await bid(s);
      return s;
    }

    it("removes and refunds the bid and goes on, when the oldest is to be cancelled", async () => {
      const s = await loadFixture(own);
      const tx = ask(s, { quantity: 2 });
      await expect(tx).to.emit(s.exchange, "OrderRemoved").withArgs(BID, Removal.SelfTrade);
      expect(await s.vault.balanceOf(s.token, s.provider)).to.equal(MONEY);
      expect((await s.leases.lease(leaseIdOf(at(TENTH, 1n, Side.Bid), 1))).holder).to.equal(s.buyer.address);
      expect(await ordersOf(s, Side.Ask)).to.deep.equal([ASK]);
    });

    it("drops what is left of the ask, when the newest is to be cancelled", async () => {
      const s = await loadFixture(own);
      await ask(s, { quantity: 2, execution: { selfTrade: SelfTrade.CancelNewest } });
      expect(await ordersOf(s, Side.Ask)).to.deep.equal([]);
      expect((await ordersOf(s, Side.Bid)).length).to.equal(2);
      expect(await lockedOf(s)).to.equal(0n);
      expect((await s.providers.stakeOf(s.provider)).free).to.equal(STAKE);
    });
  });
});

describe("maxFills", () => {
  it("bounds the leases that a bid opens, and what still crosses does not rest", async () => {
    const s = await loadFixture(traded);
    await ask(s, { quantity: 3 });
    await ask(s, { quantity: 3 });
    const [params, options] = bidArguments({ quantity: 6, execution: { maxFills: 4 } });
    expect(await s.exchange.connect(s.buyer).placeBid.staticCall(params, options)).to.deep.equal([0n, 4n]);
    await s.exchange.connect(s.buyer).placeBid(params, options);
    expect((await s.exchange.ask(at(TENTH, 1n))).quantity).to.equal(2n);
    expect(await ordersOf(s, Side.Bid)).to.deep.equal([]);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY - 40n * priceOf(TENTH));
  });

  it("lets what is left rest when nothing crosses any more", async () => {
    const s = await loadFixture(traded);
    await ask(s, { quantity: 3 });
    await bid(s, { quantity: 6, execution: { maxFills: 3 } });
    expect(await ordersOf(s, Side.Bid)).to.deep.equal([BID]);
  });

  it("bounds the leases that an ask opens, and what still crosses is unlocked", async () => {
    const s = await loadFixture(traded);
    await bid(s, { quantity: 5 });
    await ask(s, { quantity: 5, execution: { maxFills: 2 } });
    expect((await s.exchange.bid(BID)).quantity).to.equal(3n);
    expect(await ordersOf(s, Side.Ask)).to.deep.equal([]);
    expect(await lockedOf(s)).to.equal(2n * PENALTY);
  });

  it("lets an order of zero fills rest only where it does not cross", async () => {
    const s = await loadFixture(traded);
    await ask(s);
    await bid(s, { execution: { maxFills: 0 } });
    expect(await ordersOf(s, Side.Bid)).to.deep.equal([]);
    await bid(s, { price: TENTH - 1, execution: { maxFills: 0 } });
    expect(await ordersOf(s, Side.Bid)).to.deep.equal([at(TENTH - 1, 0n, Side.Bid)]);
  });
});
