// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { GOOD_TILL, LAUNCH, loadFixture, orderId, Side, State, TimeInForce, time } from "../fixture.ts";
import {
  ASK,
  ask,
  askArguments,
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

const HOURS = 10n;
const at = (price: number, lane = 0n, side = Side.Ask) => orderId({ market: MARKET, price, lane, side });

async function balances(s: Traded) {
  const of = (account: { getAddress(): Promise<string> }) => s.vault.balanceOf(s.token, account);
  return { buyer: await of(s.buyer), exchange: await of(s.exchange), leases: await of(s.leases) };
}

async function lockedOf(s: Traded): Promise<bigint> {
  return (await s.providers.stakeOf(s.provider)).locked;
}

describe("Exchange.placeBid", () => {
  context("given no ask at its price", () => {
    it("rests with its funds in the vault", async () => {
      const s = await loadFixture(traded);
      const expiry = (await time.latest()) + 3600;
      const tx = bid(s, { quantity: 3, expiry });
      await expect(tx).to.emit(s.exchange, "BidPlaced").withArgs(BID, s.buyer, MARKET, TENTH, 3, expiry, HOURS);
      const cost = 3n * HOURS * priceOf(TENTH);
      expect(await balances(s)).to.deep.equal({ buyer: MONEY - cost, exchange: cost, leases: 0n });
      const stored = await s.exchange.bid(BID);
      expect([stored.holder, stored.quantity, stored.expiry, stored.duration]).to.deep.equal([
        s.buyer.address,
        3n,
        BigInt(expiry),
        HOURS,
      ]);
      expect(await s.exchange.best(MARKET, Side.Bid)).to.deep.equal([true, BigInt(TENTH)]);
    });

    it("has no end unless one is told", async () => {
      const s = await loadFixture(traded);
      await bid(s);
      expect((await s.exchange.bid(BID)).expiry).to.equal(2n ** 32n - 1n);
    });

    it("reverts when the vault balance does not cover it", async () => {
      const s = await loadFixture(traded);
      await expect(bid(s, { from: s.stranger }))
        .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
        .withArgs(s.token, s.stranger, 0, HOURS * priceOf(TENTH));
    });

    it("leaves the book as it was when it is immediate-or-cancel", async () => {
      const s = await loadFixture(traded);
      const execution = { timeInForce: TimeInForce.ImmediateOrCancel };
      const [params, options] = bidArguments({ execution });
      expect(await s.exchange.connect(s.buyer).placeBid.staticCall(params, options)).to.deep.equal([0n, 0n]);
      await bid(s, { execution });
      expect(await ordersOf(s, Side.Bid)).to.deep.equal([]);
      expect((await balances(s)).buyer).to.equal(MONEY);
    });

    it("reverts when it is fill-or-kill", async () => {
      const s = await loadFixture(traded);
      await ask(s, { quantity: 2 });
      await expect(bid(s, { quantity: 3, execution: { timeInForce: TimeInForce.FillOrKill } }))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_NotFilled")
        .withArgs(2, 3);
    });
  });

  context("given asks at its price and below", () => {
    it("fills the best price first, the oldest of a price first, each at the ask's price", async () => {
      const s = await loadFixture(traded);
      await ask(s, { price: TENTH + 1, quantity: 2 });
      await ask(s, { price: TENTH, from: s.rival });
      await ask(s, { price: TENTH, quantity: 2 });
      const tx = bid(s, { price: TENTH + 5, quantity: 4 });
      const filled = s.exchange.filters.Filled();
      const receipt = await (await tx).wait();
      const events = (await s.exchange.queryFilter(filled, receipt?.blockNumber)).map(({ args }) => [
        args.order,
        args.appliance,
        args.first,
        args.count,
        args.prepayment,
      ]);
      expect(events).to.deep.equal([
        [at(TENTH), 2n, 1n, 1n, HOURS * priceOf(TENTH)],
        [at(TENTH, 1n), 1n, 2n, 2n, HOURS * priceOf(TENTH)],
        [at(TENTH + 1), 1n, 2n, 1n, HOURS * priceOf(TENTH + 1)],
      ]);
      const cost = HOURS * (3n * priceOf(TENTH) + priceOf(TENTH + 1));
      expect(await balances(s)).to.deep.equal({ buyer: MONEY - cost, exchange: 0n, leases: cost });
      expect(await ordersOf(s, Side.Ask)).to.deep.equal([at(TENTH + 1)]);
      expect((await s.exchange.ask(at(TENTH + 1))).quantity).to.equal(1n);
      expect(await ordersOf(s, Side.Bid)).to.deep.equal([]);
    });

    it("opens a reserved lease for each instance, named by the ask and the instance's number", async () => {
      const s = await loadFixture(traded);
      await ask(s, { quantity: 5 });
      await bid(s, { quantity: 2 });
      const clock = await s.providers.clockOf(1);
      for (const instance of [5, 4]) {
        const lease = await s.leases.lease(leaseIdOf(ASK, instance));
        expect([lease.holder, lease.appliance, lease.market, lease.price]).to.deep.equal([
          s.buyer.address,
          1n,
          MARKET,
          BigInt(TENTH),
        ]);
        expect([lease.state, lease.time, lease.deadline, lease.deposit, lease.paid]).to.deep.equal([
          State.Reserved,
          clock,
          0n,
          HOURS * priceOf(TENTH),
          0n,
        ]);
      }
      await expect(s.leases.lease(leaseIdOf(ASK, 3))).to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease");
      expect(await lockedOf(s)).to.equal(5n * PENALTY);
    });

    it("rests with what is left, at its own price", async () => {
      const s = await loadFixture(traded);
      await ask(s, { quantity: 2 });
      const [params, options] = bidArguments({ price: TENTH + 1, quantity: 5 });
      const order = at(TENTH + 1, 0n, Side.Bid);
      expect(await s.exchange.connect(s.buyer).placeBid.staticCall(params, options)).to.deep.equal([order, 2n]);
      await s.exchange.connect(s.buyer).placeBid(params, options);
      expect((await s.exchange.bid(order)).quantity).to.equal(3n);
      expect(await balances(s)).to.deep.equal({
        buyer: MONEY - HOURS * (2n * priceOf(TENTH) + 3n * priceOf(TENTH + 1)),
        exchange: 3n * HOURS * priceOf(TENTH + 1),
        leases: 2n * HOURS * priceOf(TENTH),
      });
    });

    it("takes nothing above its price", async () => {
      const s = await loadFixture(traded);
      await ask(s, { price: TENTH + 1 });
      await bid(s);
      expect(await ordersOf(s, Side.Ask)).to.deep.equal([at(TENTH + 1)]);
      expect(await ordersOf(s, Side.Bid)).to.deep.equal([BID]);
    });

    it("reverts when it is post-only", async () => {
      const s = await loadFixture(traded);
      await ask(s);
      await expect(bid(s, { execution: { timeInForce: TimeInForce.PostOnly } }))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_WouldCross")
        .withArgs(ASK);
      await bid(s, { price: TENTH - 1, execution: { timeInForce: TimeInForce.PostOnly } });
      expect(await ordersOf(s, Side.Bid)).to.deep.equal([at(TENTH - 1, 0n, Side.Bid)]);
    });

    it("fills all of it when it is fill-or-kill", async () => {
      const s = await loadFixture(traded);
      await ask(s, { quantity: 2 });
      await ask(s, { price: TENTH + 1, quantity: 2 });
      await bid(s, { price: TENTH + 1, quantity: 4, execution: { timeInForce: TimeInForce.FillOrKill } });
      expect(await ordersOf(s, Side.Ask)).to.deep.equal([]);
    });
  });

  const bounds: [string, object, string, unknown[]][] = [
    ["a price above the seventh decade", { price: 63_000 }, "Exchange_InvalidPrice", [63_000]],
    ["no instance", { quantity: 0 }, "Exchange_QuantityOutOfBounds", [0, 1, 65_535]],
    ["no hour", { duration: 0 }, "Exchange_DurationOutOfBounds", [0, 1, 720]],
    ["more than thirty days", { duration: 721 }, "Exchange_DurationOutOfBounds", [721, 1, 720]],
    ["a bitcoin market", { market: 1n }, "Exchange_PaidInBitcoin", [1]],
  ];
  for (const [name, options, error, args] of bounds) {
    context(`given ${name}`, () => {
      it("reverts", async () => {
        const s = await loadFixture(traded);
        await expect(bid(s, options))
          .to.be.revertedWithCustomError(s.exchange, error)
          .withArgs(...args);
      });
    });
  }

  context("given an unknown market", () => {
    it("reverts", async () => {
      const s = await loadFixture(traded);
      await expect(bid(s, { market: 3n })).to.be.revertedWithCustomError(s.markets, "Markets_UnknownMarket");
    });
  });

  context("given the highest price and the longest duration", () => {
    it("escrows what they cost, and a fill pays it into the lease", async () => {
      const s = await loadFixture(traded);
      await bid(s, { price: 44_999 + 9_000, duration: 720, quantity: 1, from: s.buyer }).catch(() => undefined);
      await s.token.connect(s.treasury).transfer(s.buyer, 20n * MONEY);
      await s.token.connect(s.buyer).approve(s.vault, 20n * MONEY);
      await s.vault.connect(s.buyer).deposit(s.token, 20n * MONEY, s.buyer);
      await bid(s, { price: 62_999, duration: 720 });
      await ask(s, { price: 62_999 });
      const lease = await s.leases.lease(leaseIdOf(at(62_999, 0n, Side.Bid), 1));
      expect(lease.deposit).to.equal(720n * 9_999n * 10n ** 18n);
    });
  });
});

describe("Exchange.placeAsk in a token market", () => {
  context("given no bid at its price", () => {
    it("rests and locks the start penalty for each instance", async () => {
      const s = await loadFixture(traded);
      const tx = await ask(s, { quantity: 3 });
      const expiry = (await time.latest()) + 7 * 86_400;
      await expect(tx).to.emit(s.exchange, "AskPlaced").withArgs(ASK, 1, MARKET, TENTH, 3, expiry, PENALTY, 0);
      await expect(tx).not.to.emit(s.exchange, "BitcoinAskPlaced");
      expect(await lockedOf(s)).to.equal(3n * PENALTY);
    });

    it("locks nothing for what does not rest", async () => {
      const s = await loadFixture(traded);
      await ask(s, { quantity: 3, execution: { timeInForce: TimeInForce.ImmediateOrCancel } });
      expect(await lockedOf(s)).to.equal(0n);
      expect(await ordersOf(s, Side.Ask)).to.deep.equal([]);
    });

    it("reverts when it is fill-or-kill", async () => {
      const s = await loadFixture(traded);
      await bid(s);
      await expect(ask(s, { quantity: 2, execution: { timeInForce: TimeInForce.FillOrKill } }))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_NotFilled")
        .withArgs(1, 2);
    });
  });

  context("given bids at its price and above", () => {
    it("opens leases for the bidders, the highest bid first, each at the bid's price and duration", async () => {
      const s = await loadFixture(traded);
      await bid(s, { price: TENTH - 1, quantity: 2 });
      await bid(s, { price: TENTH, duration: 20, from: s.other });
      await bid(s, { price: TENTH, duration: 30 });
      await ask(s, { price: TENTH - 1, quantity: 3 });
      const [older, newer, low] = [BID, at(TENTH, 1n, Side.Bid), at(TENTH - 1, 0n, Side.Bid)];
      const leases = await Promise.all(
        [leaseIdOf(older, 1), leaseIdOf(newer, 1), leaseIdOf(low, 2)].map((id) => s.leases.lease(id)),
      );
      expect(leases.map((l) => [l.holder, l.deposit, l.appliance, l.state])).to.deep.equal([
        [s.other.address, 20n * priceOf(TENTH), 1n, State.Reserved],
        [s.buyer.address, 30n * priceOf(TENTH), 1n, State.Reserved],
        [s.buyer.address, 10n * priceOf(TENTH - 1), 1n, State.Reserved],
      ]);
      expect(await ordersOf(s, Side.Bid)).to.deep.equal([low]);
      expect(await ordersOf(s, Side.Ask)).to.deep.equal([]);
      expect((await balances(s)).exchange).to.equal(10n * priceOf(TENTH - 1));
      expect(await lockedOf(s)).to.equal(3n * PENALTY);
    });

    it("rests with what is left and keeps stake locked for the leases and the rest", async () => {
      const s = await loadFixture(traded);
      await bid(s, { quantity: 2 });
      const [params, options] = askArguments(s, { quantity: 5 });
      expect(await s.exchange.connect(s.hotKey).placeAsk.staticCall(params, options)).to.deep.equal([ASK, 2n]);
      await ask(s, { quantity: 5 });
      expect((await s.exchange.ask(ASK)).quantity).to.equal(3n);
      expect(await lockedOf(s)).to.equal(5n * PENALTY);
    });

    it("drops what is left when it is immediate-or-cancel", async () => {
      const s = await loadFixture(traded);
      await bid(s, { quantity: 2 });
      await ask(s, { quantity: 5, execution: { timeInForce: TimeInForce.ImmediateOrCancel } });
      expect(await ordersOf(s, Side.Ask)).to.deep.equal([]);
      expect(await lockedOf(s)).to.equal(2n * PENALTY);
    });

    it("reverts when it is post-only", async () => {
      const s = await loadFixture(traded);
      await bid(s);
      await expect(ask(s, { execution: { timeInForce: TimeInForce.PostOnly } }))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_WouldCross")
        .withArgs(BID);
    });

    it("lets the bidder launch later, and the provider start", async () => {
      const s = await loadFixture(traded);
      await bid(s);
      await ask(s);
      const id = leaseIdOf(BID, 1);
      await s.leases.connect(s.buyer).launch(id, LAUNCH);
      await s.leases.connect(s.hotKey).start(id, "0x");
      expect((await s.leases.lease(id)).state).to.equal(State.Active);
      expect(await lockedOf(s)).to.equal(0n);
    });
  });

  const bounds: [string, object, string, unknown[]][] = [
    ["confirmations", { confirmations: 1 }, "Exchange_ConfirmationsOutOfBounds", [1, 0, 0]],
    ["prepaid hours", { prepaidHours: 1 }, "Exchange_PrepaidHoursOutOfBounds", [1, 0, 0]],
    ["a reservation bond", { bond: 1 }, "Exchange_BondWithoutReservation", [1]],
  ];
  for (const [name, overrides, error, args] of bounds) {
    context(`given ${name}`, () => {
      it("reverts", async () => {
        const s = await loadFixture(traded);
        const [params] = askArguments(s);
        await expect(s.exchange.connect(s.hotKey).placeAsk({ ...params, ...overrides }, GOOD_TILL))
          .to.be.revertedWithCustomError(s.exchange, error)
          .withArgs(...args);
      });
    });
  }
});
