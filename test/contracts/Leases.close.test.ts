// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  active,
  at,
  BOND,
  COLLATERAL,
  DAY,
  GRACE,
  HOUR,
  LATE_PAYMENT_WINDOW,
  LOCK,
  live,
  loadFixture,
  PENALTY,
  PREPAYMENT,
  PRICE,
  pending,
  Reason,
  STAKE,
  State,
  time,
  unfunded,
  untilClock,
} from "./fixture.ts";

describe("Leases.close", () => {
  context("given no such lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(unfunded);
      await expect(s.leases.close(keccak256("0x04")))
        .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
        .withArgs(keccak256("0x04"));
    });
  });

  context("given an unfunded lease", () => {
    it("reverts in the last second of its payment window", async () => {
      const s = await loadFixture(unfunded);
      await at(s.payBy);
      await expect(s.leases.close(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotClosable")
        .withArgs(s.id, State.Unfunded, s.payBy + 1, s.payBy);
    });

    it("is closed by anyone a second later, and the bond goes to the provider", async () => {
      const s = await loadFixture(unfunded);
      const before = await s.vault.balanceOf(s.xov, s.provider);
      await at(s.payBy + 1);
      const tx = s.leases.connect(s.stranger).close(s.id);
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Unpaid, 0, 0);
      await expect(tx).not.to.emit(s.leases, "CollateralReleased");
      expect(await s.vault.balanceOf(s.xov, s.provider)).to.equal(before + BOND);
      expect((await s.exchange.ask(s.order)).reservation.unfunded).to.equal(0n);
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + COLLATERAL);
      const lease = await s.leases.lease(s.id);
      expect([lease.state, lease.reason, lease.time]).to.deep.equal([State.Closed, Reason.Unpaid, BigInt(s.payBy + 1)]);
    });

    it("owes what was paid in part", async () => {
      const s = await loadFixture(unfunded);
      await s.leases.connect(s.payments).credit(s.id, PRICE - 1n);
      await at(s.payBy + 1);
      await expect(s.leases.close(s.id))
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Unpaid, 0, PRICE - 1n);
    });
  });

  context("given a pending lease", () => {
    it("reverts in the last second of its start window", async () => {
      const s = await loadFixture(pending);
      await at(s.startBy);
      await expect(s.leases.close(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotClosable")
        .withArgs(s.id, State.Pending, s.startBy, s.startBy);
    });

    it("is closed by anyone a second later, and the start penalty is burned", async () => {
      const s = await loadFixture(pending);
      const supply = await s.xov.totalSupply();
      await at(s.startBy + 1);
      const tx = s.leases.connect(s.stranger).close(s.id);
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.NotStarted, 0, PREPAYMENT);
      await expect(tx).to.emit(s.providers, "Slashed").withArgs(s.provider, PENALTY);
      expect(await s.xov.totalSupply()).to.equal(supply - PENALTY);
      const stake = await s.providers.stakeOf(s.provider);
      expect(stake.free + stake.locked).to.equal(STAKE - PENALTY);
      expect(stake.locked).to.equal(7n * LOCK + COLLATERAL);
    });

    it("holds the collateral for a day, for a further payment that is under way", async () => {
      const s = await loadFixture(unfunded);
      await s.leases.connect(s.payments).credit(s.id, PRICE);
      await at((await time.latest()) + HOUR / 2 + 1);
      await s.leases.close(s.id);
      await s.leases.connect(s.payments).credit(s.id, 9n * PRICE);
      await time.increase(LATE_PAYMENT_WINDOW);
      await expect(s.leases.releaseCollateral(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NothingToRelease");
      expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(COLLATERAL);
    });
  });

  context("given an active lease", () => {
    it("reverts in the last second of its grace", async () => {
      const s = await loadFixture(active);
      const end = s.startedAt + 10 * HOUR + GRACE;
      await untilClock(s, end - 1);
      await expect(s.leases.close(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotClosable")
        .withArgs(s.id, State.Active, end, end - 1);
    });

    it("is closed by anyone a second later: all is earned, all stake is free", async () => {
      const s = await loadFixture(active);
      await untilClock(s, s.startedAt + 10 * HOUR + GRACE);
      const tx = s.leases.connect(s.stranger).close(s.id);
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Exhausted, PREPAYMENT, 0);
      await expect(tx).to.emit(s.leases, "CollateralReleased").withArgs(s.id, COLLATERAL, 0);
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK);
    });

    it("does not end while its appliance's clock stands still", async () => {
      const s = await loadFixture(active);
      await time.increase(30 * DAY);
      const clock = Number(await s.providers.clockOf(s.appliance));
      await expect(s.leases.close(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotClosable")
        .withArgs(s.id, State.Active, s.startedAt + 10 * HOUR + GRACE, clock);
    });

    it("ends later when it was revived", async () => {
      const s = await loadFixture(active);
      await untilClock(s, s.startedAt + 10 * HOUR + GRACE - 1);
      await s.leases.connect(s.payments).credit(s.id, PRICE);
      const revived = s.startedAt + 10 * HOUR + GRACE - 1;
      await live(s, GRACE);
      await untilClock(s, revived + HOUR + GRACE - 1);
      await expect(s.leases.close(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NotClosable");
      await untilClock(s, revived + HOUR + GRACE);
      await expect(s.leases.close(s.id)).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Exhausted, PRICE, 0);
    });
  });

  context("given a closed lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(unfunded);
      await at(s.payBy + 1);
      await s.leases.close(s.id);
      await at(s.payBy + 2);
      await expect(s.leases.close(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotClosable")
        .withArgs(s.id, State.Closed, 0, s.payBy + 2);
    });
  });
});
