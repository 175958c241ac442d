// SPDX-License-Identifier: Apache-2.0
// What has fooled other light clients, each under the name it is known by.
import { expect } from "chai";
import { network } from "hardhat";
import { type Block, GENESIS, headersOf, hex, last, mine, mineChain, rival, targetOf } from "./support/blocks.ts";
import { connection, submitAll } from "./support/lightClient.ts";
import { MAINNET } from "./support/mainnet.ts";

const { ethers, networkHelpers } = connection;
const EPOCH = 2016;
const HOUR = 3600;

const deploy = (genesis: Block, powLimitBits: number, retargets: boolean) =>
  ethers.deployContract("BitcoinLightClient", [
    { powLimitBits, retargets },
    {
      height: 0,
      epochStart: genesis.time,
      chainwork: 2n ** 256n / (targetOf(genesis.bits) + 1n),
      headers: hex(genesis.header),
    },
  ]);

describe("BitcoinLightClient against known traps", () => {
  describe("compact bits: sign and overflow (arith_uint256::SetCompact)", () => {
    const invalid = new ethers.Interface(["error BitcoinTarget_Invalid(uint32)"]);
    const forms = {
      negative: 0x1d80ffff,
      "negative, of one byte": 0x01fedcba,
      zero: 0x1d000000,
      "zero once the mantissa is shifted out": 0x01003456,
      "wider than 256 bits by one bit": 0x21010000,
      "wider than 256 bits by a byte": 0x22000100,
      "wider than 256 bits by far": 0xff123456,
    };
    for (const [what, bits] of Object.entries(forms)) {
      it(`refuses what is ${what}, as a limit, in the checkpoint and in a header`, async () => {
        const header = Buffer.from(GENESIS.header);
        header.writeUInt32LE(bits, 72);
        for (const [genesis, limit] of [
          [GENESIS, bits],
          [{ ...GENESIS, header }, 0x207fffff],
        ] as const) {
          const attempt = deploy(genesis, limit, false);
          await expect(attempt).to.be.revertedWithCustomError({ interface: invalid }, "BitcoinTarget_Invalid");
        }
        const client = await deploy(GENESIS, 0x207fffff, false);
        const child = Buffer.from(mine(GENESIS).header);
        child.writeUInt32LE(bits, 72);
        await expect(client.submit(1, hex(child)))
          .to.be.revertedWithCustomError(client, "BitcoinLightClient_WrongBits")
          .withArgs(1, bits, 0x207fffff);
      });
    }

    it("refuses the right target in another form", async () => {
      const [bits, same] = [0x200f0000, 0x21000f00];
      expect(targetOf(bits)).to.equal(targetOf(same));
      const genesis = { ...mine(GENESIS, { bits }), height: 0 };
      const client = await deploy(genesis, bits, false);
      await expect(client.submit(1, headersOf([mine(genesis, { bits: same })])))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_WrongBits")
        .withArgs(1, same, bits);
      await client.submit(1, headersOf([mine(genesis)]));
    });
  });

  it("takes no testnet's minimum-difficulty block (20-minute rule, BIP-94), on mainnet's rules or others", async () => {
    const genesis = { ...mine(GENESIS, { bits: 0x2007ffff }), height: 0 };
    const late = mine(genesis, { time: genesis.time + 2 * HOUR, bits: 0x207fffff });
    for (const retargets of [true, false]) {
      const client = await deploy(genesis, 0x203fffff, retargets);
      await expect(client.submit(1, headersOf([late])))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_WrongBits")
        .withArgs(1, 0x207fffff, 0x2007ffff);
    }
  });

  it("starts on mainnet's rules from no block that has only regtest's work", async () => {
    const factory = await ethers.getContractFactory("BitcoinLightClient");
    const checkpoint = { height: 0, epochStart: GENESIS.time, chainwork: 2n, headers: hex(GENESIS.header) };
    await expect(ethers.deployContract("BitcoinLightClient", [MAINNET, checkpoint])).to.be.revertedWithCustomError(
      factory,
      "BitcoinLightClient_BadCheckpoint",
    );
  });

  describe("time warp, within what the median of eleven (BIP-113) and the bound of two hours allow", () => {
    const LIMIT = 0x201fffff;
    const QUARTER = 0x2007ffff;
    const SIXTEENTH = 0x2001ffff;
    const genesis = { ...mine(GENESIS, { bits: LIMIT }), height: 0 };
    // Times creep: a second for each five blocks, which the median allows even with one far ahead among the eleven.
    const creep = ({ height }: Block) => ({
      time: genesis.time + Math.min(height + 1, 12) + Math.floor(Math.max(height - 11, 0) / 5),
    });
    const first = mineChain(genesis, EPOCH - 1, creep);

    it("counts an epoch that ends before it began as one of a quarter of its time, no less", async () => {
      const ahead = mine(last(first), { time: genesis.time + 2 * HOUR, bits: QUARTER });
      const second = [ahead, ...mineChain(ahead, EPOCH - 1, creep)];
      expect(last(second).time).to.be.lessThan(ahead.time);
      const client = await deploy(genesis, LIMIT, true);
      await submitAll(client, [...first, ...second]);
      const next = { time: genesis.time + HOUR };
      await expect(client.submit(2 * EPOCH, headersOf([mine(last(second), { ...next, bits: QUARTER })])))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_WrongBits")
        .withArgs(2 * EPOCH, QUARTER, SIXTEENTH);
      await client.submit(2 * EPOCH, headersOf([mine(last(second), { ...next, bits: SIXTEENTH })]));
    });

    it("lets the last block of an epoch be dated two hours ahead, for 0.6% of difficulty, and no further", async () => {
      const client = await deploy(genesis, LIMIT, true);
      await submitAll(client, first.slice(0, -1));
      const chainTime = await networkHelpers.time.latest();
      const parent = first.at(-2) ?? genesis;
      const limit = chainTime + 100 + 2 * HOUR;
      await networkHelpers.time.setNextBlockTimestamp(chainTime + 100);
      await expect(client.submit(EPOCH - 1, headersOf([mine(parent, { time: limit + 1 })])))
        .to.be.revertedWithCustomError(client, "BitcoinLightClient_TimeTooLate")
        .withArgs(EPOCH - 1, limit + 1, limit);
      await networkHelpers.time.setNextBlockTimestamp(chainTime + 101);
      await client.submit(EPOCH - 1, headersOf([mine(parent, { time: limit })]));
    });
  });
});

