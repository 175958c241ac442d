// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { last, mineChain } from "../bitcoin/support/blocks.ts";
import { submitAll } from "../bitcoin/support/lightClient.ts";
import { at, COLLATERAL, LOCK, loadFixture, PREPAYMENT, PRICE, time } from "../fixture.ts";
import { CONFIRM_DELAY, closed, OWED, proofOf, proven, refunded, removeBlocks } from "./fixture.ts";

describe("BitcoinDebts.confirm", () => {
  it("settles the debt for good after three days: the collateral is free", async () => {
    const s = await loadFixture(proven);
    await at(s.confirmableAt);
    const tx = s.bitcoinDebts.confirm(s.refund.txid, 0);
    await expect(tx).to.emit(s.bitcoinDebts, "RefundConfirmed").withArgs(s.id, s.refund.txid, 0, OWED);
    await expect(tx).to.emit(s.leases, "DebtSettled").withArgs(s.id, OWED, 0);
    await expect(tx).to.emit(s.leases, "CollateralReleased").withArgs(s.id, COLLATERAL, 0);
    expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK);
    expect((await s.leases.statusOf(s.id)).refundable).to.equal(0n);
    expect((await s.bitcoinDebts.debtOf(s.id)).refunded).to.equal(0n);
  });

  it("reverts a second before", async () => {
    const s = await loadFixture(proven);
    await at(s.confirmableAt - 1);
    await expect(s.bitcoinDebts.confirm(s.refund.txid, 0))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NotConfirmable")
      .withArgs(s.refund.txid, 0, s.confirmableAt, s.confirmableAt - 1);
  });

  it("reverts the second time, and for what was never proven", async () => {
    const s = await loadFixture(proven);
    await at(s.confirmableAt);
    await s.bitcoinDebts.confirm(s.refund.txid, 0);
    await expect(s.bitcoinDebts.confirm(s.refund.txid, 0))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_AlreadyProven")
      .withArgs(s.refund.txid, 0, s.id);
    await expect(s.bitcoinDebts.confirm(s.refund.txid, 1))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NoSuchRefund")
      .withArgs(s.refund.txid, 1);
  });

  it("frees nothing when the block was removed meanwhile", async () => {
    const s = await loadFixture(proven);
    await removeBlocks(s);
    await at(s.confirmableAt);
    await expect(s.bitcoinDebts.confirm(s.refund.txid, 0))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_BlockRemoved")
      .withArgs(s.refund.block.height);
    expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(COLLATERAL);
  });

  it("counts a block that has left the ring as there", async () => {
    const s = await loadFixture(proven);
    const { relayer } = s;
    await time.increase(5000 * 600);
    await submitAll(s.lightClient.connect(relayer), mineChain(last(s.refund.blocks), 4096));
    expect(await s.lightClient.blockHashAt(s.refund.block.height)).to.equal(`0x${"00".repeat(32)}`);
    await expect(s.bitcoinDebts.confirm(s.refund.txid, 0)).to.emit(s.bitcoinDebts, "RefundConfirmed");
  });

  it("frees the share of a part, rounded down", async () => {
    const s = await loadFixture(closed);
    const sats = 7_001n;
    const refund = await refunded(s, { sats });
    await s.bitcoinDebts.prove(...proofOf(s, refund));
    await time.increase(CONFIRM_DELAY);
    await s.bitcoinDebts.confirm(refund.txid, 0);
    const left = OWED - sats * 1000n;
    const kept = (COLLATERAL * left + PREPAYMENT - 1n) / PREPAYMENT;
    expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(kept);
    expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(left);
  });

  it("settles no more than is still owed when payments were revoked after the refund", async () => {
    const s = await loadFixture(proven);
    await s.leases.connect(s.payments).uncredit(s.id, 4n * PRICE);
    expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(0n);
    await at(s.confirmableAt);
    await expect(s.bitcoinDebts.confirm(s.refund.txid, 0))
      .to.emit(s.leases, "DebtSettled")
      .withArgs(s.id, OWED - 4n * PRICE, 0);
  });
});

describe("BitcoinDebts.revoke", () => {
  it("opens the debt again when the refund's block was removed", async () => {
    const s = await loadFixture(proven);
    await removeBlocks(s);
    await expect(s.bitcoinDebts.revoke(s.refund.txid, 0))
      .to.emit(s.bitcoinDebts, "RefundRevoked")
      .withArgs(s.id, s.refund.txid, 0, OWED);
    expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(OWED);
    await expect(s.bitcoinDebts.revoke(s.refund.txid, 0)).to.be.revertedWithCustomError(
      s.bitcoinDebts,
      "BitcoinDebts_NoSuchRefund",
    );
  });

  it("reverts while the block stands", async () => {
    const s = await loadFixture(proven);
    await expect(s.bitcoinDebts.revoke(s.refund.txid, 0))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_BlockStands")
      .withArgs(s.refund.block.height);
  });

  it("reverts once it is confirmed: then it is too late for a fork", async () => {
    const s = await loadFixture(proven);
    await at(s.confirmableAt);
    await s.bitcoinDebts.confirm(s.refund.txid, 0);
    await removeBlocks(s);
    await expect(s.bitcoinDebts.revoke(s.refund.txid, 0)).to.be.revertedWithCustomError(
      s.bitcoinDebts,
      "BitcoinDebts_AlreadyProven",
    );
  });
});
