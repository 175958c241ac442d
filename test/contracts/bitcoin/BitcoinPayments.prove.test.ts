// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { GENESIS, headersOf, hex, mine, mineChain, sha256d } from "./support/blocks.ts";
import {
  ADDRESS,
  CHAIN,
  CHANGE,
  KEY,
  LEASE,
  MSATS,
  OUTPUT,
  PAID,
  PAYMENT,
  PROOF,
  type Proof,
  SATS,
  withPaidBlock,
} from "./support/fixture.ts";
import { connection } from "./support/lightClient.ts";
import { blockProof, fill, keyOf, leaseKeyOf, leaseOf, pay, scriptOf, transactionProof } from "./support/payments.ts";

const { ethers, networkHelpers } = connection;

/** Errors of the libraries, for the matchers. */
const libraries = new ethers.Interface([
  "error BitcoinProof_BadHeaderLength(uint256,uint256)",
  "error BitcoinProof_BlockNotCanonical(uint32,bytes32)",
  "error BitcoinProof_NotInBlock(bytes32,bytes32,bytes32)",
  "error BitcoinProof_TooFewConfirmations(uint256,uint256)",
  "error BitcoinMerkle_IndexOutOfRange(uint256,uint256)",
  "error BitcoinTransaction_NoSuchOutput(uint256,uint256)",
]);
const errors = { interface: libraries };

