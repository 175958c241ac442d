// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { BitcoinLightClient } from "../../../typechain-types/bitcoin/BitcoinLightClient.js";
import { hex, last, sha256d, targetOf } from "./support/blocks.ts";
import { connection } from "./support/lightClient.ts";
import {
  bitsOf,
  CHECKPOINT,
  checkpointOf,
  MAINNET,
  readEpochs,
  readWindow,
  timeOf,
  type Window,
} from "./support/mainnet.ts";

const { ethers } = connection;
const EPOCH = 2016;
/** Headers that a transaction with fresh slots can carry below the transaction gas cap of 2^24. */
const BATCH = 400;

const at = (window: Window, height: number): Buffer => {
  const header = window.headers[height - window.firstHeight];
  if (header === undefined) throw new Error(`There is no block ${height}.`);
  return header;
};
const between = (window: Window, from: number, to: number): string =>
  hex(Buffer.concat(window.headers.slice(from - window.firstHeight, to + 1 - window.firstHeight)));

const deploy = (window: Window, chainwork?: bigint, change = {}): Promise<BitcoinLightClient> =>
  ethers.deployContract("BitcoinLightClient", [MAINNET, { ...checkpointOf(window, chainwork), ...change }]);

async function submitUpTo(client: BitcoinLightClient, window: Window, height: number): Promise<void> {
  for (let from = Number((await client.tip()).height) + 1; from <= height; from += BATCH) {
    await client.submit(from, between(window, from, Math.min(from + BATCH - 1, height)));
  }
}

describe("BitcoinLightClient on mainnet", () => {
  for (const [year, name, heights] of [
    [2019, "mainnet-588661-588676.json", [588672]],
    [2022, "mainnet-741877-741894.json", [741888]],
    [2024, "mainnet-824533-828588.json", [824544, 826560, 828576]],
  ] as const) {
    describe(`given the retarget${heights.length > 1 ? "s" : ""} at ${heights.join(", ")} (${year})`, () => {
      const window = readWindow(name);
      const end = window.firstHeight + window.headers.length - 1;

      it("are headers of that year, and change their bits there and nowhere else", () => {
        const changes = window.headers.flatMap((header, i) => {
          const parent = window.headers[i - 1];
          return parent !== undefined && bitsOf(parent) !== bitsOf(header) ? [window.firstHeight + i] : [];
        });
        expect(changes).to.deep.equal(heights);
        for (const height of heights) {
          expect(height % EPOCH).to.equal(0);
          expect(new Date(timeOf(at(window, height)) * 1000).getUTCFullYear()).to.equal(year);
        }
      });

      it("follows them to the last", async () => {
        const client = await deploy(window);
        await submitUpTo(client, window, end);
        const tip = await client.tip();
        expect([tip.height, tip.blockHash]).to.deep.equal([BigInt(end), hex(sha256d(last(window.headers)))]);
      });

      it("refuses the first of an epoch when the one before took a day less or more", async () => {
        const [first] = heights;
        for (const change of [-86400, 86400]) {
          const client = await deploy(window, undefined, { epochStart: window.epochStart.time + change });
          await expect(
            client.submit(window.firstHeight + CHECKPOINT, between(window, window.firstHeight + CHECKPOINT, first)),
          )
            .to.be.revertedWithCustomError(client, "BitcoinLightClient_WrongBits")
            .withArgs(first, bitsOf(at(window, first)), (need: bigint) => need !== BigInt(bitsOf(at(window, first))));
        }
      });

      it("refuses the first of an epoch under its parent's bits, or any other", async () => {
        const [first] = heights;
        const client = await deploy(window);
        await submitUpTo(client, window, first - 1);
        const need = bitsOf(at(window, first));
        for (const bits of [bitsOf(at(window, first - 1)), need + 1, need - 1, MAINNET.powLimitBits]) {
          const header = Buffer.from(at(window, first));
          header.writeUInt32LE(bits, 72);
          await expect(client.submit(first, hex(header)))
            .to.be.revertedWithCustomError(client, "BitcoinLightClient_WrongBits")
            .withArgs(first, bits, need);
        }
      });
    });
  }

  describe("given chainwork as Bitcoin Core counts it", () => {
    it("counts the same at the end and the beginning of each epoch", async () => {
      const window = readWindow("mainnet-824533-828588.json");
      const [start, ...later] = window.chainworks;
      if (start === undefined) throw new Error("no chainwork");
      const client = await deploy(window, start.value);
      expect(start.height).to.equal(window.firstHeight + CHECKPOINT - 1);
      for (const { height, value } of later) {
        await submitUpTo(client, window, height);
        expect((await client.tip()).chainwork).to.equal(value, `at ${height}`);
      }
    });

    it("follows from every retarget there ever was, up to 2024", async () => {
      const { headers, chainworks } = readEpochs();
      const harness = await ethers.deployContract("BitcoinHarness");
      const epochs = [...(await harness.retargets(hex(Buffer.concat(headers)), MAINNET.powLimitBits))];
      let work = 0n;
      for (const [i, epoch] of epochs.entries()) {
        const next = headers[2 * i + 2];
        if (next === undefined) throw new Error("an epoch without a successor");
        expect(epoch.next).to.equal(BigInt(bitsOf(next)), `at ${EPOCH * (i + 1)}`);
        work += epoch.work * BigInt(EPOCH);
        const known = chainworks.find(({ height }) => height === EPOCH * (i + 1));
        if (known !== undefined) expect(work + 2n ** 256n / (targetOf(bitsOf(next)) + 1n)).to.equal(known.value);
      }
      expect(epochs.length).to.equal(413);
      expect(chainworks.at(-1)?.height).to.equal(413 * EPOCH);
    });
  });

  describe("given two blocks at 823,226, of which one became stale", () => {
    const window = readWindow("mainnet-823215-823229.json");
    const stale = window.stale ?? { height: 0, header: Buffer.alloc(80) };

    it("keeps the one seen first until the other has a child, then follows that", async () => {
      const client = await deploy(window);
      await client.submit(stale.height, hex(stale.header));
      await expect(client.submit(stale.height, hex(at(window, stale.height)))).to.be.revertedWithCustomError(
        client,
        "BitcoinLightClient_NotMoreWork",
      );
      await expect(client.submit(stale.height, between(window, stale.height, stale.height + 1)))
        .to.emit(client, "Reorganized")
        .withArgs(stale.height, stale.height, hex(sha256d(stale.header)));
      await submitUpTo(client, window, 823229);
      expect(await client.confirmations(stale.height, hex(sha256d(stale.header)))).to.equal(0n);
      expect(await client.confirmations(stale.height, hex(sha256d(at(window, stale.height))))).to.equal(4n);
      await expect(client.submit(stale.height, hex(stale.header))).to.be.revertedWithCustomError(
        client,
        "BitcoinLightClient_NotMoreWork",
      );
    });
  });

  it("takes a block dated before its parent, as long as it is later than the median (BIP-113)", async () => {
    const window = readWindow("mainnet-588661-588676.json");
    const [first, second] = [at(window, 588672), at(window, 588673)];
    expect(timeOf(second)).to.be.lessThan(timeOf(first));
    const client = await deploy(window);
    await submitUpTo(client, window, 588673);
    expect((await client.tip()).blockHash).to.equal(hex(sha256d(second)));
  });
});
