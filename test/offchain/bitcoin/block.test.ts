// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { parseBlock } from "../../../offchain/bitcoin/block.ts";
import { bytesToHex, displayOrder, hexToBytes, internalOrder } from "../../../offchain/bitcoin/bytes.ts";
import {
  BitcoinParseError,
  fullBytes,
  parseTransaction,
  spentOutpoints,
  strippedBytes,
  transactionId,
  type VisitedOutput,
  visitOutputs,
} from "../../../offchain/bitcoin/transaction.ts";
import { blockOf, transactions } from "./arbitraries.ts";

describe("parseTransaction", () => {
  it("reads what bitcoinjs writes", () => {
    fc.assert(
      fc.property(transactions, (expected) => {
        const raw = expected.toBuffer();
        const transaction = parseTransaction(raw);
        expect(transactionId(transaction)).to.equal(expected.getId());
        expect(transaction.hasWitness).to.equal(expected.hasWitnesses());
        expect(bytesToHex(fullBytes(transaction))).to.equal(bytesToHex(raw));
        const stripped = expected.clone();
        stripped.stripWitnesses();
        expect(bytesToHex(strippedBytes(transaction))).to.equal(bytesToHex(stripped.toBuffer()));
        const spent = expected.ins.map(({ hash, index }) => ({ txid: displayOrder(hash), vout: index }));
        expect(spentOutpoints(transaction)).to.deep.equal(spent);
        const visited: VisitedOutput[] = [];
        visitOutputs(
          transaction,
          () => true,
          (output) => visited.push(output),
        );
        expect(visited.map(({ vout }) => vout)).to.deep.equal(visited.map((_, i) => i));
        expect(visited.map(({ value, script }) => [value, bytesToHex(script)])).to.deep.equal(
          expected.outs.map(({ value, script }) => [value, bytesToHex(script)]),
        );
      }),
    );
  });

  it("refuses a transaction that is cut anywhere, or followed by anything", () => {
    fc.assert(
      fc.property(transactions, fc.nat(), (whole, cut) => {
        const raw = whole.toBuffer();
        expect(() => parseTransaction(raw.subarray(0, cut % raw.length))).to.throw(BitcoinParseError);
        expect(() => parseTransaction(Uint8Array.of(...raw, 0))).to.throw(BitcoinParseError, "1 bytes follow");
      }),
    );
  });

  it("throws nothing but BitcoinParseError, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const parse of [parseTransaction, parseBlock]) {
          try {
            parse(bytes);
          } catch (error) {
            expect(error).to.be.instanceOf(BitcoinParseError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("parseBlock", () => {
  it("reads what bitcoinjs writes", () => {
    fc.assert(
      fc.property(fc.array(transactions, { minLength: 1, maxLength: 300, size: "medium" }), (all) => {
        const expected = blockOf(all);
        const block = parseBlock(expected.toBuffer());
        expect(block.hash).to.equal(expected.getId());
        expect(block.previousHash).to.equal("07".repeat(32));
        expect(block.header).to.equal(bytesToHex(expected.toBuffer(true)));
        expect(block.transactions.map(transactionId)).to.deep.equal(all.map((each) => each.getId()));
      }),
      { numRuns: 30 },
    );
  });

  it("refuses a block that is cut or too long", () => {
    const raw = blockOf(fc.sample(transactions, 3)).toBuffer();
    for (let length = 0; length < raw.length; length++) {
      expect(() => parseBlock(raw.subarray(0, length))).to.throw(BitcoinParseError);
    }
    expect(() => parseBlock(Uint8Array.of(...raw, 0))).to.throw(BitcoinParseError, "1 bytes follow");
  });
});

describe("hash orders", () => {
  it("are each other's inverse", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (hash) => {
        expect(internalOrder(displayOrder(hash))).to.equal(bytesToHex(hash));
        expect(displayOrder(bytesToHex(hash))).to.equal(displayOrder(hash));
        expect([...hexToBytes(bytesToHex(hash))]).to.deep.equal([...hash]);
      }),
    );
  });
});
