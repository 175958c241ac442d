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
  loadFixture,
  PAYMENT_WINDOW,
  PENALTY,
  PREPAYMENT,
  PRICE,
  pending,
  Reason,
  State,
  time,
  unfunded,
  untilClock,
} from "./fixture.ts";

describe("Leases.uncredit", () => {
  context("given a caller other than the bitcoin payments", () => {
    it("reverts", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.hotKey).uncredit(s.id, PRICE))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotPayments")
        .withArgs(s.hotKey);
    });
  });

  context("given no such lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.payments).uncredit(keccak256("0x06"), PRICE))
        .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
        .withArgs(keccak256("0x06"));
    });
  });

  context("given an unfunded lease that is paid in part", () => {
    it("takes the part back and leaves the payment window", async () => {
      const s = await loadFixture(unfunded);
      await s.leases.connect(s.payments).credit(s.id, 5n);
      await expect(s.leases.connect(s.payments).uncredit(s.id, 5n))
        .to.emit(s.leases, "Uncredited")
        .withArgs(s.id, 5n, 5n, 0n);
      const lease = await s.leases.lease(s.id);
      expect([lease.state, lease.time, lease.deposit]).to.deep.equal([State.Unfunded, BigInt(s.payBy), 0n]);
    });

    it("takes no more than there is", async () => {
      const s = await loadFixture(unfunded);
      await s.leases.connect(s.payments).credit(s.id, 5n);
      expect(await s.leases.connect(s.payments).uncredit.staticCall(s.id, 6n)).to.equal(5n);
    });
  });

  context("given a pending lease", () => {
    it("stays pending while an hour is left", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT - PRICE)).not.to.emit(
        s.leases,
        "UnfundedAgain",
      );
      const lease = await s.leases.lease(s.id);
      expect([lease.state, lease.deadline]).to.deep.equal([State.Pending, BigInt(s.startBy)]);
    });

    it("is unfunded again below an hour, with a new payment window and without a bond", async () => {
      const s = await loadFixture(pending);
      const payBy = (await time.latest()) + 60 + PAYMENT_WINDOW;
      await at(payBy - PAYMENT_WINDOW);
      await expect(s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT - PRICE + 1n))
        .to.emit(s.leases, "UnfundedAgain")
        .withArgs(s.id, payBy);
      expect((await s.leases.lease(s.id)).state).to.equal(State.Unfunded);
      expect((await s.exchange.ask(s.order)).reservation.unfunded).to.equal(0n);
      await expect(s.leases.connect(s.hotKey).start(s.id, "0x"))
        .to.be.revertedWithCustomError(s.leases, "Leases_NoStartAwaited")
        .withArgs(s.id, State.Unfunded);
    });

    it("can be funded anew after that, and the ask counts nothing twice", async () => {
      const s = await loadFixture(pending);
      await s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT);
      await expect(s.leases.connect(s.payments).credit(s.id, PRICE)).not.to.emit(s.exchange, "ReservationEnded");
      expect((await s.leases.lease(s.id)).state).to.equal(State.Pending);
    });

    it("can lapse after that, at no cost to the provider", async () => {
      const s = await loadFixture(pending);
      const before = await s.vault.balanceOf(s.xov, s.provider);
      const { locked } = await s.providers.stakeOf(s.provider);
      await s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT);
      await time.increase(PAYMENT_WINDOW);
      await expect(s.leases.close(s.id)).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Unpaid, 0, 0);
      expect(await s.vault.balanceOf(s.xov, s.provider)).to.equal(before);
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(locked - PENALTY);
    });
  });

  context("given an active lease", () => {
    it("takes back no more than what is unspent, and leaves it exhausted", async () => {
      const s = await loadFixture(active);
      await untilClock(s, s.startedAt + HOUR);
      await expect(s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT))
        .to.emit(s.leases, "Uncredited")
        .withArgs(s.id, PREPAYMENT, PREPAYMENT - PRICE, PRICE);
      const status = await s.leases.statusOf(s.id);
      expect([status.deposit, status.earned, status.exhaustedAt]).to.deep.equal([
        PRICE,
        PRICE,
        BigInt(s.startedAt + HOUR),
      ]);
    });

    it("is revived by the payment in its new block", async () => {
      const s = await loadFixture(active);
      await untilClock(s, s.startedAt + HOUR);
      await s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT);
      await untilClock(s, s.startedAt + 2 * HOUR);
      await expect(s.leases.connect(s.payments).credit(s.id, PREPAYMENT - PRICE))
        .to.emit(s.leases, "PeriodOpened")
        .withArgs(s.id, s.startedAt + 2 * HOUR);
    });

    it("takes nothing once exhausted", async () => {
      const s = await loadFixture(active);
      await untilClock(s, s.startedAt + 10 * HOUR);
      await expect(s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT))
        .to.emit(s.leases, "Uncredited")
        .withArgs(s.id, PREPAYMENT, 0, PREPAYMENT);
    });

    it("takes everything in the second of the start", async () => {
      const s = await loadFixture(pending);
      const startAt = (await time.latest()) + 10;
      await at(startAt);
      await s.leases.connect(s.hotKey).start(s.id, "0x");
      const { time: clock } = await s.leases.lease(s.id);
      expect(await s.providers.clockOf(s.appliance)).to.equal(clock);
      const call = s.leases.connect(s.payments).uncredit;
      expect(await call.staticCall(s.id, PREPAYMENT, { blockTag: "latest" })).to.equal(PREPAYMENT);
    });
  });

  context("given a closed lease", () => {
    it("takes from what is owed, and never from what was earned", async () => {
      const s = await loadFixture(active);
      await untilClock(s, s.startedAt + 10 * HOUR + GRACE);
      await s.leases.connect(s.payments).credit(s.id, PRICE);
      await expect(s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT + PRICE))
        .to.emit(s.leases, "Uncredited")
        .withArgs(s.id, PREPAYMENT + PRICE, PRICE, PREPAYMENT);
      const status = await s.leases.statusOf(s.id);
      expect([status.earned, status.refundable]).to.deep.equal([PREPAYMENT, 0n]);
    });

    it("makes the collateral of what is no longer owed free to release", async () => {
      const s = await loadFixture(pending);
      await s.leases.connect(s.hotKey).decline(s.id, "");
      await s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT / 2n);
      await time.increase(LATE_PAYMENT_WINDOW);
      await expect(s.leases.releaseCollateral(s.id))
        .to.emit(s.leases, "CollateralReleased")
        .withArgs(s.id, COLLATERAL / 2n, COLLATERAL / 2n);
    });
  });
});
