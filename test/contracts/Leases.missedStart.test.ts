// SPDX-License-Identifier: Apache-2.0
// A start that was missed decides how a lease ends, whoever ends it and by whichever call.
import { expect } from "chai";
import {
  at,
  GRACE,
  HOUR,
  LAUNCH,
  listed,
  loadFixture,
  PENALTY,
  PREPAYMENT,
  PRICE,
  Reason,
  SEALED_ACCESS,
  State,
  take,
  time,
  untilClock,
} from "./fixture.ts";
import { balances, LEFT, PURSE, RELAUNCH, RESERVE, tokenActive, tokenPending, tokenReserved } from "./tokenFixture.ts";

/** Reserved nine and a half hours ago and launched with half an hour left; `startBy` is the last second for the start. */
async function launchedLate() {
  const s = await tokenReserved();
  await untilClock(s, s.startedAt + 9 * HOUR + 1802);
  await s.leases.connect(s.holder).launch(s.id, LAUNCH);
  return { ...s, startBy: (await time.latest()) + HOUR / 2 };
}

/** The same in bitcoin. */
async function launchedLateInBitcoin() {
  const s = await listed();
  const { id, tx } = await take(s, RESERVE);
  await tx;
  await s.leases.connect(s.payments).credit(id, PREPAYMENT);
  const startedAt = Number((await s.leases.lease(id)).time);
  await untilClock(s, startedAt + 9 * HOUR + 1802);
  await s.leases.connect(s.holder).launch(id, LAUNCH);
  return { ...s, id, startedAt, startBy: (await time.latest()) + HOUR / 2 };
}

describe("A start that was missed", () => {
  context("given a pending lease", () => {
    it("is penalised too when the holder stops it", async () => {
      const s = await loadFixture(tokenPending);
      await at(s.startBy + 1);
      const tx = s.leases.connect(s.holder).stop(s.id);
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.NotStarted, 0, PREPAYMENT);
      await expect(tx).to.emit(s.providers, "Slashed").withArgs(s.provider, PENALTY);
      expect((await balances(s)).holder).to.equal(PURSE);
    });
  });

  context("given a reserved lease", () => {
    it("refunds the reserved time too when the holder stops it", async () => {
      const s = await loadFixture(launchedLate);
      await at(s.startBy + 1);
      const tx = s.leases.connect(s.holder).stop(s.id);
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.NotStarted, 0, PREPAYMENT);
      await expect(tx).to.emit(s.providers, "Slashed").withArgs(s.provider, PENALTY);
      expect(await balances(s)).to.deep.equal({ holder: PURSE, provider: 0n, leases: 0n });
    });

    it("refunds everything when it is over before anybody closes it", async () => {
      const s = await loadFixture(launchedLate);
      await untilClock(s, s.startedAt + 10 * HOUR + GRACE + 1);
      await s.providers.connect(s.hotKey).beat(s.appliance);
      const status = await s.leases.statusOf(s.id);
      expect([status.state, status.reason, status.earned, status.refundable]).to.deep.equal([
        State.Closed,
        Reason.NotStarted,
        0n,
        PREPAYMENT,
      ]);
      await s.leases.close(s.id);
      expect(await balances(s)).to.deep.equal({ holder: PURSE, provider: 0n, leases: 0n });
    });

    it("cannot be undone by a payment that closes the lease", async () => {
      const s = await loadFixture(launchedLateInBitcoin);
      await untilClock(s, s.startedAt + 10 * HOUR + GRACE + 1);
      const tx = s.leases.connect(s.payments).credit(s.id, 1n);
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.NotStarted, 0, PREPAYMENT);
      await expect(tx).to.emit(s.providers, "Slashed").withArgs(s.provider, PENALTY);
      await expect(tx).not.to.emit(s.leases, "CollateralReleased");
      expect((await s.leases.statusOf(s.id)).refundable).to.equal(PREPAYMENT + 1n);
    });

    it("cannot be undone by a top-up that settles the reserved time", async () => {
      const s = await loadFixture(launchedLate);
      await untilClock(s, s.startedAt + 10 * HOUR + 60);
      const tx = s.leases.connect(s.stranger).topUp(s.id, PRICE);
      await expect(tx).not.to.emit(s.leases, "PeriodOpened");
      expect((await balances(s)).provider).to.equal(0n);
      await at(s.startBy + 120);
      await s.leases.close(s.id);
      expect(await balances(s)).to.deep.equal({ holder: PURSE + PRICE, provider: 0n, leases: 0n });
    });
  });

  context("given an active lease whose relaunch was missed", () => {
    it("keeps what was earned until it is closed, and burns nothing", async () => {
      const s = await loadFixture(tokenActive);
      await untilClock(s, s.startedAt + HOUR);
      await s.leases.connect(s.holder).launch(s.id, RELAUNCH);
      await untilClock(s, s.startedAt + 2 * HOUR);
      const tx = s.leases.connect(s.stranger).close(s.id);
      await expect(tx)
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.NotStarted, 2n * PRICE, PREPAYMENT - 2n * PRICE);
      await expect(tx).not.to.emit(s.providers, "Slashed");
      expect((await balances(s)).holder).to.equal(LEFT + PREPAYMENT - 2n * PRICE);
    });

    it("reverts for a start that comes late", async () => {
      const s = await loadFixture(tokenActive);
      await s.leases.connect(s.holder).launch(s.id, RELAUNCH);
      const startBy = (await time.latest()) + HOUR / 2;
      await at(startBy + 1);
      await expect(s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS))
        .to.be.revertedWithCustomError(s.leases, "Leases_StartWindowPassed")
        .withArgs(s.id, startBy, startBy + 1);
    });
  });
});
