// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { z } from "zod";
import { GENESIS, headersOf, hex, last, mine, mineChain, rival, sha256d, targetOf } from "./support/blocks.ts";
import { connection, submitAll } from "./support/lightClient.ts";

const { ethers, networkHelpers } = connection;

const vectors = z
  .object({
    firstHeight: z.number(),
    epochStart: z.object({ height: z.number(), time: z.number() }),
    headers: z.array(z.string()),
  })
  .parse(
    JSON.parse(readFileSync(new URL("../../vectors/bitcoin/mainnet-741877-741894.json", import.meta.url), "utf8")),
  );

const headers = vectors.headers.map((header) => Buffer.from(header, "hex"));
const MAINNET_BITS = 0x1d00ffff;
const CHAINWORK = 0x2e7f7f7f0000000000000000n; // of no matter here, but below what mainnet had

/** Light client of mainnet whose checkpoint is the eleventh header, 741,887, the last block of its epoch. */
const deployMainnet = (epochStart: number) =>
  ethers.deployContract("BitcoinLightClient", [
    { powLimitBits: MAINNET_BITS, retargets: true },
    { height: 741887, epochStart, chainwork: CHAINWORK * 2n ** 12n, headers: hex(Buffer.concat(headers.slice(0, 11))) },
  ]);

describe("BitcoinLightClient.submit across a retarget", () => {
  describe("given headers of mainnet", () => {
    it("accepts the first block of an epoch with the bits that follow from the one before", async () => {
      const client = await deployMainnet(vectors.epochStart.time);
      await client.submit(741888, hex(Buffer.concat(headers.slice(11))));
      const tip = await client.tip();
      expect(tip.height).to.equal(741894n);
      expect(tip.blockHash).to.equal(hex(sha256d(last(headers))));
      const work = 2n ** 256n / (targetOf(0x170984cc) + 1n);
      expect(tip.chainwork).to.equal(CHAINWORK * 2n ** 12n + 7n * work);
    });

    it("accepts them one by one", async () => {
      const client = await deployMainnet(vectors.epochStart.time);
      for (const [i, header] of headers.slice(11).entries()) await client.submit(741888 + i, hex(header));
      expect((await client.tip()).height).to.equal(741894n);
    });

    it("wants other bits when the epoch took longer", async () => {
      const client = await deployMainnet(vectors.epochStart.time - 3600);
      await expect(client.submit(741888, hex(Buffer.concat(headers.slice(11)))))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_WrongBits")
        .withArgs(741888, 0x170984cc, (bits: bigint) => bits > 0x170984ccn);
    });

    it("refuses a version below 4 (BIP-34, 66 and 65), before its work is looked at", async () => {
      const client = await deployMainnet(vectors.epochStart.time);
      const old = Buffer.from(headers[11] ?? []);
      for (const version of [3, -1]) {
        old.writeInt32LE(version, 0);
        await expect(client.submit(741888, hex(old)))
          .to.be.revertedWithCustomError(client, "BitcoinLightClient_VersionTooLow")
          .withArgs(741888, version, 4);
      }
    });

    it("has no minimum-difficulty exception after twenty minutes without a block", async () => {
      const client = await deployMainnet(vectors.epochStart.time);
      await client.submit(741888, hex(headers[11] ?? Buffer.alloc(0)));
      const easy = Buffer.from(headers[12] ?? []);
      easy.writeUInt32LE(easy.readUInt32LE(68) + 3600, 68);
      easy.writeUInt32LE(MAINNET_BITS, 72);
      await expect(client.submit(741889, hex(easy)))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_WrongBits")
        .withArgs(741889, MAINNET_BITS, 0x170984cc);
    });
  });

  describe("given a chain that retargets from an easy target", () => {
    const WEEKS = 14 * 24 * 3600;
    const LIMIT = 0x201fffff;
    const QUARTER = 0x2007ffff;
    const start = mine(GENESIS, { bits: LIMIT });
    const genesis = { ...start, height: 0 };
    // Blocks a second apart up to the last but one of the epoch: its last decides by how much the target falls.
    const trunk = mineChain(genesis, 2014, (parent) => ({ time: parent.time + 1 }));
    const fork = last(trunk);
    const slowLast = mine(fork, { time: genesis.time + WEEKS });
    const slow = [slowLast, ...mineChain(slowLast, 5)];
    const fastLast = mine(fork, { time: fork.time + 1 });

    const deploy = () =>
      ethers.deployContract("BitcoinLightClient", [
        { powLimitBits: LIMIT, retargets: true },
        { height: 0, epochStart: genesis.time, chainwork: 8n, headers: hex(genesis.header) },
      ]);

    async function withSlow() {
      const client = await deploy();
      await submitAll(client, [...trunk, ...slow]);
      return client;
    }

    it("keeps the bits when the epoch took two weeks", async () => {
      const client = await networkHelpers.loadFixture(withSlow);
      expect(await client.tip()).to.deep.equal([2020n, hex(last(slow).hash), 2021n * 8n]);
    });

    it("follows a chain that is shorter but has more work, and forgets what it does not reach", async () => {
      const client = await networkHelpers.loadFixture(withSlow);
      const first = mine(fastLast, { bits: QUARTER });
      const fast = [fastLast, first, mine(first)];
      await expect(client.submit(2015, headersOf(fast)))
        .to.emit(client, "Reorganized")
        .withArgs(2015, 2020, hex(last(slow).hash));
      expect(await client.tip()).to.deep.equal([2017n, hex(last(fast).hash), 2016n * 8n + 2n * 32n]);
      for (const block of slow) {
        expect(await client.confirmations(block.height, hex(block.hash))).to.equal(0n);
        expect(await client.stands(block.height, hex(block.hash.subarray(0, 8)))).to.equal(false);
      }
      await client.submit(2018, headersOf([mine(last(fast))]));
      expect((await client.tip()).height).to.equal(2018n);
    });

    it("goes back to the first chain, whose epoch it has overwritten, when that has more work again", async () => {
      const client = await networkHelpers.loadFixture(withSlow);
      const first = mine(fastLast, { bits: QUARTER });
      await client.submit(2015, headersOf([fastLast, first, mine(first)]));
      const more = mineChain(last(slow), 4);
      await client.submit(2015, headersOf([...slow, ...more]));
      expect(await client.tip()).to.deep.equal([2024n, hex(last(more).hash), 2025n * 8n]);
    });

    it("counts a first block that claims the old bits as invalid", async () => {
      const client = await networkHelpers.loadFixture(withSlow);
      const chain = [fastLast, ...mineChain(fastLast, 8, rival("easy"))];
      await expect(client.submit(2015, headersOf(chain)))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_WrongBits")
        .withArgs(2016, LIMIT, QUARTER);
    });

    it("never gets easier than the network's limit", async () => {
      const client = await deploy();
      const late = mine(fork, { time: genesis.time + 3 * WEEKS });
      await submitAll(client, [...trunk, late, mine(late)]);
      expect((await client.tip()).height).to.equal(2016n);
    });
  });
});
