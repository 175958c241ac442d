// SPDX-License-Identifier: Apache-2.0
// Payments within grace: what opens a new period, and what becomes of less.
import { expect } from "chai";
import {
  active,
  at,
  GRACE,
  HOUR,
  LAUNCH,
  LOCK,
  loadFixture,
  PREPAYMENT,
  PRICE,
  Reason,
  State,
  time,
  untilClock,
} from "./fixture.ts";
import { balances, LEFT, PURSE, tokenActive, tokenReserved } from "./tokenFixture.ts";

const LEAST = PRICE / 6n;

/** A thousand seconds before the end of grace. */
async function inGrace() {
  const s = await active();
  const end = s.startedAt + 10 * HOUR + GRACE;
  await untilClock(s, end - 1000);
  await s.providers.connect(s.hotKey).beat(s.appliance);
  return { ...s, end };
}

async function tokenInGrace() {
  const s = await tokenActive();
  const end = s.startedAt + 10 * HOUR + GRACE;
  await untilClock(s, end - 1000);
  await s.providers.connect(s.hotKey).beat(s.appliance);
  return { ...s, end };
}

describe("Reviving a lease paid in bitcoin", () => {
  it("takes a payment of ten minutes", async () => {
    const s = await loadFixture(inGrace);
    await untilClock(s, s.end - 1);
    await expect(s.leases.connect(s.payments).credit(s.id, LEAST))
      .to.emit(s.leases, "PeriodOpened")
      .withArgs(s.id, s.end - 1);
    const status = await s.leases.statusOf(s.id);
    expect([status.deposit, status.exhaustedAt, status.overAt]).to.deep.equal([
      LEAST,
      BigInt(s.end - 1 + 600),
      BigInt(s.end - 1 + 600 + GRACE),
    ]);
  });

  it("sets aside what is less: it neither prolongs the grace nor is spent on it", async () => {
    const s = await loadFixture(inGrace);
    const tx = s.leases.connect(s.payments).credit(s.id, LEAST - 1n);
    await expect(tx).not.to.emit(s.leases, "PeriodOpened");
    await expect(tx)
      .to.emit(s.leases, "Credited")
      .withArgs(s.id, LEAST - 1n, PREPAYMENT + LEAST - 1n);
    const status = await s.leases.statusOf(s.id);
    expect([status.earned, status.refundable, status.overAt]).to.deep.equal([PREPAYMENT, LEAST - 1n, BigInt(s.end)]);
  });

  it("opens the period with all that was set aside once it is enough", async () => {
    const s = await loadFixture(inGrace);
    for (const amount of [1n, LEAST - 3n, 1n]) await s.leases.connect(s.payments).credit(s.id, amount);
    const tx = s.leases.connect(s.payments).credit(s.id, 1n);
    await expect(tx).to.emit(s.leases, "PeriodOpened");
    await expect(tx).to.emit(s.leases, "Credited").withArgs(s.id, 1n, LEAST);
    const [lease, status] = [await s.leases.lease(s.id), await s.leases.statusOf(s.id)];
    expect([lease.deposit, lease.paid, status.earned, status.refundable]).to.deep.equal([LEAST, 0n, 0n, LEAST]);
  });

  it("owes what was set aside when grace ends, and keeps no collateral for so little", async () => {
    const s = await loadFixture(inGrace);
    await s.leases.connect(s.payments).credit(s.id, LEAST - 1n);
    await untilClock(s, s.end);
    await expect(s.leases.close(s.id))
      .to.emit(s.leases, "LeaseClosed")
      .withArgs(s.id, Reason.Exhausted, PREPAYMENT, LEAST - 1n);
    expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK);
  });

  it("owes it when the holder stops", async () => {
    const s = await loadFixture(inGrace);
    await s.leases.connect(s.payments).credit(s.id, 7n);
    await expect(s.leases.connect(s.holder).stop(s.id))
      .to.emit(s.leases, "LeaseClosed")
      .withArgs(s.id, Reason.Stopped, PREPAYMENT, 7n);
  });

  it("takes it back when Bitcoin removes it", async () => {
    const s = await loadFixture(inGrace);
    await s.leases.connect(s.payments).credit(s.id, 7n);
    await expect(s.leases.connect(s.payments).uncredit(s.id, 8n))
      .to.emit(s.leases, "Uncredited")
      .withArgs(s.id, 8n, 7n, PREPAYMENT);
    expect((await s.leases.lease(s.id)).paid).to.equal(0n);
    await expect(s.leases.connect(s.payments).credit(s.id, LEAST - 1n)).not.to.emit(s.leases, "PeriodOpened");
    expect((await s.leases.statusOf(s.id)).refundable).to.equal(LEAST - 1n);
  });
});

