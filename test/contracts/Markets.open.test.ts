// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { encodeBytes32String, keccak256 } from "ethers";
import { PermitToken__factory } from "../../typechain-types/index.js";
import { BITCOIN, COMPUTE_UNITS, ethers, loadFixture, marketed, valuesOf } from "./fixture.ts";

describe("Markets.open", () => {
  it("opens a market with the class's units, for anyone", async () => {
    const s = await loadFixture(marketed);
    await s.pools.create(encodeBytes32String("second"), s.rules);
    await expect(s.markets.connect(s.stranger).open(2, s.class, BITCOIN))
      .to.emit(s.markets, "MarketOpened")
      .withArgs(2, 2, s.class, BITCOIN, 0, COMPUTE_UNITS);
    expect(await s.markets.marketOf(2, s.class, BITCOIN)).to.equal(2n);
    expect(valuesOf(await s.markets.market(2))).to.deep.equal([BITCOIN, 2n, COMPUTE_UNITS, 0n, s.class]);
    expect(valuesOf(await s.markets.scaleOf(2))).to.deep.equal([BITCOIN, 2n, COMPUTE_UNITS, 0n]);
  });

  it("gives the same market a second time", async () => {
    const s = await loadFixture(marketed);
    expect(await s.markets.open.staticCall(1, s.class, BITCOIN)).to.equal(1n);
    await expect(s.markets.open(1, s.class, BITCOIN)).not.to.emit(s.markets, "MarketOpened");
  });

  for (const [decimals, decade] of [
    [18, 12n],
    [8, 2n],
    [7, 1n],
    [6, 0n],
    [0, 0n],
  ] as const) {
    it(`begins its scale at decade ${decade} for a token with ${decimals} decimals`, async () => {
      const s = await loadFixture(marketed);
      const token = await new PermitToken__factory(s.stranger).deploy(decimals, 0);
      await s.markets.open(1, s.class, token);
      expect((await s.markets.scaleOf(2)).decade).to.equal(decade);
    });
  }

  it("reverts for a token with more than 18 decimals", async () => {
    const s = await loadFixture(marketed);
    const token = await new PermitToken__factory(s.stranger).deploy(19, 0);
    await expect(s.markets.open(1, s.class, token))
      .to.be.revertedWithCustomError(s.markets, "Markets_UnsupportedQuote")
      .withArgs(token);
  });

  it("reverts for an address that is no token", async () => {
    const s = await loadFixture(marketed);
    for (const account of [s.stranger, s.pools]) {
      await expect(s.markets.open(1, s.class, account)).to.be.revert(ethers);
    }
  });

  it("reverts for an unknown pool", async () => {
    const s = await loadFixture(marketed);
    await expect(s.markets.open(2, s.class, BITCOIN))
      .to.be.revertedWithCustomError(s.pools, "Pools_UnknownPool")
      .withArgs(2);
  });

  it("reverts for an unknown class", async () => {
    const s = await loadFixture(marketed);
    await expect(s.markets.open(1, keccak256("0x"), BITCOIN))
      .to.be.revertedWithCustomError(s.classes, "ComputeClasses_UnknownClass")
      .withArgs(keccak256("0x"));
  });

  it("knows no other market", async () => {
    const s = await loadFixture(marketed);
    for (const id of [0, 2]) {
      for (const view of [() => s.markets.market(id), () => s.markets.scaleOf(id)]) {
        await expect(view()).to.be.revertedWithCustomError(s.markets, "Markets_UnknownMarket").withArgs(id);
      }
    }
    expect(await s.markets.marketOf(2, s.class, BITCOIN)).to.equal(0n);
  });
});
