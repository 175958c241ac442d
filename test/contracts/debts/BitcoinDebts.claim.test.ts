// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import {
  at,
  COLLATERAL,
  DAY,
  LATE_PAYMENT_WINDOW,
  LOCK,
  loadFixture,
  PREPAYMENT,
  PRICE,
  STAKE,
  take,
  termsOf,
  time,
} from "../fixture.ts";
import {
  CLAIM_DELAY,
  CONFIRM_DELAY,
  claimed,
  closed,
  FEE,
  OWED,
  proofOf,
  proven,
  REFUND_WINDOW,
  refunded,
  removeBlocks,
  SMALLEST,
  withDebts,
  withoutScript,
} from "./fixture.ts";

/** A lease that lapsed with so much paid. */
async function lapsed(amount: bigint) {
  const s = await withDebts();
  const terms = await termsOf(s);
  const { id, tx } = await take(s, { terms });
  await tx;
  await s.leases.connect(s.payments).credit(id, amount);
  await s.leases.connect(s.hotKey).decline(id, "");
  return { ...s, id, terms, closedAt: await time.latest() };
}

const tooSmall = () => lapsed(SMALLEST - 1n);

describe("BitcoinDebts.claim", () => {
  it("claims what is owed a week after the close, for the holder, by anyone", async () => {
    const s = await loadFixture(closed);
    const now = s.closedAt + REFUND_WINDOW;
    await at(now);
    await expect(s.bitcoinDebts.claim(s.terms))
      .to.emit(s.bitcoinDebts, "CollateralClaimed")
      .withArgs(s.id, OWED, now + CLAIM_DELAY);
    expect((await s.bitcoinDebts.debtOf(s.id)).claimed).to.equal(OWED);
  });

  it("matures no sooner than stake that leaves", async () => {
    const s = await loadFixture(closed);
    expect(await s.bitcoinDebts.CLAIM_DELAY()).to.be.at.least(await s.providers.UNSTAKE_DELAY());
  });

  it("reverts a second before", async () => {
    const s = await loadFixture(closed);
    const due = s.closedAt + REFUND_WINDOW;
    await at(due - 1);
    await expect(s.bitcoinDebts.claim(s.terms))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NotDue")
      .withArgs(s.id, due, due - 1);
  });

  it("needs no week when the terms have no refund script", async () => {
    const s = await loadFixture(withoutScript);
    await expect(s.bitcoinDebts.claim(s.terms)).to.emit(s.bitcoinDebts, "CollateralClaimed");
  });

  it("claims no more than is covered", async () => {
    const s = await loadFixture(closed);
    await s.leases.connect(s.payments).credit(s.id, PRICE);
    await at(s.closedAt + REFUND_WINDOW);
    await s.bitcoinDebts.claim(s.terms);
    expect((await s.bitcoinDebts.debtOf(s.id)).claimed).to.equal(PREPAYMENT);
  });

  it("reverts while another claim is open", async () => {
    const s = await loadFixture(claimed);
    await expect(s.bitcoinDebts.claim(s.terms))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_ClaimedAlready")
      .withArgs(s.id, s.payableAt);
  });

  it("reverts when it is refunded", async () => {
    const s = await loadFixture(proven);
    await at(s.closedAt + REFUND_WINDOW);
    await expect(s.bitcoinDebts.claim(s.terms))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_TooSmall")
      .withArgs(s.id, 0, SMALLEST);
  });

  it("reverts below the minimum, whose collateral is free", async () => {
    const s = await loadFixture(tooSmall);
    await at(s.closedAt + REFUND_WINDOW);
    await expect(s.bitcoinDebts.claim(s.terms))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_TooSmall")
      .withArgs(s.id, SMALLEST - 1n, SMALLEST);
    await expect(s.leases.releaseCollateral(s.id))
      .to.emit(s.leases, "CollateralReleased")
      .withArgs(s.id, COLLATERAL, 0);
    expect((await s.leases.statusOf(s.id)).refundable).to.equal(SMALLEST - 1n);
  });

  it("counts a payment that was too small together with what arrives later", async () => {
    const s = await loadFixture(tooSmall);
    await s.leases.connect(s.payments).credit(s.id, 1n);
    await at(s.closedAt + REFUND_WINDOW);
    await expect(s.bitcoinDebts.claim(s.terms)).to.emit(s.bitcoinDebts, "CollateralClaimed");
  });

  it("reverts when nothing covers it: it came after the collateral was free", async () => {
    const s = await loadFixture(tooSmall);
    await time.increase(LATE_PAYMENT_WINDOW);
    await s.leases.releaseCollateral(s.id);
    await s.leases.connect(s.payments).credit(s.id, 4n * PRICE);
    await at(s.closedAt + REFUND_WINDOW);
    await expect(s.bitcoinDebts.claim(s.terms))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NotCovered")
      .withArgs(s.id);
    expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(SMALLEST - 1n + 4n * PRICE);
  });

  it("reverts for a lease that is open", async () => {
    const s = await loadFixture(withDebts);
    const terms = await termsOf(s);
    const { id, tx } = await take(s, { terms });
    await tx;
    await expect(s.bitcoinDebts.claim(terms))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NotClosed")
      .withArgs(id);
  });
});