describe("BitcoinPayments.prove", () => {
  const [block, transaction, outputs] = PROOF;

  describe("given a payment that is deep enough", () => {
    for (const [form, raw] of [
      ["legacy", PAYMENT.legacy],
      ["with witness", PAYMENT.segwit],
    ] as const) {
      it(`credits it, serialised ${form}`, async () => {
        const { payments, balance } = await networkHelpers.loadFixture(withPaidBlock);
        await expect(payments.prove(block, transactionProof(PAID, 5, raw), outputs))
          .to.emit(payments, "PaymentCredited")
          .withArgs(hex(LEASE), hex(PAYMENT.txid), 1, MSATS, 1, hex(PAID.hash));
        expect(await balance()).to.equal(MSATS);
        expect(await payments.creditOf(hex(PAYMENT.txid), 1, hex(LEASE))).to.deep.equal([
          MSATS,
          1n,
          hex(PAID.hash.subarray(0, 8)),
        ]);
      });
    }

    it("credits it once", async () => {
      const { payments, balance } = await networkHelpers.loadFixture(withPaidBlock);
      await payments.prove(...PROOF);
      await expect(payments.prove(...PROOF))
        .to.be.revertedWithCustomError(payments, "BitcoinPayments_AlreadyCredited")
        .withArgs(hex(PAYMENT.txid), 1, hex(LEASE));
      await expect(payments.prove(block, transaction, [OUTPUT, OUTPUT])).to.be.revertedWithCustomError(
        payments,
        "BitcoinPayments_AlreadyCredited",
      );
      expect(await balance()).to.equal(MSATS);
    });

    it("credits many outputs of one transaction, to several leases", async () => {
      const { client, payments, leases } = await networkHelpers.loadFixture(withPaidBlock);
      const other = leaseOf("two");
      const address = leaseKeyOf(keyOf("another"), other);
      await leases.open(hex(other), hex(keyOf("another")), 1);
      const many = pay([
        { script: scriptOf(ADDRESS), value: 10n },
        CHANGE,
        { script: scriptOf(address), value: 20n },
        { script: scriptOf(ADDRESS), value: 30n },
      ]);
      const paid = mine(CHAIN.at(-1) ?? GENESIS, { txids: fill(2, new Map([[1, many]])) });
      await client.submit(paid.height, headersOf([paid, ...mineChain(paid, 2)]));
      await payments.prove(blockProof(paid), transactionProof(paid, 1, many.segwit), [
        { ...OUTPUT, vout: 0 },
        { vout: 2, outputKeyY: hex(address.y), leaseId: hex(other) },
        { ...OUTPUT, vout: 3 },
      ]);
      expect((await leases.leases(hex(LEASE))).balance).to.equal(40_001n);
      expect((await leases.leases(hex(other))).balance).to.equal(20_001n);
    });

    it("credits one in a block without any other transaction", async () => {
      const { client, payments, balance } = await networkHelpers.loadFixture(withPaidBlock);
      const paid = mine(CHAIN.at(-1) ?? GENESIS, { txids: [PAYMENT.txid] });
      await client.submit(paid.height, headersOf([paid, ...mineChain(paid, 2)]));
      await payments.prove(blockProof(paid), transactionProof(paid, 0, PAYMENT.legacy), [OUTPUT]);
      expect(await balance()).to.equal(MSATS);
    });
  });

  describe("given a proof that does not hold", () => {
    it("wants the confirmations that the ask named", async () => {
      const { payments, leases } = await networkHelpers.loadFixture(withPaidBlock);
      await leases.open(hex(LEASE), hex(KEY), 4);
      await expect(payments.prove(...PROOF))
        .to.be.revertedWithCustomError(errors, "BitcoinProof_TooFewConfirmations")
        .withArgs(3, 4);
    });

    it("refuses a block that is not canonical, or not at that height", async () => {
      const { payments } = await networkHelpers.loadFixture(withPaidBlock);
      const elsewhere = mine(GENESIS, { txids: [PAYMENT.txid] });
      await expect(payments.prove(blockProof(elsewhere), transactionProof(elsewhere, 0, PAYMENT.legacy), outputs))
        .to.be.revertedWithCustomError(errors, "BitcoinProof_BlockNotCanonical")
        .withArgs(1, hex(elsewhere.hash));
      for (const height of [0, 2, 4, 4097, 4294967295]) {
        await expect(payments.prove({ ...block, height }, transaction, outputs))
          .to.be.revertedWithCustomError(errors, "BitcoinProof_BlockNotCanonical")
          .withArgs(height, hex(PAID.hash));
      }
      await expect(payments.prove({ ...block, header: `${block.header}00` }, transaction, outputs))
        .to.be.revertedWithCustomError(errors, "BitcoinProof_BadHeaderLength")
        .withArgs(81, 80);
    });

    it("refuses another index, a changed path and a changed transaction", async () => {
      const { payments } = await networkHelpers.loadFixture(withPaidBlock);
      const cut = { ...transaction, path: transaction.path.slice(1) };
      const swapped = { ...transaction, path: [...transaction.path].reverse() };
      const raw = Buffer.from(PAYMENT.legacy);
      raw.writeUInt8(3, 0);
      for (const bad of [{ ...transaction, index: 4 }, cut, swapped, { ...transaction, raw: hex(raw) }]) {
        await expect(payments.prove(block, bad, outputs)).to.be.revertedWithCustomError(
          errors,
          "BitcoinProof_NotInBlock",
        );
      }
      await expect(payments.prove(block, { ...transaction, index: 21 }, outputs))
        .to.be.revertedWithCustomError(errors, "BitcoinMerkle_IndexOutOfRange")
        .withArgs(21, 4);
    });

    it("refuses an output that is not there or pays somebody else", async () => {
      const { payments, leases } = await networkHelpers.loadFixture(withPaidBlock);
      await expect(payments.prove(block, transaction, [{ ...OUTPUT, vout: 2 }]))
        .to.be.revertedWithCustomError(errors, "BitcoinTransaction_NoSuchOutput")
        .withArgs(2, 2);
      await leases.open(hex(leaseOf("two")), hex(KEY), 1);
      const wrong = [
        { ...OUTPUT, vout: 0 },
        { ...OUTPUT, outputKeyY: hex(ADDRESS.x) },
        { ...OUTPUT, leaseId: hex(leaseOf("two")) },
      ];
      for (const output of wrong) {
        await expect(payments.prove(block, transaction, [output]))
          .to.be.revertedWithCustomError(payments, "BitcoinPayments_WrongAddress")
          .withArgs(hex(PAYMENT.txid), output.vout, output.leaseId);
      }
    });

    it("refuses a lease that is not paid in bitcoin", async () => {
      const { payments, leases } = await networkHelpers.loadFixture(withPaidBlock);
      await expect(
        payments.prove(block, transaction, [{ ...OUTPUT, leaseId: hex(leaseOf("unknown")) }]),
      ).to.be.revertedWithCustomError(leases, "CreditableMock_UnknownLease");
    });
  });

  it("counts a coinbase from 100 confirmations", async () => {
    const { client, payments, balance } = await networkHelpers.loadFixture(withPaidBlock);
    const raw = Buffer.concat([
      Buffer.from("01000000", "hex"),
      Buffer.from(`01${"00".repeat(32)}ffffffff03520100ffffffff`, "hex"),
      Buffer.from("01", "hex"),
      Buffer.from(SATS.toString(16).padStart(16, "0"), "hex").reverse(),
      Buffer.from("22", "hex"),
      scriptOf(ADDRESS),
      Buffer.from("00000000", "hex"),
    ]);
    const paid = mine(CHAIN.at(-1) ?? GENESIS, { txids: [sha256d(raw)] });
    const proof: Proof = [blockProof(paid), transactionProof(paid, 0, raw), [{ ...OUTPUT, vout: 0 }]];
    const chain = [paid, ...mineChain(paid, 99)];
    await client.submit(paid.height, headersOf(chain.slice(0, 99)));
    await expect(payments.prove(...proof))
      .to.be.revertedWithCustomError(errors, "BitcoinProof_TooFewConfirmations")
      .withArgs(99, 100);
    await client.submit(chain.at(-1)?.height ?? 0, headersOf(chain.slice(99)));
    await payments.prove(...proof);
    expect(await balance()).to.equal(MSATS);
  });
});
