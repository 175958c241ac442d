// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { headersOf, hex, last, mineChain } from "../bitcoin/support/blocks.ts";
import { blockProof, leaseOf, transactionProof } from "../bitcoin/support/payments.ts";
import { at, HOUR, loadFixture, PREPAYMENT, PRICE, take, termsOf, time } from "../fixture.ts";
import {
  CLOCK_TOLERANCE,
  CONFIRM_DELAY,
  closed,
  FEE,
  markOf,
  OWED,
  proofOf,
  proven,
  refunded,
  removeBlocks,
  withDebts,
  withoutScript,
} from "./fixture.ts";

describe("BitcoinDebts.prove", () => {
  context("given a refund of all but the flat fee", () => {
    it("settles the whole debt, as far as a claim is concerned", async () => {
      const s = await loadFixture(closed);
      const refund = await refunded(s);
      const now = (await time.latest()) + 10;
      await at(now);
      await expect(s.bitcoinDebts.prove(...proofOf(s, refund)))
        .to.emit(s.bitcoinDebts, "RefundProven")
        .withArgs(s.id, refund.txid, 0, OWED - FEE, OWED, 1, now + CONFIRM_DELAY);
      expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(0n);
      expect((await s.bitcoinDebts.debtOf(s.id)).refunded).to.equal(OWED);
    });

    it("frees nothing yet: the lease still owes, its collateral stays locked", async () => {
      const s = await loadFixture(proven);
      expect((await s.leases.statusOf(s.id)).refundable).to.equal(OWED);
      await time.increase(2 * 24 * HOUR);
      await expect(s.leases.releaseCollateral(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NothingToRelease");
    });

    it("takes it with the witness too", async () => {
      const s = await loadFixture(closed);
      const refund = await refunded(s);
      await s.bitcoinDebts.prove(...proofOf(s, refund, { raw: refund.payment.segwit }));
      expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(0n);
    });
  });

  context("given less than that", () => {
    it("settles what it pays, a satoshi short of all", async () => {
      const s = await loadFixture(closed);
      const sats = (OWED - FEE) / 1000n - 1n;
      await s.bitcoinDebts.prove(...proofOf(s, await refunded(s, { sats })));
      expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(OWED - sats * 1000n);
    });

    it("settles the rest with another transaction; the fee counts once", async () => {
      const s = await loadFixture(closed);
      const first = await refunded(s, { sats: 5_000n });
      await s.bitcoinDebts.prove(...proofOf(s, first));
      const rest = (OWED - 5_000_000n - FEE) / 1000n;
      const second = await refunded(s, { sats: rest, seed: "second", parent: last(first.blocks) });
      await s.bitcoinDebts.prove(...proofOf(s, second));
      expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(0n);
    });
  });

  context("given more than that", () => {
    it("settles no more than is owed", async () => {
      const s = await loadFixture(closed);
      await s.bitcoinDebts.prove(...proofOf(s, await refunded(s, { sats: 1_000_000n })));
      expect((await s.bitcoinDebts.debtOf(s.id)).refunded).to.equal(OWED);
    });
  });

  context("given an outpoint that was proven", () => {
    it("reverts", async () => {
      const s = await loadFixture(proven);
      await s.leases.connect(s.payments).credit(s.id, PRICE * 4n);
      await expect(s.bitcoinDebts.prove(...proofOf(s, s.refund)))
        .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_AlreadyProven")
        .withArgs(s.refund.txid, 0, s.id);
    });

    it("reverts also once it is confirmed, and its block is removed", async () => {
      const s = await loadFixture(proven);
      await at(s.confirmableAt);
      await s.bitcoinDebts.confirm(s.refund.txid, 0);
      await s.leases.connect(s.payments).credit(s.id, PRICE * 4n);
      const other = await removeBlocks(s);
      const again = await refunded(s, { parent: last(other) });
      await expect(s.bitcoinDebts.prove(...proofOf(s, again))).to.be.revertedWithCustomError(
        s.bitcoinDebts,
        "BitcoinDebts_AlreadyProven",
      );
    });

    it("counts it anew, once, when it is in another block by then", async () => {
      const s = await loadFixture(proven);
      const other = await removeBlocks(s);
      const again = await refunded(s, { parent: last(other) });
      const tx = s.bitcoinDebts.prove(...proofOf(s, again));
      await expect(tx).to.emit(s.bitcoinDebts, "RefundRevoked").withArgs(s.id, again.txid, 0, OWED);
      await expect(tx).to.emit(s.bitcoinDebts, "RefundProven");
      expect((await s.bitcoinDebts.debtOf(s.id)).refunded).to.equal(OWED);
      expect((await s.bitcoinDebts.refundOf(again.txid, 0)).height).to.equal(again.block.height);
    });

    it("refunds no second lease with the same script, though it has a mark for each", async () => {
      const s = await loadFixture(closed);
      const terms = await termsOf(s, { salt: 2n });
      const { id, tx } = await take(s, { terms });
      await tx;
      await s.leases.connect(s.payments).credit(id, PREPAYMENT);
      await s.leases.connect(s.hotKey).decline(id, "");
      const second = { ...s, id, terms, closedAt: await time.latest() };
      const refund = await refunded(second, { marks: [markOf(s.id), markOf(id)] });
      await s.bitcoinDebts.prove(...proofOf(s, refund));
      await expect(s.bitcoinDebts.prove(...proofOf(second, refund, { mark: 2 })))
        .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_AlreadyProven")
        .withArgs(refund.txid, 0, id);
    });
  });

  context("given a transaction that is no refund of this lease", () => {
    it("reverts when it pays another script", async () => {
      const s = await loadFixture(closed);
      const script = `0x5120${"22".repeat(32)}`;
      const refund = await refunded(s, { script });
      await expect(s.bitcoinDebts.prove(...proofOf(s, refund)))
        .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_WrongScript")
        .withArgs(refund.txid, 0, script);
    });

    for (const [name, mark] of [
      ["another lease's id", markOf(hex(leaseOf("another")))],
      ["no OP_RETURN", Buffer.concat([Buffer.from("5120", "hex"), leaseOf("x")])],
      ["more than the id", Buffer.concat([Buffer.from("6a21", "hex"), leaseOf("x"), Buffer.alloc(1)])],
    ] as const) {
      it(`reverts when it is marked with ${name}`, async () => {
        const s = await loadFixture(closed);
        const refund = await refunded(s, { marks: [mark] });
        await expect(s.bitcoinDebts.prove(...proofOf(s, refund)))
          .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NotMarked")
          .withArgs(refund.txid, 1, s.id);
      });
    }

    it("reverts when it was mined before the close, by more than clocks may differ", async () => {
      const s = await loadFixture(closed);
      const early = await refunded(s, { block: { time: s.closedAt - CLOCK_TOLERANCE - 1 } });
      await expect(s.bitcoinDebts.prove(...proofOf(s, early)))
        .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_MinedBeforeClose")
        .withArgs(s.id, s.closedAt - CLOCK_TOLERANCE - 1, s.closedAt);
    });

    it("takes it when the miner's clock was behind", async () => {
      const s = await loadFixture(closed);
      await s.bitcoinDebts.prove(...proofOf(s, await refunded(s, { block: { time: s.closedAt - CLOCK_TOLERANCE } })));
      expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(0n);
    });
  });

  context("given a proof that Bitcoin does not bear out", () => {
    it("reverts when the block is not deep enough", async () => {
      const s = await loadFixture(closed);
      const refund = await refunded(s, { depth: 1 });
      await expect(s.bitcoinDebts.prove(...proofOf(s, refund))).to.be.revertedWithCustomError(
        s.bitcoinDebts,
        "BitcoinProof_TooFewConfirmations",
      );
      await s.lightClient.submit(2, headersOf(mineChain(refund.block, 1)));
      await s.bitcoinDebts.prove(...proofOf(s, refund));
    });

    it("reverts when the block is not canonical", async () => {
      const s = await loadFixture(closed);
      const refund = await refunded(s);
      await removeBlocks(s);
      await expect(s.bitcoinDebts.prove(...proofOf(s, refund))).to.be.revertedWithCustomError(
        s.bitcoinDebts,
        "BitcoinProof_BlockNotCanonical",
      );
    });

    it("reverts when the transaction is not in the block", async () => {
      const s = await loadFixture(closed);
      const refund = await refunded(s);
      const [, , , outputs] = proofOf(s, refund);
      const elsewhere = transactionProof(refund.block, 2, refund.payment.legacy);
      await expect(
        s.bitcoinDebts.prove(s.terms, blockProof(refund.block), elsewhere, outputs),
      ).to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinProof_NotInBlock");
    });
  });

  context("given a lease that owes nothing by bitcoin", () => {
    it("reverts while it is open", async () => {
      const s = await loadFixture(withDebts);
      const terms = await termsOf(s);
      const { id, tx } = await take(s, { terms });
      await tx;
      const open = { ...s, id, terms, closedAt: await time.latest() };
      await expect(s.bitcoinDebts.prove(...proofOf(open, await refunded(open))))
        .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NotClosed")
        .withArgs(id);
    });

    it("reverts when its terms have no refund script", async () => {
      const s = await loadFixture(withoutScript);
      await expect(s.bitcoinDebts.prove(...proofOf(s, await refunded(s))))
        .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NoRefundScript")
        .withArgs(s.id);
    });

    it("reverts when it is refunded already", async () => {
      const s = await loadFixture(proven);
      const more = await refunded(s, { seed: "more", parent: last(s.refund.blocks) });
      await expect(s.bitcoinDebts.prove(...proofOf(s, more)))
        .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NothingOwed")
        .withArgs(s.id);
    });

    it("reverts for terms of no lease", async () => {
      const s = await loadFixture(closed);
      const other = { ...s, terms: { ...s.terms, salt: 9n } };
      await expect(s.bitcoinDebts.prove(...proofOf(other, await refunded(s)))).to.be.revertedWithCustomError(
        s.leases,
        "Leases_UnknownLease",
      );
    });
  });

  it("counts what arrives after the close as debt that a further refund settles", async () => {
    const s = await loadFixture(proven);
    await s.leases.connect(s.payments).credit(s.id, 4n * PRICE);
    expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(4n * PRICE);
    const sats = (4n * PRICE - FEE) / 1000n;
    await s.bitcoinDebts.prove(...proofOf(s, await refunded(s, { sats, seed: "late", parent: last(s.refund.blocks) })));
    expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(0n);
  });
});
