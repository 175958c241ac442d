// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  active,
  at,
  COLLATERAL,
  HOUR,
  LATE_PAYMENT_WINDOW,
  LAUNCH,
  LOCK,
  loadFixture,
  PREPAYMENT,
  PRICE,
  pending,
  Reason,
  SEALED_ACCESS,
  State,
  time,
  untilClock,
} from "./fixture.ts";
import { balances, LEFT, PURSE, RELAUNCH, tokenActive, tokenPending, tokenReserved } from "./tokenFixture.ts";

/** Notice was given after an hour; `end` is on the provider clock. */
async function noticed() {
  const s = await active();
  await untilClock(s, s.startedAt + HOUR);
  await s.leases.connect(s.hotKey).giveNotice(s.id);
  return { ...s, end: s.startedAt + 10 * HOUR };
}

async function tokenNoticed() {
  const s = await tokenActive();
  await untilClock(s, s.startedAt + HOUR);
  await s.leases.connect(s.hotKey).giveNotice(s.id);
  return { ...s, end: s.startedAt + 10 * HOUR };
}

describe("Leases.giveNotice", () => {
  it("ends the lease when what is paid is used up", async () => {
    const s = await loadFixture(tokenActive);
    await expect(s.leases.connect(s.provider).giveNotice(s.id))
      .to.emit(s.leases, "NoticeGiven")
      .withArgs(s.id, s.startedAt + 10 * HOUR);
    const status = await s.leases.statusOf(s.id);
    expect([status.state, status.reason, status.exhaustedAt, status.overAt]).to.deep.equal([
      State.Active,
      Reason.Ended,
      BigInt(s.startedAt + 10 * HOUR),
      BigInt(s.startedAt + 10 * HOUR),
    ]);
  });

  it("may be given in the last paid second, not in the next", async () => {
    const s = await loadFixture(tokenActive);
    await untilClock(s, s.startedAt + 10 * HOUR - 1);
    await expect(s.leases.connect(s.hotKey).giveNotice(s.id)).to.emit(s.leases, "NoticeGiven");
    const other = await loadFixture(tokenActive);
    const end = other.startedAt + 10 * HOUR;
    await untilClock(other, end);
    await expect(other.leases.connect(other.hotKey).giveNotice(other.id))
      .to.be.revertedWithCustomError(other.leases, "Leases_Exhausted")
      .withArgs(other.id, end, end);
  });

  it("reverts for anyone but the provider and the hot key", async () => {
    const s = await loadFixture(tokenActive);
    await expect(s.leases.connect(s.holder).giveNotice(s.id))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
      .withArgs(s.appliance, s.holder);
  });

  it("reverts a second time", async () => {
    const s = await loadFixture(tokenNoticed);
    await expect(s.leases.connect(s.hotKey).giveNotice(s.id))
      .to.be.revertedWithCustomError(s.leases, "Leases_UnderNotice")
      .withArgs(s.id, s.end);
  });

  it("reverts for a lease that has not started", async () => {
    const s = await loadFixture(pending);
    await expect(s.leases.connect(s.hotKey).giveNotice(s.id))
      .to.be.revertedWithCustomError(s.leases, "Leases_WrongState")
      .withArgs(s.id, State.Pending, State.Active);
    const t = await loadFixture(tokenPending);
    await expect(t.leases.connect(t.hotKey).giveNotice(t.id))
      .to.be.revertedWithCustomError(t.leases, "Leases_WrongState")
      .withArgs(t.id, State.Pending, State.Active);
  });

  it("reverts for a closed lease, and for an unknown one", async () => {
    const s = await loadFixture(tokenActive);
    await s.leases.connect(s.holder).stop(s.id);
    await expect(s.leases.connect(s.hotKey).giveNotice(s.id))
      .to.be.revertedWithCustomError(s.leases, "Leases_WrongState")
      .withArgs(s.id, State.Closed, State.Active);
    await expect(s.leases.connect(s.hotKey).giveNotice(keccak256("0x17")))
      .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
      .withArgs(keccak256("0x17"));
  });

  it("reverts while a start is awaited, which only start and decline answer", async () => {
    const s = await loadFixture(tokenActive);
    await s.leases.connect(s.holder).launch(s.id, RELAUNCH);
    await expect(s.leases.connect(s.hotKey).giveNotice(s.id))
      .to.be.revertedWithCustomError(s.leases, "Leases_NotLaunchable")
      .withArgs(s.id, State.Active, Reason.None);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await expect(s.leases.connect(s.hotKey).giveNotice(s.id)).to.emit(s.leases, "NoticeGiven");
  });

  context("given a lease under notice", () => {
    it("is over without grace at the second it named", async () => {
      const s = await loadFixture(tokenNoticed);
      await untilClock(s, s.end - 1);
      await expect(s.leases.close(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotClosable")
        .withArgs(s.id, State.Active, s.end, s.end - 1);
      await untilClock(s, s.end);
      await expect(s.leases.connect(s.stranger).close(s.id))
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Ended, PREPAYMENT, 0);
    });

    it("takes no top-up", async () => {
      const s = await loadFixture(tokenNoticed);
      await expect(s.leases.connect(s.holder).topUp(s.id, PRICE))
        .to.be.revertedWithCustomError(s.leases, "Leases_UnderNotice")
        .withArgs(s.id, s.end);
      expect((await balances(s)).holder).to.equal(LEFT);
    });

    it("takes no relaunch", async () => {
      const s = await loadFixture(tokenNoticed);
      await expect(s.leases.connect(s.holder).launch(s.id, RELAUNCH))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotLaunchable")
        .withArgs(s.id, State.Active, Reason.Ended);
    });

    it("can be stopped before, and refunds the rest", async () => {
      const s = await loadFixture(tokenNoticed);
      await untilClock(s, s.startedAt + 2 * HOUR);
      await expect(s.leases.connect(s.holder).stop(s.id))
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Stopped, 2n * PRICE, PREPAYMENT - 2n * PRICE);
    });

    it("is not extended by bitcoin, which is owed back and covered for a day", async () => {
      const s = await loadFixture(noticed);
      await s.leases.connect(s.payments).credit(s.id, 3n * PRICE);
      expect((await s.leases.statusOf(s.id)).overAt).to.equal(s.end);
      await untilClock(s, s.end + 100);
      const tx = s.leases.connect(s.payments).credit(s.id, PRICE);
      await expect(tx)
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Ended, PREPAYMENT, 3n * PRICE);
      const closedAt = await time.latest();
      await expect(tx).not.to.emit(s.leases, "CollateralReleased");
      const status = await s.leases.statusOf(s.id);
      expect([status.earned, status.refundable]).to.deep.equal([PREPAYMENT, 4n * PRICE]);
      await at(closedAt + LATE_PAYMENT_WINDOW - 1);
      await expect(s.leases.releaseCollateral(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_HeldUntil");
      await at(closedAt + LATE_PAYMENT_WINDOW);
      await s.leases.releaseCollateral(s.id);
      const kept = (COLLATERAL * 4n) / 10n;
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + kept);
    });

    it("keeps the cover of an agreed payment that is under way when it ends", async () => {
      const s = await loadFixture(pending);
      await s.leases.connect(s.payments).uncredit(s.id, 9n * PRICE);
      await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
      await s.leases.connect(s.hotKey).giveNotice(s.id);
      await untilClock(s, Number((await s.leases.statusOf(s.id)).overAt));
      await s.leases.connect(s.provider).close(s.id);
      await expect(s.leases.releaseCollateral(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_HeldUntil");
      await s.leases.connect(s.payments).credit(s.id, 9n * PRICE);
      await time.increase(LATE_PAYMENT_WINDOW);
      await s.leases.releaseCollateral(s.id);
      expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal((COLLATERAL * 9n) / 10n);
    });
  });

  context("given reserved capacity", () => {
    it("ends it too; it cannot be launched any more", async () => {
      const s = await loadFixture(tokenReserved);
      await s.leases.connect(s.hotKey).giveNotice(s.id);
      await expect(s.leases.connect(s.holder).launch(s.id, LAUNCH))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotLaunchable")
        .withArgs(s.id, State.Reserved, Reason.Ended);
      await untilClock(s, s.startedAt + HOUR);
      await s.leases.connect(s.holder).stop(s.id);
      expect((await balances(s)).holder).to.equal(PURSE - PRICE);
    });
  });
});
