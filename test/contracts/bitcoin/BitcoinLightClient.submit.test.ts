// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type Block, GENESIS, headersOf, hex, last, mine, mineChain, rival } from "./support/blocks.ts";
import { connection, deployRegtest, submitAll } from "./support/lightClient.ts";

const { networkHelpers } = connection;

const at = (chain: readonly Block[], height: number): Block => {
  const block = chain.find((candidate) => candidate.height === height);
  if (block === undefined) throw new Error(`There is no block ${height}.`);
  return block;
};

describe("BitcoinLightClient.submit", () => {
  const chain = mineChain(GENESIS, 30);

  async function withChain() {
    const client = await deployRegtest();
    await client.submit(1, headersOf(chain));
    return client;
  }

  describe("when the headers extend the tip", () => {
    it("accepts one", async () => {
      const client = await deployRegtest();
      const [one] = chain;
      if (one === undefined) throw new Error("unreachable");
      await expect(client.submit(1, headersOf([one])))
        .to.emit(client, "HeadersAccepted")
        .withArgs(1, 1, hex(one.hash));
      expect(await client.tip()).to.deep.equal([1n, hex(one.hash), 4n]);
    });

    it("accepts a batch, and knows how deep each lies", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      expect(await client.blockHashAt(7)).to.equal(hex(at(chain, 7).hash));
      expect(await client.confirmations(7, hex(at(chain, 7).hash))).to.equal(24n);
      expect(await client.confirmations(30, hex(last(chain).hash))).to.equal(1n);
      expect(await client.confirmations(8, hex(at(chain, 7).hash))).to.equal(0n);
      expect(await client.confirmations(31, `0x${"00".repeat(32)}`)).to.equal(0n);
    });

    it("skips leading headers that are canonical already", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      const more = mineChain(last(chain), 2);
      await expect(client.submit(21, headersOf([...chain.slice(20), ...more])))
        .to.emit(client, "HeadersAccepted")
        .withArgs(31, 32, hex(last(more).hash))
        .and.not.to.emit(client, "Reorganized");
    });
  });

  describe("when the headers replace a suffix", () => {
    it("follows the chain with more work, and forgets what was removed", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      const fork = mineChain(at(chain, 20), 11, rival("b"));
      await expect(client.submit(21, headersOf(fork)))
        .to.emit(client, "Reorganized")
        .withArgs(21, 30, hex(last(chain).hash))
        .and.to.emit(client, "HeadersAccepted")
        .withArgs(21, 31, hex(last(fork).hash));
      expect(await client.confirmations(21, hex(at(chain, 21).hash))).to.equal(0n);
      expect(await client.stands(21, hex(at(chain, 21).hash.subarray(0, 8)))).to.equal(false);
      expect(await client.confirmations(21, hex(at(fork, 21).hash))).to.equal(11n);
      expect(await client.confirmations(20, hex(at(chain, 20).hash))).to.equal(12n);
    });

    it("follows one that goes back to the checkpoint", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      const fork = mineChain(GENESIS, 31, rival("deep"));
      await client.submit(1, headersOf(fork));
      expect((await client.tip()).blockHash).to.equal(hex(last(fork).hash));
    });

    it("follows it back when the old chain overtakes", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      await client.submit(21, headersOf(mineChain(at(chain, 20), 11, rival("b"))));
      const more = mineChain(last(chain), 2);
      await client.submit(21, headersOf([...chain.slice(20), ...more]));
      expect((await client.tip()).blockHash).to.equal(hex(last(more).hash));
      expect(await client.confirmations(21, hex(at(chain, 21).hash))).to.equal(12n);
    });

    it("keeps the chain seen first when work is equal", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      const fork = mineChain(at(chain, 20), 10, rival("tie"));
      await expect(client.submit(21, headersOf(fork)))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_NotMoreWork")
        .withArgs(62n, 62n);
    });

    it("refuses one with less work, and headers that are all known", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      await expect(client.submit(21, headersOf(mineChain(at(chain, 20), 3, rival("short")))))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_NotMoreWork")
        .withArgs(48n, 62n);
      await expect(client.submit(21, headersOf(chain.slice(20)))).to.be.revertedWithCustomError(
        client,
        "BitcoinLightClient_NotMoreWork",
      );
    });

    it("never replaces the checkpoint", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      await expect(client.submit(0, hex(GENESIS.header)))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_UnknownParent")
        .withArgs(0, 0, 30);
    });
  });

  describe("when a header breaks a rule", () => {
    const tip = last(chain);

    it("refuses one without proof of work", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      await expect(client.submit(31, headersOf([mine(tip, { withoutWork: true })]))).to.be.revertedWithCustomError(
        client,
        "BitcoinLightClient_TooLittleWork",
      );
    });

    it("refuses a gap, a wrong parent and a wrong height", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      const next = mineChain(tip, 3);
      await expect(client.submit(32, headersOf(next.slice(1))))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_UnknownParent")
        .withArgs(32, 0, 30);
      await expect(client.submit(31, headersOf(next.slice(1))))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_NotConnected")
        .withArgs(31, hex(at(next, 31).hash), hex(tip.hash));
      await expect(client.submit(30, headersOf(next))).to.be.revertedWithCustomError(
        client,
        "BitcoinLightClient_NotConnected",
      );
      await expect(client.submit(4294967295, headersOf(next))).to.be.revertedWithCustomError(
        client,
        "BitcoinLightClient_UnknownParent",
      );
    });

    it("refuses other bits, harder ones too", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      await expect(client.submit(31, headersOf([mine(tip, { bits: 0x207ffffe })])))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_WrongBits")
        .withArgs(31, 0x207ffffe, 0x207fffff);
    });

    it("refuses a time that is not later than the median of the last eleven", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      const median = at(chain, 25).time;
      await expect(client.submit(31, headersOf([mine(tip, { time: median })])))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_TimeTooEarly")
        .withArgs(31, median);
      await client.submit(31, headersOf([mine(tip, { time: median + 1 })]));
    });

    it("takes the median of times that are out of order, within a batch and across batches", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      const offsets = [5000, 1, 9000, -1200, 20, 8000, 3, 100];
      let time = 0;
      const blocks: Block[] = [];
      for (const offset of offsets) {
        const parent = blocks.at(-1) ?? tip;
        const times = [...chain, ...blocks].slice(-11).map((block) => block.time);
        times.sort((a, b) => a - b);
        time = Math.max(tip.time + offset, (times[5] ?? 0) + 1);
        blocks.push(mine(parent, { time }));
      }
      await submitAll(client, blocks.slice(0, 3));
      await submitAll(client, blocks.slice(3));
      expect((await client.tip()).blockHash).to.equal(hex(last(blocks).hash));
    });

    it("refuses a time more than two hours ahead, and takes it later", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      const now = (await networkHelpers.time.latest()) + 1000;
      const block = mine(tip, { time: now + 7201 });
      await networkHelpers.time.setNextBlockTimestamp(now);
      await expect(client.submit(31, headersOf([block])))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_TimeTooLate")
        .withArgs(31, block.time, now + 7200);
      await networkHelpers.time.setNextBlockTimestamp(now + 1);
      await client.submit(31, headersOf([block]));
    });

    it("refuses no headers and parts of one", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      await expect(client.submit(31, "0x"))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_BadLength")
        .withArgs(0);
      await expect(client.submit(31, headersOf([mine(tip)]).slice(0, -2)))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_BadLength")
        .withArgs(79);
    });

    it("changes nothing when a later header of a batch is wrong", async () => {
      const client = await networkHelpers.loadFixture(withChain);
      const good = mineChain(tip, 2);
      const bad = mine(last(good), { bits: 0x207ffffe });
      await expect(client.submit(31, headersOf([...good, bad]))).to.be.revertedWithCustomError(
        client,
        "BitcoinLightClient_WrongBits",
      );
      expect((await client.tip()).height).to.equal(30n);
      expect(await client.blockHashAt(31)).to.equal(`0x${"00".repeat(32)}`);
    });
  });
});
