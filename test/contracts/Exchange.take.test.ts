// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { encodeBytes32String, keccak256 } from "ethers";
import {
  applianceParams,
  askParams,
  at,
  BOND,
  COLLATERAL,
  DAY,
  GOOD_TILL,
  type Listed,
  LOCK,
  listed,
  loadFixture,
  marketed,
  orderId,
  PAYMENT_WINDOW,
  PENALTY,
  PREPAID_HOURS,
  PREPAYMENT,
  PRICE,
  RATIO,
  STAKE,
  type Terms,
  take,
  taken,
  time,
} from "./fixture.ts";

const LONGEST = PRICE * BigInt(PREPAID_HOURS);

/** An ask of so many instances. */
async function asking(quantity: bigint): Promise<Listed> {
  const s = await loadFixture(marketed);
  const params = await askParams({ quantity });
  await s.exchange.connect(s.hotKey).placeAsk(params, GOOD_TILL);
  return { ...s, order: orderId(), expiry: params.expiry };
}

describe("Exchange.take", () => {
  context("given terms that match the ask", () => {
    it("opens a lease and takes an instance off the ask", async () => {
      const s = await loadFixture(listed);
      const { id, tx } = await take(s);
      await expect(tx).to.emit(s.exchange, "AskTaken").withArgs(s.order, id, 7);
      await expect(tx).to.emit(s.leases, "LeaseOpened");
      const ask = await s.exchange.ask(s.order);
      expect([ask.quantity, ask.reservation.unfunded]).to.deep.equal([7n, 1n]);
    });

    it("posts the bond from the caller's vault balance", async () => {
      const s = await loadFixture(listed);
      const before = await s.vault.balanceOf(s.xov, s.relayer);
      const { tx } = await take(s);
      await expect(tx).to.emit(s.vault, "Moved").withArgs(s.xov, s.relayer, s.leases, BOND);
      expect(await s.vault.balanceOf(s.xov, s.relayer)).to.equal(before - BOND);
      expect(await s.vault.balanceOf(s.xov, s.leases)).to.equal(BOND);
    });

    it("reverts when the caller cannot post the bond", async () => {
      const s = await loadFixture(listed);
      const { tx } = await take(s, { from: s.stranger });
      await expect(tx)
        .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
        .withArgs(s.xov, s.stranger, 0, BOND);
    });

    it("needs no balance when the ask names no bond", async () => {
      const s = await loadFixture(listed);
      await s.exchange.connect(s.hotKey).placeAsk(await askParams({ bond: 0n }), GOOD_TILL);
      const { id, tx } = await take(s, { from: s.stranger, order: orderId({ lane: 1n }) });
      await expect(tx).not.to.emit(s.vault, "Moved");
      expect((await s.leases.bitcoinSide(id)).opener).to.equal(s.stranger.address);
    });

    it("frees the stake beyond the prepayment's collateral", async () => {
      const s = await loadFixture(listed);
      const { tx } = await take(s);
      await expect(tx)
        .to.emit(s.providers, "StakeUnlocked")
        .withArgs(s.provider, LOCK - PENALTY - COLLATERAL);
      const stake = await s.providers.stakeOf(s.provider);
      expect(stake.locked).to.equal(7n * LOCK + PENALTY + COLLATERAL);
      expect(stake.free + stake.locked).to.equal(STAKE);
    });
  });

  context("given a prepayment", () => {
    for (const [name, prepayment] of [
      ["an hour", PRICE],
      ["the ask's longest", LONGEST],
    ] as const) {
      it(`takes ${name}, with collateral at the pool's ratio`, async () => {
        const s = await loadFixture(listed);
        const { id, tx } = await take(s, { terms: { prepayment } });
        await tx;
        expect((await s.leases.bitcoinSide(id)).collateral).to.equal(prepayment * RATIO);
      });
    }

    for (const [name, prepayment] of [
      ["less than an hour", PRICE - 1n],
      ["more than the ask's longest", LONGEST + 1n],
    ] as const) {
      it(`reverts for ${name}`, async () => {
        const s = await loadFixture(listed);
        const { tx } = await take(s, { terms: { prepayment } });
        await expect(tx)
          .to.be.revertedWithCustomError(s.exchange, "Exchange_PrepaymentOutOfBounds")
          .withArgs(prepayment, PRICE, LONGEST);
      });
    }
  });

  context("given terms of another offer", () => {
    const mismatches: [string, Partial<Terms>, bigint, bigint][] = [
      ["appliance", { appliance: 2n }, 2n, 1n],
      ["quote", { quote: `0x${"00".repeat(19)}01` }, 1n, 0n],
      ["price", { price: PRICE - 1n }, PRICE - 1n, PRICE],
      ["price", { price: PRICE + 1n }, PRICE + 1n, PRICE],
    ];
    for (const [field, terms, have, need] of mismatches) {
      it(`reverts for the ${field} ${have}`, async () => {
        const s = await loadFixture(listed);
        const { tx } = await take(s, { terms });
        await expect(tx)
          .to.be.revertedWithCustomError(s.exchange, "Exchange_TermsMismatch")
          .withArgs(encodeBytes32String(field), have, need);
      });
    }

    it("reverts for another class", async () => {
      const s = await loadFixture(listed);
      const { tx } = await take(s, { terms: { class: keccak256("0x") } });
      await expect(tx)
        .to.be.revertedWithCustomError(s.exchange, "Exchange_TermsMismatch")
        .withArgs(encodeBytes32String("class"), BigInt(keccak256("0x")), BigInt(s.class));
    });

    it("reverts for another appliance of the same provider", async () => {
      const s = await loadFixture(listed);
      await s.providers.connect(s.provider).registerAppliance(applianceParams(s.hotKey.address));
      const { tx } = await take(s, { terms: { appliance: 2n } });
      await expect(tx).to.be.revertedWithCustomError(s.exchange, "Exchange_TermsMismatch");
    });
  });

  context("given an ask that cannot be taken", () => {
    it("reverts for one that does not exist", async () => {
      const s = await loadFixture(listed);
      const { tx } = await take(s, { order: 2n });
      await expect(tx).to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder").withArgs(2);
    });

    it("reverts for one that was cancelled", async () => {
      const s = await loadFixture(listed);
      await s.exchange.connect(s.hotKey).cancel(s.order);
      const { tx } = await take(s);
      await expect(tx).to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder").withArgs(s.order);
    });

    it("is taken in its last second and not later", async () => {
      const s = await loadFixture(listed);
      await at(s.expiry - 1);
      await s.providers.connect(s.hotKey).beat(s.appliance);
      const last = await take(s, { terms: { salt: 1n, deadline: s.expiry + DAY } });
      await expect(last.tx).to.emit(s.exchange, "AskTaken");
      await at(s.expiry + 1);
      const late = await take(s, { terms: { salt: 2n, deadline: s.expiry + DAY } });
      await expect(late.tx)
        .to.be.revertedWithCustomError(s.exchange, "Exchange_Expired")
        .withArgs(s.order, s.expiry, s.expiry + 1);
    });

    it("reverts when it is sold out", async () => {
      const s = await asking(1n);
      await taken(s, 1n);
      const { tx } = await take(s, { terms: { salt: 2n } });
      await expect(tx).to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder").withArgs(s.order);
    });
  });

  context("given unfunded leases", () => {
    for (const [quantity, limit] of [
      [1n, 1],
      [2n, 1],
      [4n, 1],
      [5n, 2],
      [8n, 2],
      [9n, 3],
    ] as const) {
      it(`lets ${limit} of ${quantity} instances wait for their payment`, async () => {
        const s = await asking(quantity);
        for (let salt = 0n; salt < limit; salt++) await taken(s, salt);
        if (quantity === 1n) return;
        const { tx } = await take(s, { terms: { salt: 99n } });
        await expect(tx)
          .to.be.revertedWithCustomError(s.exchange, "Exchange_TooManyUnfunded")
          .withArgs(s.order, limit, quantity - BigInt(limit));
      });
    }

    it("lets another one in when one is paid, when one is declined and when one lapses", async () => {
      const s = await asking(8n);
      const ids = [await taken(s, 1n), await taken(s, 2n)] as const;
      await s.leases.connect(s.payments).credit(ids[0], PREPAYMENT);
      const third = await taken(s, 3n);
      await s.leases.connect(s.hotKey).decline(third, "");
      await taken(s, 4n);
      await time.increase(PAYMENT_WINDOW);
      await s.leases.close(ids[1]);
      await taken(s, 5n);
      const ask = await s.exchange.ask(s.order);
      expect([ask.quantity, ask.reservation.unfunded]).to.deep.equal([3n, 2n]);
    });

    it("counts an ask that was reduced by what it is now", async () => {
      const s = await asking(16n);
      for (const salt of [1n, 2n, 3n]) await taken(s, salt);
      await s.exchange.connect(s.hotKey).reduce(s.order, 1);
      const { tx } = await take(s, { terms: { salt: 4n } });
      await expect(tx).to.be.revertedWithCustomError(s.exchange, "Exchange_TooManyUnfunded").withArgs(s.order, 3, 1);
    });
  });
});
