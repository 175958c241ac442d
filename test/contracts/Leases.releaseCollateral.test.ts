// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  active,
  at,
  COLLATERAL,
  GRACE,
  HOUR,
  LATE_PAYMENT_WINDOW,
  LOCK,
  loadFixture,
  PREPAYMENT,
  PRICE,
  pending,
  State,
  time,
  unfunded,
  untilClock,
} from "./fixture.ts";

/** A lease that lapsed, nothing paid. */
async function lapsed() {
  const s = await unfunded();
  await at(s.payBy + 1);
  await s.leases.close(s.id);
  return { ...s, until: s.payBy + 1 + LATE_PAYMENT_WINDOW };
}

describe("Leases.releaseCollateral", () => {
  context("given no such lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(lapsed);
      await expect(s.leases.releaseCollateral(keccak256("0x09")))
        .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
        .withArgs(keccak256("0x09"));
    });
  });

  for (const [name, fixture, state] of [
    ["an unfunded", unfunded, State.Unfunded],
    ["a pending", pending, State.Pending],
    ["an active", active, State.Active],
  ] as const) {
    context(`given ${name} lease`, () => {
      it("reverts", async () => {
        const s = await loadFixture<Awaited<ReturnType<typeof unfunded>>>(fixture);
        await expect(s.leases.releaseCollateral(s.id))
          .to.be.revertedWithCustomError(s.leases, "Leases_WrongState")
          .withArgs(s.id, state, State.Closed);
      });
    });
  }

  context("given an active lease whose grace has ended, not closed yet", () => {
    it("reverts until somebody closes it", async () => {
      const s = await loadFixture(active);
      await untilClock(s, s.startedAt + 10 * HOUR + GRACE);
      await expect(s.leases.releaseCollateral(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_WrongState");
    });
  });

  context("given a lease that lapsed", () => {
    it("reverts a second before a day has passed", async () => {
      const s = await loadFixture(lapsed);
      await at(s.until - 1);
      await expect(s.leases.releaseCollateral(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_HeldUntil")
        .withArgs(s.id, s.until, s.until - 1);
    });

    it("frees everything after a day, for anyone who asks", async () => {
      const s = await loadFixture(lapsed);
      await at(s.until);
      const tx = s.leases.connect(s.stranger).releaseCollateral(s.id);
      await expect(tx).to.emit(s.leases, "CollateralReleased").withArgs(s.id, COLLATERAL, 0);
      await expect(tx).to.emit(s.providers, "StakeUnlocked").withArgs(s.provider, COLLATERAL);
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK);
    });

    it("frees nothing twice", async () => {
      const s = await loadFixture(lapsed);
      await at(s.until);
      await s.leases.releaseCollateral(s.id);
      await expect(s.leases.releaseCollateral(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NothingToRelease")
        .withArgs(s.id);
    });

    it("keeps what covers a late payment, rounded up", async () => {
      const s = await loadFixture(lapsed);
      await s.leases.connect(s.payments).credit(s.id, 2n * PRICE + 1n);
      await at(s.until);
      await s.leases.releaseCollateral(s.id);
      const side = await s.leases.bitcoinSide(s.id);
      expect(side.collateral).to.equal((COLLATERAL * (2n * PRICE + 1n) + PREPAYMENT - 1n) / PREPAYMENT);
      expect(side.covered).to.equal(2n * PRICE + 1n);
    });

    it("covers nothing of what arrives after the release", async () => {
      const s = await loadFixture(lapsed);
      await s.leases.connect(s.payments).credit(s.id, 2n * PRICE);
      await at(s.until);
      await s.leases.releaseCollateral(s.id);
      await s.leases.connect(s.payments).credit(s.id, 4n * PRICE);
      await expect(s.leases.releaseCollateral(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NothingToRelease");
      expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(COLLATERAL / 5n);
      expect((await s.leases.statusOf(s.id)).refundable).to.equal(6n * PRICE);
    });
  });

  context("given more owed than was covered", () => {
    it("keeps everything", async () => {
      const s = await loadFixture(pending);
      await s.leases.connect(s.payments).credit(s.id, PREPAYMENT);
      await s.leases.connect(s.hotKey).decline(s.id, "");
      await time.increase(LATE_PAYMENT_WINDOW);
      await expect(s.leases.releaseCollateral(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NothingToRelease");
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + COLLATERAL);
    });
  });

  context("given a silent provider", () => {
    it("keeps the collateral for what is owed, beside the penalty", async () => {
      const s = await loadFixture(pending);
      await at(s.startBy + 1);
      await s.leases.close(s.id);
      await time.increase(LATE_PAYMENT_WINDOW);
      await expect(s.leases.releaseCollateral(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NothingToRelease");
      const stake = await s.providers.stakeOf(s.provider);
      expect(stake.locked).to.equal(7n * LOCK + COLLATERAL);
    });
  });
});
