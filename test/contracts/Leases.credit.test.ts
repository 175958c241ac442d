// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  active,
  at,
  BOND,
  COLLATERAL,
  GRACE,
  HOUR,
  LATE_PAYMENT_WINDOW,
  LOCK,
  listed,
  live,
  loadFixture,
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

describe("Leases.credit", () => {
  context("given a caller other than the bitcoin payments", () => {
    it("reverts", async () => {
      const s = await loadFixture(unfunded);
      await expect(s.leases.connect(s.stranger).credit(s.id, PRICE))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotPayments")
        .withArgs(s.stranger);
    });
  });

  context("given no such lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(listed);
      const id = keccak256("0x02");
      await expect(s.leases.connect(s.payments).credit(id, PRICE))
        .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
        .withArgs(id);
    });
  });

  context("given an amount beyond 88 bits", () => {
    it("reverts", async () => {
      const s = await loadFixture(unfunded);
      await expect(s.leases.connect(s.payments).credit(s.id, 2n ** 88n)).to.be.revertedWithCustomError(
        s.leases,
        "SafeCastOverflowedUintDowncast",
      );
    });
  });

  context("given an unfunded lease", () => {
    it("stays unfunded while less than an hour is paid", async () => {
      const s = await loadFixture(unfunded);
      const tx = s.leases.connect(s.payments).credit(s.id, PRICE - 1n);
      await expect(tx)
        .to.emit(s.leases, "Credited")
        .withArgs(s.id, PRICE - 1n, PRICE - 1n);
      await expect(tx).not.to.emit(s.leases, "Funded");
      expect((await s.leases.lease(s.id)).state).to.equal(State.Unfunded);
      expect((await s.exchange.ask(s.order)).reservation.unfunded).to.equal(1n);
    });

    it("is pending once several payments together make an hour", async () => {
      const s = await loadFixture(unfunded);
      await s.leases.connect(s.payments).credit(s.id, PRICE - 1n);
      const startBy = (await time.latest()) + 10 + HOUR / 2;
      await at(startBy - HOUR / 2);
      const tx = s.leases.connect(s.payments).credit(s.id, 1n);
      await expect(tx).to.emit(s.leases, "Funded").withArgs(s.id);
      await expect(tx).to.emit(s.leases, "StartAwaited").withArgs(s.id, startBy);
      const lease = await s.leases.lease(s.id);
      expect([lease.state, lease.deadline, lease.deposit]).to.deep.equal([State.Pending, BigInt(startBy), PRICE]);
    });

    it("returns the bond to the opener and ends the reservation", async () => {
      const s = await loadFixture(unfunded);
      const before = await s.vault.balanceOf(s.xov, s.relayer);
      await expect(s.leases.connect(s.payments).credit(s.id, PREPAYMENT))
        .to.emit(s.exchange, "ReservationEnded")
        .withArgs(s.order);
      expect(await s.vault.balanceOf(s.xov, s.relayer)).to.equal(before + BOND);
      expect((await s.exchange.ask(s.order)).reservation.unfunded).to.equal(0n);
      const side = await s.leases.bitcoinSide(s.id);
      expect([side.bond, side.place, side.collateral, side.covered]).to.deep.equal([0n, 0n, COLLATERAL, PREPAYMENT]);
    });

    it("funds it past its payment window too, as long as nobody closed it", async () => {
      const s = await loadFixture(unfunded);
      await at(s.payBy + 1);
      await expect(s.leases.connect(s.payments).credit(s.id, PRICE)).to.emit(s.leases, "Funded");
    });

    it("funds it after its ask was cancelled", async () => {
      const s = await loadFixture(unfunded);
      await s.exchange.connect(s.hotKey).cancel(s.order);
      await expect(s.leases.connect(s.payments).credit(s.id, PRICE)).to.emit(s.leases, "Funded");
    });
  });

  context("given a pending lease", () => {
    it("adds to the deposit and leaves the start window", async () => {
      const s = await loadFixture(pending);
      await s.leases.connect(s.payments).credit(s.id, 7n);
      const lease = await s.leases.lease(s.id);
      expect([lease.state, lease.deadline, lease.deposit]).to.deep.equal([
        State.Pending,
        BigInt(s.startBy),
        PREPAYMENT + 7n,
      ]);
    });
  });

  context("given an active lease", () => {
    it("extends it", async () => {
      const s = await loadFixture(active);
      await s.leases.connect(s.payments).credit(s.id, PRICE);
      const status = await s.leases.statusOf(s.id);
      expect(status.exhaustedAt).to.equal(s.startedAt + 11 * HOUR);
      expect(status.overAt).to.equal(s.startedAt + 11 * HOUR + GRACE);
    });

    it("extends it in its last paid second", async () => {
      const s = await loadFixture(active);
      await untilClock(s, s.startedAt + 10 * HOUR - 1);
      await expect(s.leases.connect(s.payments).credit(s.id, PRICE)).not.to.emit(s.leases, "PeriodOpened");
      expect((await s.leases.lease(s.id)).deposit).to.equal(PREPAYMENT + PRICE);
    });
  });

  context("given an exhausted lease in grace", () => {
    for (const [when, offset] of [
      ["first", 0],
      ["last", GRACE - 1],
    ] as const) {
      it(`opens a new period in its ${when} second, so that the gap is free`, async () => {
        const s = await loadFixture(active);
        const clock = s.startedAt + 10 * HOUR + offset;
        await untilClock(s, clock);
        const tx = s.leases.connect(s.payments).credit(s.id, 2n * PRICE);
        await expect(tx).to.emit(s.leases, "PeriodOpened").withArgs(s.id, clock);
        await expect(tx)
          .to.emit(s.leases, "Credited")
          .withArgs(s.id, 2n * PRICE, 2n * PRICE);
        const status = await s.leases.statusOf(s.id);
        expect([status.state, status.deposit, status.exhaustedAt]).to.deep.equal([
          State.Active,
          2n * PRICE,
          BigInt(clock + 2 * HOUR),
        ]);
        expect(status.earned).to.equal(0n);
        expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(COLLATERAL);
      });
    }
  });

  context("given a lease whose grace has ended", () => {
    it("closes it in that second and owes the payment, uncovered", async () => {
      const s = await loadFixture(active);
      await untilClock(s, s.startedAt + 10 * HOUR + GRACE);
      const tx = s.leases.connect(s.payments).credit(s.id, PRICE);
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Exhausted, PREPAYMENT, 0);
      await expect(tx)
        .to.emit(s.leases, "Credited")
        .withArgs(s.id, PRICE, PREPAYMENT + PRICE);
      await expect(tx).to.emit(s.leases, "CollateralReleased").withArgs(s.id, COLLATERAL, 0);
      const status = await s.leases.statusOf(s.id);
      expect([status.state, status.earned, status.refundable]).to.deep.equal([State.Closed, PREPAYMENT, PRICE]);
      await live(s, HOUR);
      expect((await s.leases.statusOf(s.id)).earned).to.equal(PREPAYMENT);
    });
  });

  context("given a lease closed unpaid", () => {
    it("owes the payment and keeps collateral for it in proportion", async () => {
      const s = await loadFixture(unfunded);
      await at(s.payBy + 1);
      await s.leases.close(s.id);
      await s.leases.connect(s.payments).credit(s.id, 2n * PRICE);
      const status = await s.leases.statusOf(s.id);
      expect([status.state, status.reason, status.refundable]).to.deep.equal([State.Closed, Reason.Unpaid, 2n * PRICE]);
      await time.increase(LATE_PAYMENT_WINDOW);
      await expect(s.leases.releaseCollateral(s.id))
        .to.emit(s.leases, "CollateralReleased")
        .withArgs(s.id, (COLLATERAL * 8n) / 10n, (COLLATERAL * 2n) / 10n);
    });
  });

  context("given several instances of one ask", () => {
    it("locks stake for each ask instance and each lease, and nothing more", async () => {
      const s = await loadFixture(unfunded);
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + PENALTY + COLLATERAL);
    });
  });
});
