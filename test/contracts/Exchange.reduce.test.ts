// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { askParams, GOOD_TILL, LOCK, listed, loadFixture, marketed, orderId, taken } from "./fixture.ts";

describe("Exchange.reduce", () => {
  context("given no such ask", () => {
    it("reverts", async () => {
      const s = await loadFixture(listed);
      await expect(s.exchange.connect(s.hotKey).reduce(2, 1))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder")
        .withArgs(2);
    });
  });

  context("given a caller who is neither the provider nor the hot key", () => {
    it("reverts", async () => {
      const s = await loadFixture(listed);
      await expect(s.exchange.connect(s.stranger).reduce(s.order, 1))
        .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
        .withArgs(s.appliance, s.stranger);
    });
  });

  context("given an ask of eight instances", () => {
    for (const quantity of [7, 1]) {
      it(`lowers it to ${quantity} and frees the rest's stake`, async () => {
        const s = await loadFixture(listed);
        const tx = s.exchange.connect(s.hotKey).reduce(s.order, quantity);
        await expect(tx).to.emit(s.exchange, "OrderReduced").withArgs(s.order, quantity);
        expect((await s.exchange.ask(s.order)).quantity).to.equal(quantity);
        expect((await s.providers.stakeOf(s.provider)).locked).to.equal(BigInt(quantity) * LOCK);
      });
    }

    for (const quantity of [0, 8, 9]) {
      it(`reverts for ${quantity}`, async () => {
        const s = await loadFixture(listed);
        await expect(s.exchange.connect(s.hotKey).reduce(s.order, quantity))
          .to.be.revertedWithCustomError(s.exchange, "Exchange_QuantityOutOfBounds")
          .withArgs(quantity, 1, 7);
      });
    }
  });

  context("given a sold-out ask", () => {
    it("reverts", async () => {
      const s = { ...(await loadFixture(marketed)), order: orderId(), expiry: 0 };
      await s.exchange.connect(s.hotKey).placeAsk(await askParams({ quantity: 1n }), GOOD_TILL);
      await taken(s, 1n);
      await expect(s.exchange.connect(s.hotKey).reduce(s.order, 1))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder")
        .withArgs(s.order);
    });
  });
});
