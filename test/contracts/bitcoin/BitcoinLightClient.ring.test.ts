// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type Block, GENESIS, headersOf, hex, last, mineChain, rival } from "./support/blocks.ts";
import { connection, deployRegtest, submitAll } from "./support/lightClient.ts";

const { networkHelpers } = connection;
const RING = 4096;
const NONE = `0x${"00".repeat(32)}`;

describe("BitcoinLightClient once its ring is full", () => {
  const chain = [GENESIS, ...mineChain(GENESIS, 4299)];
  const at = (height: number): Block => chain[height] ?? GENESIS;
  const tip = last(chain);
  const oldest = tip.height - RING + 1;

  async function full() {
    const client = await deployRegtest();
    await submitAll(client, chain.slice(1));
    return client;
  }

  it("knows the last 4,096 blocks and no others", async () => {
    const client = await networkHelpers.loadFixture(full);
    expect(await client.blockHashAt(tip.height)).to.equal(hex(tip.hash));
    expect(await client.blockHashAt(oldest)).to.equal(hex(at(oldest).hash));
    expect(await client.confirmations(oldest, hex(at(oldest).hash))).to.equal(4096n);
    expect(await client.blockHashAt(oldest - 1)).to.equal(NONE);
    expect(await client.confirmations(oldest - 1, hex(at(oldest - 1).hash))).to.equal(0n);
    expect(await client.blockHashAt(tip.height + 1)).to.equal(NONE);
    expect((await client.tip()).chainwork).to.equal(4300n * 2n);
  });

  it("counts what has left the ring as final", async () => {
    const client = await networkHelpers.loadFixture(full);
    const gone = at(oldest - 1);
    expect(await client.stands(gone.height, hex(gone.hash.subarray(0, 8)))).to.equal(true);
    expect(await client.stands(tip.height + 1, hex(tip.hash.subarray(0, 8)))).to.equal(false);
    expect(await client.stands(tip.height, hex(gone.hash.subarray(0, 8)))).to.equal(false);
  });

  it("reorganizes as deep as the times for the median are kept, and no deeper", async () => {
    const client = await networkHelpers.loadFixture(full);
    const parent = at(oldest + 10);
    const deep = mineChain(parent, tip.height - parent.height + 1, rival("deep"));
    const tooDeep = mineChain(at(oldest + 9), 1, rival("too deep"));
    await expect(client.submit(oldest + 10, headersOf(tooDeep)))
      .to.be.revertedWithCustomError(client, "BitcoinLightClient_UnknownParent")
      .withArgs(oldest + 10, oldest, tip.height);
    // A block's gas has to do for it, as it would on a chain without a cap by transaction.
    await expect(client.submit(parent.height + 1, headersOf(deep.slice(0, 300)))).to.be.revertedWithCustomError(
      client,
      "BitcoinLightClient_NotMoreWork",
    );
  });

  it("reorganizes hundreds of blocks in one transaction", async () => {
    const client = await networkHelpers.loadFixture(full);
    const parent = at(tip.height - 300);
    const fork = mineChain(parent, 301, rival("long"));
    await client.submit(parent.height + 1, headersOf(fork));
    expect(await client.tip()).to.deep.equal([BigInt(tip.height + 1), hex(last(fork).hash), 4301n * 2n]);
    expect(await client.confirmations(parent.height + 1, hex(at(parent.height + 1).hash))).to.equal(0n);
  });

  it("takes at most 12,000 gas for a further header of a batch", async () => {
    const client = await networkHelpers.loadFixture(full);
    const more = mineChain(tip, 150);
    const gas = async (blocks: readonly Block[]) => {
      const response = await client.submit(blocks[0]?.height ?? 0, headersOf(blocks));
      return Number((await response.wait())?.gasUsed);
    };
    const fifty = await gas(more.slice(0, 50));
    const hundred = await gas(more.slice(50));
    expect((hundred - fifty) / 50).to.be.lessThan(12_000);
    const one = await gas(mineChain(last(more), 1));
    if (process.env.XOV_GAS) console.log({ marginal: (hundred - fifty) / 50, one });
  });
});
