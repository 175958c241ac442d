// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { parseBlock } from "../../../offchain/bitcoin/block.ts";
import { bytesToHex, hexToBytes } from "../../../offchain/bitcoin/bytes.ts";
import { findPayments } from "../../../offchain/bitcoin/findPayments.ts";
import { MerkleProofError, merkleProof, rootOf } from "../../../offchain/bitcoin/merkleProof.ts";
import { MAX_PROVABLE_BYTES, provePayments, sharePaths } from "../../../offchain/bitcoin/provePayments.ts";
import { parseTransaction, strippedBytes, transactionId } from "../../../offchain/bitcoin/transaction.ts";
import { blockOf, numbered } from "./arbitraries.ts";

const numberedBlock = (count: number) =>
  parseBlock(blockOf(Array.from({ length: count }, (_, i) => numbered(i))).toBuffer());

describe("merkleProof", () => {
  it("leads from every transaction of a block to the root in its header", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), (count) => {
        const block = numberedBlock(count);
        for (const [place, transaction] of block.transactions.entries()) {
          const txid = transactionId(transaction);
          const proof = merkleProof(block, txid);
          expect(proof.index).to.equal(place);
          expect(proof.header).to.equal(block.header);
          expect(proof.path).to.have.length(Math.ceil(Math.log2(count)));
          expect(rootOf(txid, proof)).to.equal(block.merkleRoot);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("proves nothing else: another transaction, place or path leads to another root", () => {
    const block = numberedBlock(13);
    const ids = block.transactions.map(transactionId);
    fc.assert(
      fc.property(fc.nat({ max: 12 }), fc.nat({ max: 15 }), fc.nat({ max: 12 }), (i, index, other) => {
        const [txid, otherId] = [ids[i], ids[other]];
        if (txid === undefined || otherId === undefined) throw new Error("13 ids");
        const proof = merkleProof(block, txid);
        // The last leaf of an odd level stands for its own sibling too, so it has a second place beyond the end.
        const beyond = i === 12 ? [12, 13, 14, 15] : [i];
        expect(rootOf(txid, { ...proof, index }) === block.merkleRoot).to.equal(beyond.includes(index));
        expect(rootOf(otherId, proof) === block.merkleRoot).to.equal(other === i);
        const flipped = hexToBytes(proof.path[0] ?? "0x");
        flipped.set([(flipped[0] ?? 0) ^ 1]);
        const path = [bytesToHex(flipped), ...proof.path.slice(1)];
        expect(rootOf(txid, { ...proof, path })).not.to.equal(block.merkleRoot);
      }),
    );
  });

  it("refuses a transaction that is not in the block, and a block that is not its header's", () => {
    const block = numberedBlock(5);
    const stranger = numbered(99).getId();
    expect(() => merkleProof(block, stranger))
      .to.throw(MerkleProofError, "is not in block")
      .with.property("code", "NOT_IN_BLOCK");
    const [first, ...others] = block.transactions;
    if (first === undefined) throw new Error("five transactions");
    for (const transactions of [others, [], [...others, first]]) {
      const wrong = { ...block, transactions };
      expect(() => merkleProof(wrong, transactionId(first)))
        .to.throw(MerkleProofError)
        .with.property("code", "WRONG_ROOT");
    }
  });
});

describe("provePayments", () => {
  it("gives one proof per transaction, in the block's order, with all its payments", () => {
    const transactions = Array.from({ length: 9 }, (_, i) => numbered(i));
    const script = Uint8Array.of(0x52);
    transactions[6]?.addOutput(script, 5n);
    transactions[6]?.addOutput(script, 6n);
    transactions[2]?.addOutput(script, 7n);
    const block = parseBlock(blockOf(transactions).toBuffer());
    const payments = findPayments(block.transactions, new Map([[bytesToHex(script), "lease"]]));
    const proof = provePayments({ block, height: 42, payments: payments.toReversed() });
    expect(proof).to.include({ height: 42, blockHash: block.hash, header: block.header });
    expect(proof.transactions.map(({ index, payments }) => [index, payments.length])).to.deep.equal([
      [2, 1],
      [6, 2],
    ]);
    for (const { txid, stripped, full, ...place } of proof.transactions) {
      expect(rootOf(txid, place)).to.equal(block.merkleRoot);
      const whole = parseTransaction(hexToBytes(full));
      expect(transactionId(whole)).to.equal(txid);
      expect(stripped).to.equal(bytesToHex(strippedBytes(whole)));
    }
    expect(provePayments({ block, height: 42, payments: [] }).transactions).to.deep.equal([]);
  });

  it("tells which transactions are too long for the contracts, and proves the others", () => {
    const transactions = Array.from({ length: 4 }, (_, i) => numbered(i));
    const script = Uint8Array.of(0x52);
    for (const i of [1, 2, 3]) transactions[i]?.addOutput(script, BigInt(i));
    // A form without witness of exactly the maximum, and one of a byte more.
    const pad = (i: number, length: number) => {
      const transaction = transactions[i];
      const overhead = (transaction?.byteLength(false) ?? 0) + 8 + 5;
      transaction?.addOutput(new Uint8Array(length - overhead), 0n);
    };
    pad(2, MAX_PROVABLE_BYTES);
    pad(3, MAX_PROVABLE_BYTES + 1);
    const block = parseBlock(blockOf(transactions).toBuffer());
    const payments = findPayments(block.transactions, new Map([[bytesToHex(script), "lease"]]));
    const proof = provePayments({ block, height: 42, payments });
    expect(proof.transactions.map(({ index }) => index)).to.deep.equal([1, 2]);
    expect(proof.transactions[1]?.stripped).to.have.length(2 + 2 * MAX_PROVABLE_BYTES);
    expect(proof.unprovable).to.have.length(1);
    expect(proof.unprovable[0]).to.deep.include({ have: MAX_PROVABLE_BYTES + 1, max: MAX_PROVABLE_BYTES });
    expect(proof.unprovable[0]?.payments.map(({ value }) => value)).to.deep.equal([3n]);
  });
});

describe("sharePaths", () => {
  it("leaves each transaction the siblings up to where its branch meets the one before", () => {
    const path = ["0xa", "0xb", "0xc", "0xd"] as const;
    const shared = sharePaths([2, 3, 7, 8].map((index) => ({ index, path: [...path] })));
    expect(shared.map((each) => each.path)).to.deep.equal([[...path], [], ["0xa", "0xb"], ["0xa", "0xb", "0xc"]]);
    expect(sharePaths([])).to.deep.equal([]);
  });
});