describe("Reviving a lease paid in a token", () => {
  it("settles the old period first, and pays for ten minutes at least", async () => {
    const s = await loadFixture(tokenInGrace);
    await untilClock(s, s.end - 1);
    const tx = s.leases.connect(s.holder).topUp(s.id, LEAST);
    await expect(tx).to.emit(s.leases, "Settled").withArgs(s.id, PREPAYMENT, PREPAYMENT);
    await expect(tx)
      .to.emit(s.leases, "PeriodOpened")
      .withArgs(s.id, s.end - 1);
    expect(await balances(s)).to.deep.equal({ holder: LEFT - LEAST, provider: PREPAYMENT, leases: LEAST });
    const { deposit, paid } = await s.leases.lease(s.id);
    expect([deposit, paid]).to.deep.equal([LEAST, 0n]);
  });

  it("settles only the rest of a period that was settled in part", async () => {
    const s = await loadFixture(tokenActive);
    await untilClock(s, s.startedAt + 4 * HOUR);
    await s.leases.settle(s.id);
    await untilClock(s, s.startedAt + 10 * HOUR);
    await expect(s.leases.connect(s.holder).topUp(s.id, PRICE))
      .to.emit(s.leases, "Settled")
      .withArgs(s.id, PREPAYMENT - 4n * PRICE, PREPAYMENT);
    expect((await balances(s)).provider).to.equal(PREPAYMENT);
  });

  for (const amount of [0n, LEAST - 1n]) {
    it(`reverts for ${amount}, and nothing changes`, async () => {
      const s = await loadFixture(tokenInGrace);
      await expect(s.leases.connect(s.holder).topUp(s.id, amount))
        .to.be.revertedWithCustomError(s.leases, "Leases_TopUpTooSmall")
        .withArgs(s.id, amount, LEAST);
      expect((await s.leases.statusOf(s.id)).overAt).to.equal(s.end);
    });
  }

  it("reverts once grace has ended", async () => {
    const s = await loadFixture(tokenInGrace);
    await untilClock(s, s.end);
    await expect(s.leases.connect(s.holder).topUp(s.id, PRICE))
      .to.be.revertedWithCustomError(s.leases, "Leases_Over")
      .withArgs(s.id, s.end, s.end);
  });

  it("revives reserved capacity, which can be launched then", async () => {
    const s = await loadFixture(tokenReserved);
    await untilClock(s, s.startedAt + 10 * HOUR);
    await expect(s.leases.connect(s.holder).launch(s.id, LAUNCH))
      .to.be.revertedWithCustomError(s.leases, "Leases_NotLaunchable")
      .withArgs(s.id, State.Reserved, Reason.None);
    await s.leases.connect(s.holder).topUp(s.id, PRICE);
    await s.leases.connect(s.holder).launch(s.id, LAUNCH);
    await s.leases.connect(s.hotKey).decline(s.id, "no");
    expect(await balances(s)).to.deep.equal({ holder: PURSE - PREPAYMENT, provider: PREPAYMENT, leases: 0n });
  });
});

describe("Leases.giveNotice in grace", () => {
  it("reverts: the grace is the holder's", async () => {
    const s = await loadFixture(inGrace);
    const { clock } = await s.leases.statusOf(s.id);
    await at((await time.latest()) + 1);
    await expect(s.leases.connect(s.hotKey).giveNotice(s.id))
      .to.be.revertedWithCustomError(s.leases, "Leases_Exhausted")
      .withArgs(s.id, s.startedAt + 10 * HOUR, clock + 1n);
  });
});
