// SPDX-License-Identifier: Apache-2.0
// What has fooled others who accept proofs of payments, each under the name it is known by.
import { expect } from "chai";
import { type Block, headersOf, hex, merklePathOf, mine, mineChain, sha256, sha256d } from "./support/blocks.ts";
import { ADDRESS, KEY, LEASE, OUTPUT, PAID, PAYMENT, SATS, withPaidBlock } from "./support/fixture.ts";
import { connection } from "./support/lightClient.ts";
import { blockProof, fill, leaseKeyOf, leaseOf, pay, scriptOf, transactionProof } from "./support/payments.ts";

const { ethers, networkHelpers } = connection;
const errors = {
  interface: new ethers.Interface([
    "error BitcoinMerkle_DuplicatedNode(uint256)",
    "error BitcoinMerkle_NodeIsTransaction(uint256)",
    "error BitcoinMerkle_PathTooLong(uint256,uint256)",
    "error BitcoinProof_NotInBlock(bytes32,bytes32,bytes32)",
    "error BitcoinTransaction_BadVarint(uint256)",
    "error BitcoinTransaction_NoSuchOutput(uint256,uint256)",
    "error BitcoinTransaction_SixtyFourBytes()",
    "error BitcoinTransaction_TooLong(uint256,uint256)",
    "error BitcoinTransaction_Truncated(uint256,uint256)",
    "error BitcoinTransaction_ValueOutOfRange(uint256,uint256)",
  ]),
};

/** The parts of a transaction with one input, to be put together in ways that a library would not. */
const HEAD = Buffer.from(`0200000001${"33".repeat(32)}0000000000ffffffff`, "hex");
const LOCK_TIME = Buffer.alloc(4);
const satoshis = (amount: bigint): Buffer => {
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE(amount);
  return value;
};
const outputOf = (satoshi: bigint): Buffer =>
  Buffer.concat([satoshis(satoshi), Buffer.from("22", "hex"), scriptOf(ADDRESS)]);
const assemble = (...parts: readonly Buffer[]): Buffer => Buffer.concat([HEAD, ...parts, LOCK_TIME]);
const bytes = (text: string): Buffer => Buffer.from(text, "hex");

/** A client that follows a block with this transaction in second place. */
async function withMined(raw: Buffer) {
  const fixture = await withPaidBlock();
  const block = mine(PAID, { txids: [sha256(bytes("cb")), sha256d(raw)] });
  await fixture.client.submit(2, headersOf([block, ...mineChain(block, 4)]));
  const prove = (vout = 0) =>
    fixture.payments.prove(blockProof(block), transactionProof(block, 1, raw), [{ ...OUTPUT, vout }]);
  return { ...fixture, prove };
}

