// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  askParams,
  at,
  type Execution,
  GOOD_TILL,
  LAUNCH,
  loadFixture,
  orderId,
  PRICE_CODE,
  SEAL_KEY,
  SEALED_SPEC,
  SelfTrade,
  Side,
  SPEC,
  State,
  TimeInForce,
  time,
} from "../fixture.ts";
import {
  ASK,
  ask,
  bid,
  leaseIdOf,
  MARKET,
  MONEY,
  ordersOf,
  priceOf,
  soon,
  TENTH,
  type Traded,
  traded,
} from "./fixture.ts";

const RESERVE = { sealKeyHash: keccak256(SEAL_KEY), sealedSpec: "0x" };
const HOURS = 10n;

/** An ask of five instances behind a better one of the other seller's. */
async function offered() {
  const s = await traded();
  await ask(s, { quantity: 5 });
  await ask(s, { price: TENTH - 1, from: s.rival });
  return s;
}

describe("Exchange.fill", () => {
  const fill = (s: Traded, order: bigint, quantity: number, launch = LAUNCH, max = TENTH, duration = 10) =>
    s.exchange.connect(s.buyer).fill(order, max, quantity, duration, launch);

  context("given an ask, also one that is not the best", () => {
    it("opens a lease that waits for its start, and takes the instance off", async () => {
      const s = await loadFixture(offered);
      const tx = fill(s, ASK, 1);
      const id = leaseIdOf(ASK, 5);
      await expect(tx).to.emit(s.leases, "LaunchRequested").withArgs(id, LAUNCH.sealKeyHash, SEALED_SPEC);
      const startBy = (await time.latest()) + 1800;
      await expect(tx)
        .to.emit(s.exchange, "Filled")
        .withArgs(ASK, s.buyer, 1, 5, 1, HOURS * priceOf(TENTH), 0, startBy);
      const lease = await s.leases.lease(id);
      expect([lease.state, lease.holder, lease.deadline, lease.deposit]).to.deep.equal([
        State.Pending,
        s.buyer.address,
        BigInt(startBy),
        HOURS * priceOf(TENTH),
      ]);
      expect((await s.exchange.ask(ASK)).quantity).to.equal(4n);
      expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY - HOURS * priceOf(TENTH));
      await s.leases.connect(s.hotKey).start(id, "0x");
    });

    it("opens as many leases as asked, all with the launch spec", async () => {
      const s = await loadFixture(offered);
      await fill(s, ASK, 5);
      for (const instance of [5, 4, 3, 2, 1]) {
        expect((await s.leases.lease(leaseIdOf(ASK, instance))).state).to.equal(State.Pending);
      }
      expect(await ordersOf(s, Side.Ask)).to.deep.equal([orderId({ market: MARKET, price: TENTH - 1 })]);
      await expect(fill(s, ASK, 1))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder")
        .withArgs(ASK);
    });

    it("reserves capacity when there is no launch spec", async () => {
      const s = await loadFixture(offered);
      await fill(s, ASK, 1, RESERVE);
      expect((await s.leases.lease(leaseIdOf(ASK, 5))).state).to.equal(State.Reserved);
    });

    it("numbers on after a reduction, so that no lease's id comes twice", async () => {
      const s = await loadFixture(offered);
      await fill(s, ASK, 1);
      await s.exchange.connect(s.hotKey).reduce(ASK, 2);
      await fill(s, ASK, 2);
      for (const instance of [5, 2, 1]) {
        expect((await s.leases.lease(leaseIdOf(ASK, instance))).state).to.equal(State.Pending);
      }
    });
  });

  context("given what does not fit", () => {
    it("reverts above the maximum price", async () => {
      const s = await loadFixture(offered);
      await expect(fill(s, ASK, 1, LAUNCH, TENTH - 1))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_PriceAbove")
        .withArgs(TENTH, TENTH - 1);
    });

    it("reverts for more instances than are left", async () => {
      const s = await loadFixture(offered);
      await expect(fill(s, ASK, 6))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_QuantityTooLarge")
        .withArgs(ASK, 6, 5);
    });

    it("reverts for no instance, no hour and too many hours", async () => {
      const s = await loadFixture(offered);
      await expect(fill(s, ASK, 0)).to.be.revertedWithCustomError(s.exchange, "Exchange_QuantityOutOfBounds");
      for (const hours of [0, 721]) {
        await expect(fill(s, ASK, 1, LAUNCH, TENTH, hours))
          .to.be.revertedWithCustomError(s.exchange, "Exchange_DurationOutOfBounds")
          .withArgs(hours, 1, 720);
      }
    });

    it("reverts for a bid, an expired ask, an ask of a bitcoin market and an order that never was", async () => {
      const s = await loadFixture(offered);
      await bid(s, { price: TENTH - 2 });
      const resting = orderId({ market: MARKET, price: TENTH - 2, side: Side.Bid });
      await expect(fill(s, resting, 1))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_WrongSide")
        .withArgs(resting);
      await s.exchange.connect(s.hotKey).placeAsk(await askParams(), GOOD_TILL);
      await expect(fill(s, orderId(), 1, LAUNCH, PRICE_CODE))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_PaidInBitcoin")
        .withArgs(1);
      for (const never of [0n, ASK + 1n, orderId({ market: MARKET, price: TENTH, lane: 200n })]) {
        await expect(fill(s, never, 1)).to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder");
      }
      const expiry = await soon();
      await ask(s, { price: TENTH + 1, expiry });
      const late = orderId({ market: MARKET, price: TENTH + 1 });
      await at(expiry + 1);
      await expect(fill(s, late, 1, LAUNCH, TENTH + 1))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_Expired")
        .withArgs(late, expiry, expiry + 1);
    });

    it("reverts when the vault balance does not cover it", async () => {
      const s = await loadFixture(offered);
      await expect(s.exchange.connect(s.stranger).fill(ASK, TENTH, 1, 10, LAUNCH)).to.be.revertedWithCustomError(
        s.vault,
        "Vault_BalanceTooSmall",
      );
    });

    it("reverts for a launch spec sealed to a key that was rotated", async () => {
      const s = await loadFixture(offered);
      await s.providers.connect(s.provider).setSealKey(1, keccak256("0x02"));
      await expect(fill(s, ASK, 1)).to.be.revertedWithCustomError(s.leases, "Leases_SealKeyRotated");
    });
  });
});

