// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { encodeBytes32String } from "ethers";
import {
  Admission,
  type AskParams,
  applianceParams,
  askParams,
  at,
  BITCOIN,
  BOND,
  DAY,
  GOOD_TILL,
  HOUR,
  LOCK,
  loadFixture,
  MINIMUM_STAKE,
  marketed,
  orderId,
  PENALTY,
  PREPAID_HOURS,
  PRICE,
  PRICE_CODE,
  RATIO,
  SPEC,
  STAKE,
  time,
} from "./fixture.ts";

describe("Exchange.placeAsk", () => {
  context("given a caller who may speak for the appliance", () => {
    for (const name of ["provider", "hotKey"] as const) {
      it(`places an ask as the ${name} and locks stake for all of it`, async () => {
        const s = await loadFixture(marketed);
        const params = await askParams();
        const tx = s.exchange.connect(s[name]).placeAsk(params, GOOD_TILL);
        await expect(tx)
          .to.emit(s.exchange, "AskPlaced")
          .withArgs(orderId(), s.appliance, s.market, PRICE_CODE, 8, params.expiry, LOCK, 0);
        await expect(tx).to.emit(s.exchange, "BitcoinAskPlaced").withArgs(orderId(), 2, PREPAID_HOURS, BOND);
        await expect(tx)
          .to.emit(s.providers, "StakeLocked")
          .withArgs(s.provider, 8n * LOCK);
        const ask = await s.exchange.ask(orderId());
        expect([ask.appliance, ask.quantity, ask.expiry, ask.lock]).to.deep.equal([
          1n,
          8n,
          BigInt(params.expiry),
          LOCK,
        ]);
        const { bond, unfunded, confirmations, prepaidHours } = ask.reservation;
        expect([bond, unfunded, confirmations, prepaidHours]).to.deep.equal([BOND, 0n, 2n, BigInt(PREPAID_HOURS)]);
        const stake = await s.providers.stakeOf(s.provider);
        expect([stake.free, stake.locked]).to.deep.equal([STAKE - 8n * LOCK, 8n * LOCK]);
      });
    }

    it("gives a reused place a new id", async () => {
      const s = await loadFixture(marketed);
      await s.exchange.connect(s.hotKey).placeAsk(await askParams(), GOOD_TILL);
      await s.exchange.connect(s.hotKey).cancel(orderId());
      const [order] = await s.exchange.connect(s.hotKey).placeAsk.staticCall(await askParams(), GOOD_TILL);
      expect(order).to.equal(orderId({ generation: 2n }));
    });
  });

  context("given anyone else", () => {
    it("reverts", async () => {
      const s = await loadFixture(marketed);
      await expect(s.exchange.connect(s.stranger).placeAsk(await askParams(), GOOD_TILL))
        .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
        .withArgs(1, s.stranger);
    });
  });

  const bounds: [string, Partial<AskParams>, string, unknown[]][] = [
    ["a price above the seventh decade", { price: 63_000 }, "Exchange_InvalidPrice", [63_000]],
    ["no instance", { quantity: 0n }, "Exchange_QuantityOutOfBounds", [0, 1, 65_535]],
    ["no confirmation", { confirmations: 0n }, "Exchange_ConfirmationsOutOfBounds", [0, 1, 144]],
    ["145 confirmations", { confirmations: 145n }, "Exchange_ConfirmationsOutOfBounds", [145, 1, 144]],
    ["no prepaid hour", { prepaidHours: 0n }, "Exchange_PrepaidHoursOutOfBounds", [0, 1, 168]],
    ["169 prepaid hours", { prepaidHours: 169n }, "Exchange_PrepaidHoursOutOfBounds", [169, 1, 168]],
  ];
  for (const [name, overrides, error, args] of bounds) {
    context(`given ${name}`, () => {
      it("reverts", async () => {
        const s = await loadFixture(marketed);
        await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams(overrides), GOOD_TILL))
          .to.be.revertedWithCustomError(s.exchange, error)
          .withArgs(...args);
      });
    });
  }

  context("given values at their bounds", () => {
    for (const [name, overrides] of [
      ["the lowest", { price: 0, quantity: 1n, confirmations: 1n, prepaidHours: 1n, bond: 0n }],
      ["the most confirmations and hours", { quantity: 1n, confirmations: 144n, prepaidHours: 168n }],
      ["the highest bond", { bond: 2n ** 96n - 1n }],
    ] as const) {
      it(`takes ${name}`, async () => {
        const s = await loadFixture(marketed);
        await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams(overrides), GOOD_TILL)).to.emit(
          s.exchange,
          "AskPlaced",
        );
      });
    }

    it("takes the highest price where stake covers it", async () => {
      const s = await loadFixture(marketed);
      await s.pools.connect(s.operator).setRules(s.pool, { ...s.rules, collateralPerMsat: 1n });
      const overrides = { price: 62_999, quantity: 1n, prepaidHours: 168n };
      await s.exchange.connect(s.hotKey).placeAsk(await askParams(overrides), GOOD_TILL);
      expect((await s.exchange.ask(orderId({ price: 62_999 }))).lock).to.equal(PENALTY + 9_999_000_000n * 168n);
    });
  });

  context("given an expiry", () => {
    for (const [name, offset, ok] of [
      ["a second less than five minutes ahead", HOUR / 12 - 1, false],
      ["five minutes ahead", HOUR / 12, true],
      ["seven days ahead", 7 * DAY, true],
      ["a second more than seven days ahead", 7 * DAY + 1, false],
    ] as const) {
      it(`${ok ? "takes" : "reverts for"} ${name}`, async () => {
        const s = await loadFixture(marketed);
        const now = (await time.latest()) + 10;
        const expiry = now + offset;
        await at(now);
        const tx = s.exchange.connect(s.hotKey).placeAsk(await askParams({ expiry }), GOOD_TILL);
        if (ok) await expect(tx).to.emit(s.exchange, "AskPlaced");
        else
          await expect(tx)
            .to.be.revertedWithCustomError(s.exchange, "Exchange_ExpiryOutOfBounds")
            .withArgs(expiry, now + HOUR / 12, now + 7 * DAY);
      });
    }
  });

  context("given a market or appliance that is not", () => {
    it("reverts for an unknown market", async () => {
      const s = await loadFixture(marketed);
      await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams({ market: 2n }), GOOD_TILL))
        .to.be.revertedWithCustomError(s.markets, "Markets_UnknownMarket")
        .withArgs(2);
    });

    it("reverts for an unknown appliance", async () => {
      const s = await loadFixture(marketed);
      await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams({ appliance: 2n }), GOOD_TILL))
        .to.be.revertedWithCustomError(s.providers, "Providers_UnknownAppliance")
        .withArgs(2);
    });

    it("reverts for a market of another pool", async () => {
      const s = await loadFixture(marketed);
      await s.pools.connect(s.operator).create(encodeBytes32String("other"), s.rules);
      await s.markets.open(2, s.class, BITCOIN);
      await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams({ market: 2n }), GOOD_TILL))
        .to.be.revertedWithCustomError(s.providers, "Providers_WrongPool")
        .withArgs(1, 1, 2);
    });
  });

  context("given a pool that no longer admits the provider", () => {
    it("reverts", async () => {
      const s = await loadFixture(marketed);
      await s.pools.connect(s.operator).setRules(s.pool, { ...s.rules, admission: Admission.Listed });
      await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams(), GOOD_TILL))
        .to.be.revertedWithCustomError(s.providers, "Providers_NotAdmitted")
        .withArgs(s.pool, s.provider);
    });
  });

  context("given too little stake", () => {
    it("reverts below the pool's minimum, even if the lock were covered", async () => {
      const s = await loadFixture(marketed);
      await s.providers.connect(s.provider).requestUnstake(STAKE - MINIMUM_STAKE + 1n);
      await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams(), GOOD_TILL))
        .to.be.revertedWithCustomError(s.providers, "Providers_StakeTooSmall")
        .withArgs(s.provider, MINIMUM_STAKE - 1n, MINIMUM_STAKE);
    });

    it("reverts when the free stake does not cover the lock", async () => {
      const s = await loadFixture(marketed);
      const quantity = STAKE / LOCK + 1n;
      await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams({ quantity }), GOOD_TILL))
        .to.be.revertedWithCustomError(s.providers, "Providers_StakeTooSmall")
        .withArgs(s.provider, STAKE, quantity * LOCK);
    });
  });

  context("given the pool's collateral ratio", () => {
    it("locks the start penalty alone when it is zero", async () => {
      const s = await loadFixture(marketed);
      await s.pools.connect(s.operator).setRules(s.pool, { ...s.rules, collateralPerMsat: 0 });
      await s.exchange.connect(s.hotKey).placeAsk(await askParams(), GOOD_TILL);
      expect((await s.exchange.ask(orderId())).lock).to.equal(PENALTY);
    });

    it("keeps what was locked when the ratio changes later", async () => {
      const s = await loadFixture(marketed);
      await s.exchange.connect(s.hotKey).placeAsk(await askParams(), GOOD_TILL);
      await s.pools.connect(s.operator).setRules(s.pool, { ...s.rules, collateralPerMsat: 2n * RATIO });
      await s.exchange.connect(s.hotKey).cancel(orderId());
      expect((await s.providers.stakeOf(s.provider)).free).to.equal(STAKE);
    });

    it("reverts when the lock does not fit 96 bits", async () => {
      const s = await loadFixture(marketed);
      await s.pools.connect(s.operator).setRules(s.pool, { ...s.rules, collateralPerMsat: 2n ** 88n - 1n });
      await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams(), GOOD_TILL)).to.be.revertedWithCustomError(
        s.exchange,
        "SafeCastOverflowedUintDowncast",
      );
    });
  });

  it("has the figures of the fixture", async () => {
    const s = await loadFixture(marketed);
    expect(await s.classes.computeUnits(await s.classes.idOf(SPEC))).to.equal(1280n);
    expect(PRICE_CODE).to.equal(27_500);
    expect([LOCK, BOND]).to.deep.equal([PENALTY + PRICE * BigInt(PREPAID_HOURS) * RATIO, 3n * 10n ** 18n]);
    expect((await s.providers.appliance(1)).bitcoinKey).to.equal(applianceParams("").bitcoinKey);
  });
});
