// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { at, COLLATERAL, LOCK, listed, loadFixture, PENALTY, PRICE, Removal, STAKE, unfunded } from "./fixture.ts";

describe("Exchange.cancel", () => {
  context("given no such ask", () => {
    it("reverts", async () => {
      const s = await loadFixture(listed);
      await expect(s.exchange.connect(s.hotKey).cancel(2))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder")
        .withArgs(2);
    });
  });

  context("given an ask that has not expired", () => {
    for (const name of ["provider", "hotKey"] as const) {
      it(`removes it for the ${name} and frees its stake`, async () => {
        const s = await loadFixture(listed);
        const tx = s.exchange.connect(s[name]).cancel(s.order);
        await expect(tx).to.emit(s.exchange, "OrderRemoved").withArgs(s.order, Removal.Cancelled);
        await expect(tx)
          .to.emit(s.providers, "StakeUnlocked")
          .withArgs(s.provider, 8n * LOCK);
        await expect(s.exchange.ask(s.order)).to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder");
        expect((await s.providers.stakeOf(s.provider)).free).to.equal(STAKE);
      });
    }

    it("reverts for anyone else until its last second", async () => {
      const s = await loadFixture(listed);
      await at(s.expiry);
      await expect(s.exchange.connect(s.stranger).cancel(s.order))
        .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
        .withArgs(s.appliance, s.stranger);
    });

    it("is gone afterwards", async () => {
      const s = await loadFixture(listed);
      await s.exchange.connect(s.hotKey).cancel(s.order);
      await expect(s.exchange.connect(s.hotKey).cancel(s.order))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder")
        .withArgs(s.order);
    });
  });

  context("given an expired ask", () => {
    it("is removed by anyone, who is paid a bond out of what was locked", async () => {
      const s = await loadFixture(listed);
      await at(s.expiry + 1);
      const tx = s.exchange.connect(s.stranger).cancel(s.order);
      await expect(tx).to.emit(s.exchange, "OrderRemoved").withArgs(s.order, Removal.Expired);
      await expect(tx)
        .to.emit(s.providers, "StakeForfeited")
        .withArgs(s.provider, s.stranger, PENALTY / 8n);
      expect(await s.vault.balanceOf(s.xov, s.stranger)).to.equal(PENALTY / 8n);
      const stake = await s.providers.stakeOf(s.provider);
      expect([stake.free, stake.locked]).to.deep.equal([STAKE - PENALTY / 8n, 0n]);
    });

    it("costs its provider nothing that removes it itself", async () => {
      const s = await loadFixture(listed);
      await at(s.expiry + 1);
      const tx = s.exchange.connect(s.hotKey).cancel(s.order);
      await expect(tx).to.emit(s.exchange, "OrderRemoved").withArgs(s.order, Removal.Cancelled);
      expect((await s.providers.stakeOf(s.provider)).free).to.equal(STAKE);
    });
  });

  context("given an ask with an unfunded lease", () => {
    it("leaves the lease and what is locked for it", async () => {
      const s = await loadFixture(unfunded);
      await s.exchange.connect(s.hotKey).cancel(s.order);
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(PENALTY + COLLATERAL);
      await s.leases.connect(s.payments).credit(s.id, PRICE);
      await s.leases.connect(s.hotKey).start(s.id, "0x");
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(COLLATERAL);
    });
  });
});

describe("Exchange.endReservation", () => {
  it("reverts for anyone but the leases", async () => {
    const s = await loadFixture(unfunded);
    await expect(s.exchange.connect(s.provider).endReservation(s.order))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_NotLeases")
      .withArgs(s.provider);
  });
});
