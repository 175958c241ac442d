// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { GENESIS, hex, last, mine, mineChain } from "./support/blocks.ts";
import { CONFIRMATIONS, LEASE, OUTPUT, PAYMENT, withPaidBlock } from "./support/fixture.ts";
import { connection, submitAll } from "./support/lightClient.ts";
import { blockProof, fill, transactionProof } from "./support/payments.ts";

const { ethers, networkHelpers } = connection;

describe("What proving a payment at depth 12 costs", () => {
  const INDEX = 2749;
  const old = mineChain(GENESIS, 4200);
  const paid = mine(last(old), { txids: fill(4096, new Map([[INDEX, PAYMENT]])) });

  async function withOldBlocks() {
    const fixture = await withPaidBlock();
    await submitAll(fixture.client, [...old, paid, ...mineChain(paid, CONFIRMATIONS - 1)]);
    return fixture;
  }

  /** Whole-transaction gas; `reused`: the record takes the slot of a payment that is final. */
  async function gasOf(raw: Buffer, reused: boolean): Promise<number> {
    const { payments } = await networkHelpers.loadFixture(withOldBlocks);
    if (reused) {
      const key = ethers.solidityPackedKeccak256(
        ["bytes32", "uint256", "bytes32"],
        [hex(PAYMENT.txid), OUTPUT.vout, hex(LEASE)],
      );
      const slot = BigInt(key) % 16_384n;
      const final = (7n << 160n) | (1n << 96n) | (1n << 64n) | 1n;
      await networkHelpers.setStorageAt(await payments.getAddress(), slot, final);
    }
    const response = await payments.prove(blockProof(paid), transactionProof(paid, INDEX, raw), [OUTPUT]);
    return Number((await response.wait())?.gasUsed);
  }

  it("is at most 95,000 gas when the slot of a final payment's record is reused", async () => {
    const fresh = await gasOf(PAYMENT.legacy, false);
    const reused = await gasOf(PAYMENT.legacy, true);
    const segwit = await gasOf(PAYMENT.segwit, true);
    if (process.env.XOV_GAS) console.log({ fresh, reused, reusedWithWitness: segwit });
    expect(fresh - reused).to.be.greaterThan(14_000);
    expect(reused).to.be.lessThan(95_000);
  });
});