describe("Exchange.sweep", () => {
  const FOK: Execution = { timeInForce: TimeInForce.FillOrKill, selfTrade: SelfTrade.CancelOldest, maxFills: 20 };
  const IOC: Execution = { ...FOK, timeInForce: TimeInForce.ImmediateOrCancel };
  const sweep = (s: Traded, markets: bigint[], quantity: number, execution = IOC, price = TENTH + 2) =>
    s.exchange.connect(s.buyer).sweep({ markets, price, quantity, duration: 10 }, execution);

  /** Asks in two markets of one token: the second is of a larger class. */
  async function apart() {
    const s = await traded();
    const large = { ...SPEC, vcpus: 4 };
    await s.classes.register(large);
    await s.markets.open(1, await s.classes.idOf(large), s.token);
    await ask(s, { price: TENTH, quantity: 2 });
    await ask(s, { price: TENTH + 2, quantity: 2 });
    await ask(s, { price: TENTH + 1, quantity: 2, market: 3n, from: s.rival });
    await ask(s, { price: TENTH + 3, quantity: 9, market: 3n, from: s.rival });
    return s;
  }

  it("takes the best price of all markets first, up to the limit", async () => {
    const s = await loadFixture(apart);
    const receipt = await (await sweep(s, [3n, 2n], 20)).wait();
    const events = await s.exchange.queryFilter(s.exchange.filters.Filled(), receipt?.blockNumber);
    expect(events.map(({ args }) => [args.order, args.count])).to.deep.equal([
      [orderId({ market: 2n, price: TENTH }), 2n],
      [orderId({ market: 3n, price: TENTH + 1 }), 2n],
      [orderId({ market: 2n, price: TENTH + 2 }), 2n],
    ]);
    const cost = 2n * HOURS * [TENTH, TENTH + 1, TENTH + 2].map(priceOf).reduce((a, b) => a + b, 0n);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY - cost);
    expect(await s.vault.balanceOf(s.token, s.leases)).to.equal(cost);
  });

  it("tells how many it filled, and rests nothing", async () => {
    const s = await loadFixture(apart);
    const params = { markets: [2n], price: TENTH, quantity: 5, duration: 10 };
    expect(await s.exchange.connect(s.buyer).sweep.staticCall(params, IOC)).to.equal(2n);
    await s.exchange.connect(s.buyer).sweep(params, IOC);
    expect(await ordersOf(s, Side.Bid)).to.deep.equal([]);
  });

  it("stops at maxFills", async () => {
    const s = await loadFixture(apart);
    await sweep(s, [2n, 3n], 6, { ...IOC, maxFills: 3 });
    expect((await s.exchange.ask(orderId({ market: 3n, price: TENTH + 1 }))).quantity).to.equal(1n);
  });

  it("fills all or reverts when it is fill-or-kill", async () => {
    const s = await loadFixture(apart);
    await expect(sweep(s, [2n, 3n], 7, FOK))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_NotFilled")
      .withArgs(6, 7);
    await sweep(s, [2n, 3n], 6, FOK);
  });

  it("takes a market named twice as one", async () => {
    const s = await loadFixture(apart);
    await sweep(s, [2n, 2n], 4, FOK);
  });

  it("fills nothing when no market is named", async () => {
    const s = await loadFixture(apart);
    await sweep(s, [], 4);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY);
  });

  it("reverts for what can only rest", async () => {
    const s = await loadFixture(apart);
    for (const timeInForce of [TimeInForce.GoodTill, TimeInForce.PostOnly]) {
      await expect(sweep(s, [2n], 1, { ...FOK, timeInForce }))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_NothingToRest")
        .withArgs(timeInForce);
    }
  });

  it("reverts for a bad price, quantity or duration", async () => {
    const s = await loadFixture(apart);
    const exchange = s.exchange.connect(s.buyer);
    const params = { markets: [2n], price: TENTH, quantity: 1, duration: 10 };
    for (const [overrides, error] of [
      [{ price: 63_000 }, "Exchange_InvalidPrice"],
      [{ quantity: 0 }, "Exchange_QuantityOutOfBounds"],
      [{ duration: 721 }, "Exchange_DurationOutOfBounds"],
    ] as const) {
      await expect(exchange.sweep({ ...params, ...overrides }, IOC)).to.be.revertedWithCustomError(s.exchange, error);
    }
  });

  it("never leaves out a market that does not fit: a bitcoin market, another token, an unknown one", async () => {
    const s = await loadFixture(apart);
    await expect(sweep(s, [2n, 1n], 1))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_PaidInBitcoin")
      .withArgs(1);
    await s.markets.open(1, s.class, s.xov);
    await expect(sweep(s, [2n, 4n], 1))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_QuoteMismatch")
      .withArgs(4, s.xov, s.token);
    await expect(sweep(s, [2n, 5n], 1)).to.be.revertedWithCustomError(s.markets, "Markets_UnknownMarket");
  });
});
