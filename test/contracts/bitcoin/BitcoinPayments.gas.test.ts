// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { GENESIS, headersOf, mine, mineChain } from "./support/blocks.ts";
import { OUTPUT, PAYMENT, withPaidBlock } from "./support/fixture.ts";
import { connection } from "./support/lightClient.ts";
import { blockProof, fill, transactionProof } from "./support/payments.ts";

describe("What proving a payment costs", () => {
  it("is at most 95,000 gas at depth 12", async () => {
    const { client, payments } = await connection.networkHelpers.loadFixture(withPaidBlock);
    const paid = mine(GENESIS, { txids: fill(4096, new Map([[2749, PAYMENT]])) });
    await client.submit(1, headersOf([paid, ...mineChain(paid, 4)]));
    const costOf = async (raw: Buffer) => {
      const transaction = transactionProof(paid, 2749, raw);
      const response = await payments.prove(blockProof(paid), transaction, [OUTPUT]);
      return Number((await response.wait())?.gasUsed);
    };
    const snapshot = await connection.networkHelpers.takeSnapshot();
    const legacy = await costOf(PAYMENT.legacy);
    await snapshot.restore();
    const segwit = await costOf(PAYMENT.segwit);
    if (process.env.XOV_GAS) console.log({ legacy, segwit });
    expect(legacy).to.be.lessThan(95_000);
  });
});
