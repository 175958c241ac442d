// SPDX-License-Identifier: Apache-2.0
import { Transaction as ReferenceTransaction } from "bitcoinjs-lib";
import { expect } from "chai";
import fc from "fast-check";
import { parseBlock } from "../../../offchain/bitcoin/block.ts";
import { bytesToHex, concatBytes, type Hex } from "../../../offchain/bitcoin/bytes.ts";
import { findPayments } from "../../../offchain/bitcoin/findPayments.ts";
import { parseTransaction } from "../../../offchain/bitcoin/transaction.ts";
import { blockOf, transactions } from "./arbitraries.ts";

const TAPROOT = Uint8Array.of(0x51, 0x20);

describe("findPayments", () => {
  it("finds each output that pays a watched script, and nothing else", () => {
    const cases = fc.array(transactions, { minLength: 1, maxLength: 20 }).chain((all) => {
      const scripts = [...new Set(all.flatMap(({ outs }) => outs.map(({ script }) => bytesToHex(script))))];
      return fc.record({ all: fc.constant(all), watched: fc.subarray(scripts) });
    });
    fc.assert(
      fc.property(cases, ({ all, watched }) => {
        const map = new Map(watched.map((script, i) => [script, `lease ${i}`]));
        const expected = all.flatMap((transaction) =>
          transaction.outs.flatMap(({ script, value }, vout) => {
            const key = bytesToHex(script);
            const to = map.get(key);
            return to === undefined ? [] : [{ to, txid: transaction.getId(), vout, value, script: key }];
          }),
        );
        expect(findPayments(parseBlock(blockOf(all).toBuffer()).transactions, map)).to.deep.equal(expected);
      }),
    );
  });

  it("finds several outputs of one transaction, to one lease or to many", () => {
    const transaction = new ReferenceTransaction();
    transaction.addInput(new Uint8Array(32), 0);
    const [a, b, other] = [1, 2, 3].map((n) => concatBytes(TAPROOT, new Uint8Array(32).fill(n)));
    if (a === undefined || b === undefined || other === undefined) throw new Error("three scripts");
    for (const script of [a, other, b, a]) transaction.addOutput(script, 1_000n);
    const watched = new Map([
      [bytesToHex(a), "a"],
      [bytesToHex(b), "b"],
    ]);
    const found = findPayments([parseTransaction(transaction.toBuffer())], watched);
    expect(found.map(({ to, vout }) => [to, vout])).to.deep.equal([
      ["a", 0],
      ["b", 2],
      ["a", 3],
    ]);
  });

  it("reads a block of 10,000 transactions for 1,000 leases well within a second", function () {
    this.timeout(10_000);
    const watched = new Map<Hex, number>();
    const all = Array.from({ length: 10_000 }, (_, number) => {
      const transaction = new ReferenceTransaction();
      transaction.addInput(new Uint8Array(32).fill(9), number);
      transaction.setWitness(0, [new Uint8Array(64)]);
      const script = concatBytes(TAPROOT, new Uint8Array(28), Uint8Array.of(number >> 8, number & 255, 1, 1));
      transaction.addOutput(script, BigInt(number));
      transaction.addOutput(concatBytes(TAPROOT, new Uint8Array(32).fill(3)), 1n);
      if (number % 10 === 0) watched.set(bytesToHex(script), number);
      return transaction;
    });
    const raw = blockOf(all).toBuffer();
    const start = performance.now();
    const found = findPayments(parseBlock(raw).transactions, watched);
    const took = performance.now() - start;
    expect(found.map(({ to, value }) => [to, value])).to.deep.equal([...watched.values()].map((n) => [n, BigInt(n)]));
    expect(took).to.be.lessThan(1_000);
  });
});
