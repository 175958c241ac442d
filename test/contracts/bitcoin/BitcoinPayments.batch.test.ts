// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { type Block, GENESIS, headersOf, hex, last, mine, mineChain } from "./support/blocks.ts";
import { ADDRESS, KEY, LEASE, OUTPUT } from "./support/fixture.ts";
import { connection, deployRegtest } from "./support/lightClient.ts";
import { blockProof, fill, type Payment, pay, scriptOf, sharePaths, transactionProof } from "./support/payments.ts";

const { ethers, networkHelpers } = connection;
const errors = {
  interface: new ethers.Interface([
    "error BitcoinProof_NotBeside(bytes32,uint256)",
    "error BitcoinMerkle_IndexOutOfRange(uint256,uint256)",
    "error BitcoinMerkle_NotBeside(uint256,uint256,uint256)",
    "error BitcoinMerkle_DuplicatedNode(uint256)",
  ]),
};

/** A block of `count` transactions with payments of 1, 2, 4, … satoshi at these places, so that a sum tells them apart. */
function blockWith(count: number, places: readonly number[]) {
  const payments = new Map<number, Payment>(
    places.map((place, i) => [place, pay([{ script: scriptOf(ADDRESS), value: 1n << BigInt(i % 40) }], `${place}`)]),
  );
  const block = mine(GENESIS, { txids: fill(count, payments) });
  const proofs = places.map((place) => transactionProof(block, place, payments.get(place)?.legacy ?? Buffer.alloc(0)));
  return { block, proofs, outputs: places.map(() => [{ ...OUTPUT, vout: 0 }]) };
}

async function deploy() {
  const client = await deployRegtest();
  const leases = await ethers.deployContract("CreditableMock");
  const payments = await ethers.deployContract("BitcoinPayments", [client, leases]);
  await leases.open(hex(LEASE), hex(KEY), 1);
  const follow = (block: Block) => client.submit(1, headersOf([block, ...mineChain(block, 1)]));
  const balance = async () => (await leases.leases(hex(LEASE))).balance - 1n;
  return { payments, follow, balance };
}

describe("BitcoinPayments.proveMany with paths that share what they have in common", () => {
  it("credits any payments of any block", async () => {
    const cases = fc.integer({ min: 1, max: 40 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        places: fc.uniqueArray(fc.nat({ max: count - 1 }), { minLength: 1, maxLength: 8 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ count, places }) => {
        const { payments, follow, balance } = await networkHelpers.loadFixture(deploy);
        const sorted = [...places].sort((a, b) => a - b);
        const { block, proofs, outputs } = blockWith(count, sorted);
        await follow(block);
        await payments.proveMany(blockProof(block), sharePaths(proofs), outputs);
        expect(await balance()).to.equal(1000n * ((1n << BigInt(sorted.length)) - 1n));
      }),
      { numRuns: 40 },
    );
  });

  it("takes whole paths between shared ones", async () => {
    const { payments, follow, balance } = await networkHelpers.loadFixture(deploy);
    const { block, proofs, outputs } = blockWith(13, [2, 3, 7, 11]);
    await follow(block);
    const [a, b, c, d] = proofs;
    const [, sharedB] = sharePaths(proofs);
    const [, sharedD] = sharePaths([c, d].flatMap((proof) => proof ?? []));
    if (!a || !b || !c || !d || !sharedB || !sharedD) throw new Error("unreachable");
    await payments.proveMany(blockProof(block), [a, sharedB, c, sharedD], outputs);
    expect(await balance()).to.equal(15_000n);
  });

  describe("given a shared path that does not hold", () => {
    it("refuses one that is not above the one before, or ends at another level", async () => {
      const { payments, follow } = await networkHelpers.loadFixture(deploy);
      const { block, proofs, outputs } = blockWith(13, [2, 7]);
      await follow(block);
      const [a, b] = proofs;
      const [, shared] = sharePaths(proofs);
      if (!a || !b || !shared) throw new Error("unreachable");
      expect(shared.path.length).to.equal(2);
      const cases = [
        [b, { ...a, path: a.path.slice(0, 2) }, [2, 7, 2]],
        [a, { ...a, path: a.path.slice(0, 0) }, [2, 2, 0]],
        [a, { ...b, path: b.path.slice(0, 1) }, [7, 2, 1]],
        [a, { ...b, path: b.path.slice(0, 3) }, [7, 2, 3]],
        [a, { ...shared, index: 7 + 16 }, [23, 2, 2]],
      ] as const;
      for (const [first, second, expected] of cases) {
        await expect(payments.proveMany(blockProof(block), [first, second], outputs))
          .to.be.revertedWithCustomError(errors, "BitcoinMerkle_NotBeside")
          .withArgs(...expected);
      }
    });

    it("refuses another place beside the branch, a changed sibling and a transaction that is not there", async () => {
      const { payments, follow, balance } = await networkHelpers.loadFixture(deploy);
      const { block, proofs, outputs } = blockWith(13, [2, 7]);
      await follow(block);
      const [a, shared] = sharePaths(proofs);
      if (!a || !shared) throw new Error("unreachable");
      const other = pay([{ script: scriptOf(ADDRESS), value: 1n << 40n }], "never mined");
      const changed = [hex(block.hash), ...shared.path.slice(1)];
      for (const bad of [
        { ...shared, index: 6 },
        { ...shared, path: changed },
        { ...shared, raw: hex(other.legacy) },
      ]) {
        await expect(payments.proveMany(blockProof(block), [a, bad], outputs)).to.be.revertedWithCustomError(
          errors,
          "BitcoinProof_NotBeside",
        );
      }
      await expect(payments.proveMany(blockProof(block), [shared, a], outputs))
        .to.be.revertedWithCustomError(errors, "BitcoinMerkle_IndexOutOfRange")
        .withArgs(7, 2);
      expect(await balance()).to.equal(0n);
    });

    it("refuses a node that repeats the branch beside it (CVE-2012-2459)", async () => {
      const { payments, follow } = await networkHelpers.loadFixture(deploy);
      const { block, proofs } = blockWith(11, [10]);
      await follow(block);
      const [only] = proofs;
      if (!only) throw new Error("unreachable");
      const outputs = [[{ ...OUTPUT, vout: 0 }], [{ ...OUTPUT, vout: 0 }]];
      await expect(payments.proveMany(blockProof(block), [only, { ...only, index: 11, path: [] }], outputs))
        .to.be.revertedWithCustomError(errors, "BitcoinMerkle_DuplicatedNode")
        .withArgs(0);
    });
  });

  describe("what it saves", () => {
    const COUNT = 4096;
    for (const payments of [2, 10, 100]) {
      it(`costs less than whole paths for ${payments} payments of ${COUNT} transactions`, async () => {
        const places = Array.from({ length: payments }, (_, i) => Math.floor(((i + 0.37) * COUNT) / payments));
        const { block, proofs, outputs } = blockWith(COUNT, places);
        const gas = async (transactions: typeof proofs) => {
          const { payments: contract, follow } = await networkHelpers.loadFixture(deploy);
          await follow(block);
          const response = await contract.proveMany(blockProof(block), transactions, outputs, { gasLimit: 2 ** 24 });
          return Number((await response.wait())?.gasUsed);
        };
        const [whole, shared] = [await gas(proofs), await gas(sharePaths(proofs))];
        if (process.env.XOV_GAS) console.log({ payments, whole: whole / payments, shared: shared / payments });
        expect(shared).to.be.lessThan(whole);
        expect(last(proofs).path.length).to.equal(12);
      });
    }
  });
});
