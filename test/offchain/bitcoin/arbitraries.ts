// SPDX-License-Identifier: Apache-2.0
import { Block as ReferenceBlock, Transaction as ReferenceTransaction } from "bitcoinjs-lib";
import fc from "fast-check";

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
/** Long enough, now and then, for a length of three bytes. */
const scripts = fc.oneof({ weight: 9, arbitrary: bytes(0, 80) }, { weight: 1, arbitrary: bytes(250, 400) });
const uint32 = fc.nat({ max: 0xffffffff });

const inputs = fc.record({
  hash: bytes(32, 32),
  index: uint32,
  sequence: uint32,
  script: scripts,
  witness: fc.array(scripts, { maxLength: 3 }),
});
const outputs = fc.record({ script: scripts, value: fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n }) });

/** Transactions as bitcoinjs makes them, with and without a witness. */
export const transactions = fc
  .record({
    version: fc.constantFrom(1, 2),
    locktime: uint32,
    ins: fc.array(inputs, { minLength: 1, maxLength: 4 }),
    outs: fc.array(outputs, { minLength: 1, maxLength: 4 }),
  })
  .map(({ version, locktime, ins, outs }) => {
    const transaction = new ReferenceTransaction();
    transaction.version = version;
    transaction.locktime = locktime;
    for (const [i, { hash, index, sequence, script, witness }] of ins.entries()) {
      transaction.addInput(hash, index, sequence, script);
      transaction.setWitness(i, witness);
    }
    for (const { script, value } of outs) transaction.addOutput(script, value);
    return transaction;
  });

/** A block of these transactions whose header has their merkle root. */
export function blockOf(all: readonly ReferenceTransaction[]): ReferenceBlock {
  const block = new ReferenceBlock();
  block.version = 4;
  block.prevHash = new Uint8Array(32).fill(7);
  block.timestamp = 1_700_000_000;
  block.bits = 0x207fffff;
  block.transactions = [...all];
  block.merkleRoot = ReferenceBlock.calculateMerkleRoot(block.transactions);
  return block;
}

/** A transaction that is cheap to make and unlike every other with another number. */
export function numbered(number: number): ReferenceTransaction {
  const transaction = new ReferenceTransaction();
  transaction.addInput(new Uint8Array(32).fill(1), number);
  transaction.addOutput(Uint8Array.of(0x51), BigInt(number));
  return transaction;
}