describe("BitcoinPayments against known traps", () => {
  it("credits no transaction a second time at the index of a node that repeats it (CVE-2012-2459)", async () => {
    const { client, payments, leases, balance } = await withPaidBlock();
    // Of five transactions the last is at index 4, and seems to be at 5, 6 and 7.
    const block = mine(PAID, { txids: fill(5, new Map([[4, PAYMENT]])) });
    await client.submit(2, headersOf([block, ...mineChain(block, 4)]));
    const proof = transactionProof(block, 4, PAYMENT.legacy);
    for (const [index, level] of [
      [5, 0],
      [6, 1],
      [7, 0],
    ] as const) {
      await expect(payments.prove(blockProof(block), { ...proof, index }, [OUTPUT]))
        .to.be.revertedWithCustomError(errors, "BitcoinMerkle_DuplicatedNode")
        .withArgs(level);
    }
    await payments.prove(blockProof(block), proof, [OUTPUT]);
    expect(await balance()).to.equal(SATS * 1000n);
    expect((await leases.leases(hex(LEASE))).spent).to.equal(0n);
  });

  describe("transactions of 64 bytes (CVE-2017-12842)", () => {
    // A mined one whose last half is the txid of a payment that was never mined; the forger has searched for such a txid.
    const never = pay([{ script: scriptOf(ADDRESS), value: SATS }], "never mined");
    const looks = (txid: Buffer): Buffer => {
      const half = Buffer.from(txid);
      bytes("04aabbccddffffffff01").copy(half, 9);
      satoshis(546n).copy(half, 19);
      bytes("00").copy(half, 27);
      return half;
    };

    it("refuses to go below one as if it were two nodes", async () => {
      const left = bytes(`0200000001${"44".repeat(27)}`);
      const sixtyFour = Buffer.concat([left, looks(never.txid)]);
      const { client, payments } = await withPaidBlock();
      const block = mine(PAID, { txids: [sha256(bytes("cb")), sha256d(sixtyFour), sha256(bytes("x"))] });
      await client.submit(2, headersOf([block, ...mineChain(block, 4)]));
      const path = [left, ...merklePathOf(block.txids, 1)].map(hex);
      await expect(
        payments.prove(blockProof(block), { index: 3, raw: hex(never.legacy), path }, [{ ...OUTPUT, vout: 0 }]),
      ).to.be.revertedWithCustomError(errors, "BitcoinProof_NotInBlock"); // without the search there is no such txid
      const harness = await ethers.deployContract("BitcoinHarness");
      await expect(harness.rootOf(hex(looks(never.txid)), 3, path))
        .to.be.revertedWithCustomError(errors, "BitcoinMerkle_NodeIsTransaction")
        .withArgs(0);
    });

    it("refuses two nodes as if they were one", async () => {
      const raw = assemble(bytes("01"), satoshis(1n), bytes("0451515151"));
      expect(raw.length).to.equal(64);
      const { prove } = await withMined(raw);
      await expect(prove()).to.be.revertedWithCustomError(errors, "BitcoinTransaction_SixtyFourBytes");
    });
  });

  describe("bounds of outputs", () => {
    it("refuses a value beyond 21 million bitcoin (CVE-2010-5139)", async () => {
      // What each of two outputs of block 74,638 claimed.
      const overflowing = 0x7ffffffffff85ee0n;
      const { prove } = await withMined(assemble(bytes("02"), outputOf(overflowing), outputOf(overflowing)));
      for (const vout of [0, 1]) {
        await expect(prove(vout))
          .to.be.revertedWithCustomError(errors, "BitcoinTransaction_ValueOutOfRange")
          .withArgs(overflowing, 2_100_000_000_000_000n);
      }
    });

    it("takes all there can be, and not a satoshi more", async () => {
      const all = 2_100_000_000_000_000n;
      const { prove, balance } = await withMined(assemble(bytes("02"), outputOf(all), outputOf(all + 1n)));
      await prove(0);
      expect(await balance()).to.equal(all * 1000n);
      await expect(prove(1)).to.be.revertedWithCustomError(errors, "BitcoinTransaction_ValueOutOfRange");
    });

    it("refuses an output behind the last", async () => {
      const { prove } = await withMined(assemble(bytes("01"), outputOf(1n)));
      for (const vout of [1, 2 ** 31, 2 ** 32 - 1]) {
        await expect(prove(vout))
          .to.be.revertedWithCustomError(errors, "BitcoinTransaction_NoSuchOutput")
          .withArgs(vout, 1);
      }
    });
  });

  describe("varints that overrun or are not in their shortest form (BIP-144, CompactSize)", () => {
    const script = scriptOf(ADDRESS);
    const cases: [string, Buffer, "BitcoinTransaction_BadVarint" | "BitcoinTransaction_Truncated"][] = [
      ["a count of eight bytes", assemble(bytes("ff0100000000000000"), outputOf(1n)), "BitcoinTransaction_BadVarint"],
      ["a count of 1 in three bytes", assemble(bytes("fd0100"), outputOf(1n)), "BitcoinTransaction_BadVarint"],
      [
        "a length in five bytes",
        assemble(bytes("01"), satoshis(1n), bytes("fe22000000"), script),
        "BitcoinTransaction_BadVarint",
      ],
      ["2^32 − 1 outputs", assemble(bytes("feffffffff"), outputOf(1n)), "BitcoinTransaction_Truncated"],
      [
        "a script of 2^32 − 1 bytes",
        assemble(bytes("01"), satoshis(1n), bytes("feffffffff"), script),
        "BitcoinTransaction_Truncated",
      ],
      [
        "a script into the lock time's end",
        assemble(bytes("01"), satoshis(1n), bytes("24"), script),
        "BitcoinTransaction_Truncated",
      ],
      ["one output more than there are", assemble(bytes("02"), outputOf(1n)), "BitcoinTransaction_Truncated"],
    ];
    for (const [what, raw, error] of cases) {
      it(`refuses ${what}, though the block contains it`, async () => {
        const { prove } = await withMined(raw);
        await expect(prove()).to.be.revertedWithCustomError(errors, error);
      });
    }
  });

  describe("many outputs", () => {
    it("credits output 300 of 301 and several leases out of one transaction", async () => {
      const others = ["a", "b", "c"].map(leaseOf);
      const filler = { script: bytes("6a"), value: 0n };
      const paid = [ADDRESS, ...others.map((id) => leaseKeyOf(KEY, id))];
      const many = pay([
        ...Array.from({ length: 297 }, () => filler),
        ...paid.map((key, i) => ({ script: scriptOf(key), value: BigInt(1000 * (i + 1)) })),
      ]);
      const { client, payments, leases, balance } = await withPaidBlock();
      for (const id of others) await leases.open(hex(id), hex(KEY), 1);
      const block: Block = mine(PAID, { txids: fill(3, new Map([[2, many]])) });
      await client.submit(2, headersOf([block, ...mineChain(block, 4)]));
      const ids = [LEASE, ...others];
      const outputs = paid.map((key, i) => ({ vout: 297 + i, outputKeyY: hex(key.y), leaseId: hex(ids[i] ?? LEASE) }));
      await payments.prove(blockProof(block), transactionProof(block, 2, many.segwit), outputs);
      expect(await balance()).to.equal(1_000_000n);
      for (const [i, id] of others.entries()) {
        expect((await leases.leases(hex(id))).balance - 1n).to.equal(BigInt(1_000_000 * (i + 2)));
      }
    });
  });

  it("refuses a transaction of a megabyte with what it has and what it may have, before anything is sent", async () => {
    const { payments } = await networkHelpers.loadFixture(withPaidBlock);
    const proof = { index: 0, raw: `0x${"00".repeat(1_000_000)}`, path: [] };
    await expect(payments.prove.staticCall(blockProof(PAID), proof, [OUTPUT], { gasLimit: 2 ** 24 }))
      .to.be.revertedWithCustomError(errors, "BitcoinTransaction_TooLong")
      .withArgs(1_000_000, 400_000);
  });

  it("refuses a path longer than any block's", async () => {
    const { payments } = await networkHelpers.loadFixture(withPaidBlock);
    const proof = { index: 0, raw: hex(PAYMENT.legacy), path: Array.from({ length: 16 }, () => hex(PAYMENT.txid)) };
    await expect(payments.prove(blockProof(PAID), proof, [OUTPUT]))
      .to.be.revertedWithCustomError(errors, "BitcoinMerkle_PathTooLong")
      .withArgs(16, 15);
  });
});
