// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { GENESIS, headersOf, hex, mine, mineChain } from "./support/blocks.ts";
import { ADDRESS, CHANGE, KEY, LEASE, OUTPUT, withPaidBlock } from "./support/fixture.ts";
import { connection } from "./support/lightClient.ts";
import { blockProof, fill, leaseKeyOf, leaseOf, pay, scriptOf, transactionProof } from "./support/payments.ts";

const { networkHelpers } = connection;

describe("BitcoinPayments.proveMany", () => {
  const other = leaseOf("two");
  const otherAddress = leaseKeyOf(KEY, other);
  const one = pay([{ script: scriptOf(ADDRESS), value: 100n }], "a");
  const two = pay([CHANGE, { script: scriptOf(otherAddress), value: 200n }], "b");
  const three = pay([{ script: scriptOf(ADDRESS), value: 400n }], "c", 3);
  const block = mine(GENESIS, {
    txids: fill(
      9,
      new Map([
        [2, one],
        [7, two],
        [8, three],
      ]),
    ),
  });
  const transactions = [
    transactionProof(block, 2, one.legacy),
    transactionProof(block, 7, two.segwit),
    transactionProof(block, 8, three.segwit),
  ];
  const outputs = [
    [{ ...OUTPUT, vout: 0 }],
    [{ vout: 1, outputKeyY: hex(otherAddress.y), leaseId: hex(other) }],
    [{ ...OUTPUT, vout: 0 }],
  ];

  async function withBlock() {
    const fixture = await withPaidBlock();
    await fixture.client.submit(1, headersOf([block, ...mineChain(block, 4)]));
    await fixture.leases.open(hex(other), hex(KEY), 1);
    const balances = async () => [
      (await fixture.leases.leases(hex(LEASE))).balance - 1n,
      (await fixture.leases.leases(hex(other))).balance - 1n,
    ];
    return { ...fixture, balances };
  }

  it("credits many transactions of a block", async () => {
    const { payments, balances } = await networkHelpers.loadFixture(withBlock);
    expect(await payments.proveMany.staticCall(blockProof(block), transactions, outputs)).to.equal(3n);
    await payments.proveMany(blockProof(block), transactions, outputs);
    expect(await balances()).to.deep.equal([500_000n, 200_000n]);
  });

  it("skips those that somebody else proved first", async () => {
    const { payments, balances } = await networkHelpers.loadFixture(withBlock);
    const [first, second] = [transactions[1], outputs[1]];
    if (first === undefined || second === undefined) throw new Error("unreachable");
    await payments.prove(blockProof(block), first, second);
    expect(await payments.proveMany.staticCall(blockProof(block), transactions, outputs)).to.equal(2n);
    await payments.proveMany(blockProof(block), transactions, outputs);
    await payments.proveMany(blockProof(block), transactions, outputs);
    expect(await balances()).to.deep.equal([500_000n, 200_000n]);
  });

  it("reverts all when one proof does not hold, or the lists differ in length", async () => {
    const { payments, balances } = await networkHelpers.loadFixture(withBlock);
    const bad = [outputs[0] ?? [], [{ ...OUTPUT, vout: 1 }], outputs[2] ?? []];
    await expect(payments.proveMany(blockProof(block), transactions, bad)).to.be.revertedWithCustomError(
      payments,
      "BitcoinPayments_WrongAddress",
    );
    await expect(payments.proveMany(blockProof(block), transactions, outputs.slice(1)))
      .to.be.revertedWithCustomError(payments, "BitcoinPayments_LengthsDiffer")
      .withArgs(3, 2);
    expect(await balances()).to.deep.equal([0n, 0n]);
  });
});
