// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { sha256d } from "./support/blocks.ts";
import { connection } from "./support/lightClient.ts";
import { readTransactions } from "./support/mainnet.ts";

const { ethers, networkHelpers } = connection;
const deploy = () => ethers.deployContract("BitcoinHarness");
const reversed = (hash: string): string => `0x${Buffer.from(hash, "hex").reverse().toString("hex")}`;

/** The form without witness of a transaction with one, whose outputs end where the last output's script does. */
function stripped(raw: string, lastScript: string): string {
  const end = raw.lastIndexOf(lastScript, raw.length) + lastScript.length;
  return raw.slice(0, 8) + raw.slice(12, end) + raw.slice(-8);
}

describe("BitcoinTransaction and BitcoinMerkle on mainnet", () => {
  const { header, transactions } = readTransactions();
  const root = `0x${header.subarray(36, 68).toString("hex")}`;

  for (const { what, index, txid, outputs, lastOutput, raw, path } of transactions) {
    describe(`given transaction ${index} of block 831,332: ${what}`, () => {
      it("finds its id, its outputs and its place in the block, as a node returns it", async () => {
        const harness = await networkHelpers.loadFixture(deploy);
        const parsed = await harness.parse(`0x${raw}`);
        expect(parsed.txid).to.equal(reversed(txid));
        expect(parsed.outputs).to.equal(BigInt(outputs));
        expect(parsed.coinbase).to.equal(index === 0);
        const output = await harness.output(`0x${raw}`, outputs - 1);
        expect([output.value, output.script]).to.deep.equal([lastOutput.value, `0x${lastOutput.script}`]);
        const siblings = path.map((sibling) => `0x${sibling}`);
        expect(await harness.rootOf(parsed.txid, index, siblings)).to.equal(root);
        expect(await harness.rootOf(parsed.txid, index ^ 2, siblings)).not.to.equal(root);
      });

      it("finds the same without its witness", async () => {
        const harness = await networkHelpers.loadFixture(deploy);
        const legacy = raw.slice(8, 12) === "0001" ? stripped(raw, lastOutput.script) : raw;
        expect(sha256d(Buffer.from(legacy, "hex")).reverse().toString("hex")).to.equal(txid);
        const parsed = await harness.parse(`0x${legacy}`);
        expect([parsed.txid, parsed.outputs]).to.deep.equal([reversed(txid), BigInt(outputs)]);
        const output = await harness.output(`0x${legacy}`, outputs - 1);
        expect(output.value).to.equal(lastOutput.value);
      });

      it("refuses it without its last byte", async () => {
        const harness = await networkHelpers.loadFixture(deploy);
        const legacy = raw.slice(8, 12) === "0001" ? stripped(raw, lastOutput.script) : raw;
        await expect(harness.parse(`0x${legacy.slice(0, -2)}`)).to.be.revertedWithCustomError(
          { interface: new ethers.Interface(["error BitcoinTransaction_Truncated(uint256,uint256)"]) },
          "BitcoinTransaction_Truncated",
        );
      });
    });
  }

  it("covers both forms, a coinbase and a count of outputs in three bytes", () => {
    expect(transactions.some(({ raw }) => raw.slice(8, 12) !== "0001")).to.equal(true);
    expect(transactions.some(({ raw }) => raw.slice(8, 12) === "0001")).to.equal(true);
    expect(transactions.map(({ index }) => index)).to.include(0);
    expect(Math.max(...transactions.map(({ outputs }) => outputs))).to.be.greaterThan(252);
  });
});
