// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { COLLATERAL, LATE_PAYMENT_WINDOW, LOCK, loadFixture, PREPAYMENT, PRICE, pending, time } from "./fixture.ts";

/** A lease that its provider declined: the whole prepayment is owed. */
async function declined() {
  const s = await pending();
  await s.leases.connect(s.hotKey).decline(s.id, "");
  return { ...s, leases: s.leases.connect(s.debts) };
}

describe("Leases.repay", () => {
  it("lessens the debt and frees the collateral that it needs no more", async () => {
    const s = await loadFixture(declined);
    await time.increase(LATE_PAYMENT_WINDOW);
    const tx = s.leases.repay(s.id, 4n * PRICE);
    await expect(tx)
      .to.emit(s.leases, "DebtSettled")
      .withArgs(s.id, 4n * PRICE, 6n * PRICE);
    const kept = (COLLATERAL * 6n) / 10n;
    await expect(tx)
      .to.emit(s.leases, "CollateralReleased")
      .withArgs(s.id, COLLATERAL - kept, kept);
    const status = await s.leases.statusOf(s.id);
    expect([status.deposit, status.earned, status.refundable]).to.deep.equal([6n * PRICE, 0n, 6n * PRICE]);
  });

  it("frees nothing while payments may be under way", async () => {
    const s = await loadFixture(declined);
    await s.leases.repay(s.id, PREPAYMENT);
    expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(COLLATERAL);
    await time.increase(LATE_PAYMENT_WINDOW);
    await s.leases.releaseCollateral(s.id);
    expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK);
  });

  it("settles no more than is owed", async () => {
    const s = await loadFixture(declined);
    await expect(s.leases.repay(s.id, PREPAYMENT + 1n))
      .to.emit(s.leases, "DebtSettled")
      .withArgs(s.id, PREPAYMENT, 0);
  });

  it("is for the contract of debts only", async () => {
    const s = await loadFixture(declined);
    await expect(s.leases.connect(s.provider).repay(s.id, 1n))
      .to.be.revertedWithCustomError(s.leases, "Leases_NotDebts")
      .withArgs(s.provider);
  });
});

describe("Leases.forfeit", () => {
  it("pays the share of the collateral to the holder's vault balance, rounded down", async () => {
    const s = await loadFixture(declined);
    const share = (COLLATERAL * (PRICE + 1n)) / PREPAYMENT;
    const tx = s.leases.forfeit(s.id, PRICE + 1n);
    await expect(tx)
      .to.emit(s.leases, "CollateralForfeited")
      .withArgs(s.id, share, COLLATERAL - share);
    await expect(tx).to.emit(s.providers, "StakeForfeited").withArgs(s.provider, s.holder, share);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(share);
    expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + COLLATERAL - share);
    const side = await s.leases.bitcoinSide(s.id);
    expect([side.collateral, side.covered]).to.deep.equal([COLLATERAL - share, PREPAYMENT - PRICE - 1n]);
    expect((await s.leases.statusOf(s.id)).refundable).to.equal(PREPAYMENT - PRICE - 1n);
  });

  it("pays no more than is owed, though more is covered", async () => {
    const s = await loadFixture(declined);
    await s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT - PRICE);
    await s.leases.forfeit(s.id, PREPAYMENT);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(COLLATERAL / 10n);
  });

  it("pays no more than is covered, though more is owed", async () => {
    const s = await loadFixture(declined);
    await s.leases.connect(s.payments).credit(s.id, PRICE);
    await s.leases.forfeit(s.id, PREPAYMENT + PRICE);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(COLLATERAL);
    expect((await s.leases.statusOf(s.id)).refundable).to.equal(PRICE);
  });

  it("is for the contract of debts only", async () => {
    const s = await loadFixture(declined);
    await expect(s.leases.connect(s.holder).forfeit(s.id, 1n))
      .to.be.revertedWithCustomError(s.leases, "Leases_NotDebts")
      .withArgs(s.holder);
  });
});

describe("Providers.forfeit", () => {
  it("is for those who lock stake", async () => {
    const s = await loadFixture(declined);
    await expect(s.providers.connect(s.provider).forfeit(s.provider, s.provider, 1n))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotLocker")
      .withArgs(s.provider);
  });
});