describe("BitcoinLightClient on a chain without a gas cap by transaction (EIP-7825)", () => {
  const RING = 4096;
  const trunk = mineChain(GENESIS, RING + 100);
  const parent = trunk[trunk.length - RING + 10] ?? GENESIS;
  const fork = mineChain(parent, last(trunk).height - parent.height + 1, rival("as deep as the ring"));

  it("reorganizes as deep as the times for the median are kept, 4,085 blocks, at once", async () => {
    const uncapped = await network.create({ override: { hardfork: "prague", blockGasLimit: 200_000_000n } });
    const client = await uncapped.ethers.deployContract("BitcoinLightClient", [
      { powLimitBits: GENESIS.bits, retargets: false },
      { height: 0, epochStart: GENESIS.time, chainwork: 2n, headers: hex(GENESIS.header) },
    ]);
    for (let i = 0; i < trunk.length; i += 1000) {
      await client.submit(i + 1, headersOf(trunk.slice(i, i + 1000)), { gasLimit: 150_000_000n });
    }
    const response = await client.submit(parent.height + 1, headersOf(fork), { gasLimit: 150_000_000n });
    const gas = Number((await response.wait())?.gasUsed);
    expect(fork.length).to.equal(4086);
    expect((await client.tip()).blockHash).to.equal(hex(last(fork).hash));
    expect(await client.confirmations(parent.height + 1, hex(fork[0]?.hash ?? Buffer.alloc(0)))).to.equal(4086n);
    // So a chain that caps a transaction at 2^24 gas can follow a reorganization of at least 1,200 blocks.
    expect(gas / fork.length).to.be.lessThan(2 ** 24 / 1200);
    if (process.env.XOV_GAS) console.log({ deepest: fork.length, gas, perHeader: gas / fork.length });
    await uncapped.close();
  }).timeout(60_000);
});