describe("BitcoinDebts.collect", () => {
  it("pays the collateral to the holder's vault balance when the claim has matured", async () => {
    const s = await loadFixture(claimed);
    await at(s.payableAt);
    const tx = s.bitcoinDebts.collect(s.id);
    await expect(tx).to.emit(s.bitcoinDebts, "ClaimPaid").withArgs(s.id, s.holder, OWED, COLLATERAL);
    await expect(tx).to.emit(s.leases, "DebtSettled").withArgs(s.id, OWED, 0);
    await expect(tx).to.emit(s.leases, "CollateralForfeited").withArgs(s.id, COLLATERAL, 0);
    await expect(tx).to.emit(s.providers, "StakeForfeited").withArgs(s.provider, s.holder, COLLATERAL);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(COLLATERAL);
    const stake = await s.providers.stakeOf(s.provider);
    expect([stake.free, stake.locked]).to.deep.equal([STAKE - 8n * LOCK + LOCK - COLLATERAL, 7n * LOCK]);
  });

  it("reverts a second before, without a claim, and the second time", async () => {
    const s = await loadFixture(claimed);
    await at(s.payableAt - 1);
    await expect(s.bitcoinDebts.collect(s.id))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NotPayable")
      .withArgs(s.id, s.payableAt, s.payableAt - 1);
    await at(s.payableAt);
    await s.bitcoinDebts.collect(s.id);
    await expect(s.bitcoinDebts.collect(s.id))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NotClaimed")
      .withArgs(s.id);
  });

  it("keeps the collateral the provider's locked stake until then", async () => {
    const s = await loadFixture(claimed);
    await at(s.payableAt - 1);
    expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + COLLATERAL);
    await expect(s.leases.releaseCollateral(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NothingToRelease");
  });

  it("pays only what is still owed: a refund counts until then, so nobody is paid twice", async () => {
    const s = await loadFixture(claimed);
    const refund = await refunded(s, { block: { time: await time.latest() } });
    await s.bitcoinDebts.prove(...proofOf(s, refund));
    await at(s.payableAt);
    await expect(s.bitcoinDebts.collect(s.id)).to.emit(s.bitcoinDebts, "ClaimPaid").withArgs(s.id, s.holder, 0, 0);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(0n);
    await s.bitcoinDebts.confirm(refund.txid, 0);
    expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(0n);
  });

  it("pays the rest pro rata, rounded down, after a part was refunded", async () => {
    const s = await loadFixture(claimed);
    const sats = 7_001n;
    const refund = await refunded(s, { sats, block: { time: await time.latest() } });
    await s.bitcoinDebts.prove(...proofOf(s, refund));
    await at(s.payableAt);
    const rest = OWED - sats * 1000n;
    await s.bitcoinDebts.collect(s.id);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal((COLLATERAL * rest) / PREPAYMENT);
    await s.bitcoinDebts.confirm(refund.txid, 0);
    const side = await s.leases.bitcoinSide(s.id);
    expect([side.collateral, side.covered]).to.deep.equal([0n, 0n]);
  });

  it("pays a refund's share after all when its block was removed: by a new claim", async () => {
    const s = await loadFixture(proven);
    await removeBlocks(s);
    await s.bitcoinDebts.revoke(s.refund.txid, 0);
    await at(s.closedAt + REFUND_WINDOW);
    await s.bitcoinDebts.claim(s.terms);
    await time.increase(CLAIM_DELAY);
    await s.bitcoinDebts.collect(s.id);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(COLLATERAL);
  });

  it("pays nothing for payments that Bitcoin has taken back: a forged fork that falls behind gains no collateral", async () => {
    const s = await loadFixture(claimed);
    await s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT);
    await at(s.payableAt);
    await expect(s.bitcoinDebts.collect(s.id)).to.emit(s.bitcoinDebts, "ClaimPaid").withArgs(s.id, s.holder, 0, 0);
    await s.leases.releaseCollateral(s.id);
    expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK);
  });

  it("leaves what arrived after the claim to another one, as far as it is covered", async () => {
    const s = await loadFixture(closed);
    await s.leases.connect(s.payments).uncredit(s.id, PREPAYMENT / 2n);
    await at(s.closedAt + REFUND_WINDOW);
    await s.bitcoinDebts.claim(s.terms);
    await s.leases.connect(s.payments).credit(s.id, PREPAYMENT);
    await time.increase(CLAIM_DELAY);
    await s.bitcoinDebts.collect(s.id);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(COLLATERAL / 2n);
    expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(PREPAYMENT);
    await s.bitcoinDebts.claim(s.terms);
    await time.increase(CLAIM_DELAY);
    await s.bitcoinDebts.collect(s.id);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(COLLATERAL);
    expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(PREPAYMENT / 2n);
    await expect(s.bitcoinDebts.claim(s.terms)).to.be.revertedWithCustomError(
      s.bitcoinDebts,
      "BitcoinDebts_NotCovered",
    );
  });
});

describe("A provider that forges a refund on a fork", () => {
  it("gains nothing when the fork falls behind within three days", async () => {
    const s = await loadFixture(closed);
    const forged = await refunded(s, { sats: (OWED - FEE) / 1000n });
    await s.bitcoinDebts.prove(...proofOf(s, forged));
    await removeBlocks(s);
    await time.increase(CONFIRM_DELAY);
    await expect(s.bitcoinDebts.confirm(forged.txid, 0)).to.be.revertedWithCustomError(
      s.bitcoinDebts,
      "BitcoinDebts_BlockRemoved",
    );
    await s.bitcoinDebts.revoke(forged.txid, 0);
    expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(OWED);
    expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(COLLATERAL);
  });

  it("frees the collateral of the leases whose refunds it forged when the fork stays ahead for three days", async () => {
    const s = await loadFixture(proven);
    await at(s.confirmableAt);
    await s.bitcoinDebts.confirm(s.refund.txid, 0);
    await removeBlocks(s);
    expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(0n);
    expect(await time.latest()).to.be.at.least(s.closedAt + 3 * DAY);
  });
});
