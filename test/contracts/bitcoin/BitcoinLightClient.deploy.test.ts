// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type Block, GENESIS, headersOf, hex, last, mine, mineChain, REGTEST_BITS } from "./support/blocks.ts";
import { connection } from "./support/lightClient.ts";

const { ethers } = connection;

describe("BitcoinLightClient's checkpoint", () => {
  const chain = [GENESIS, ...mineChain(GENESIS, 40)];
  const NETWORK = { powLimitBits: REGTEST_BITS, retargets: false };

  const deploy = (blocks: readonly Block[], change = {}, network = NETWORK) =>
    ethers.deployContract("BitcoinLightClient", [
      network,
      {
        height: last(blocks).height,
        epochStart: GENESIS.time,
        chainwork: 2n * BigInt(last(blocks).height + 1),
        headers: headersOf(blocks),
        ...change,
      },
    ]);

  it("may be any block with the ten before it", async () => {
    const client = await deploy(chain.slice(20, 31));
    expect(await client.checkpointHeight()).to.equal(30n);
    expect(await client.tip()).to.deep.equal([30n, hex(chain[30]?.hash ?? Buffer.alloc(0)), 62n]);
    expect(await client.blockHashAt(20)).to.equal(hex(chain[20]?.hash ?? Buffer.alloc(0)));
    await client.submit(31, headersOf(chain.slice(31)));
    expect((await client.tip()).height).to.equal(40n);
  });

  it("is never replaced, though blocks before it are known", async () => {
    const client = await deploy(chain.slice(20, 31));
    await expect(client.submit(30, headersOf(chain.slice(30))))
      .to.be.revertedWithCustomError(client, "BitcoinLightClient_UnknownParent")
      .withArgs(30, 0, 30);
  });

  it("holds later headers to the median of the times it gives", async () => {
    const client = await deploy(chain.slice(20, 31));
    const parent = last(chain.slice(20, 31));
    const median = chain[25]?.time ?? 0;
    await expect(client.submit(31, headersOf([mine(parent, { time: median })]))).to.be.revertedWithCustomError(
      client,
      "BitcoinLightClient_TimeTooEarly",
    );
    await client.submit(31, headersOf([mine(parent, { time: median + 1 })]));
  });

  it("must be whole, linked, worked for and consistent", async () => {
    const factory = await ethers.getContractFactory("BitcoinLightClient");
    const eleven = chain.slice(20, 31);
    const weak = mine(last(chain), { withoutWork: true });
    const bad = [
      () => deploy(eleven, { headers: "0x" }),
      () => deploy(eleven, { headers: `${headersOf(eleven)}00` }),
      () => deploy(chain.slice(19, 31)),
      () => deploy(chain.slice(21, 31)),
      () => deploy(chain.slice(0, 2), { height: 0 }),
      () => deploy([...chain.slice(19, 24), ...chain.slice(25, 31)]),
      () => deploy([...chain.slice(31), weak]),
      () => deploy(eleven, { chainwork: 61n }),
      () => deploy([GENESIS], { epochStart: GENESIS.time + 1 }),
      () => deploy(eleven, {}, { powLimitBits: 0x1d00ffff, retargets: false }),
    ];
    for (const attempt of bad) {
      await expect(attempt()).to.be.revertedWithCustomError(factory, "BitcoinLightClient_BadCheckpoint");
    }
  });
});
