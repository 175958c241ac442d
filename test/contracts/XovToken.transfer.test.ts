// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { XovToken__factory } from "../../typechain-types/index.js";
import { at, deployed, loadFixture, SUPPLY, time } from "./fixture.ts";

describe("XovToken", () => {
  it("mints the whole supply to the treasury and has no way to mint more", async () => {
    const s = await loadFixture(deployed);
    expect(await s.xov.totalSupply()).to.equal(SUPPLY);
    expect(await s.xov.balanceOf(s.treasury)).to.equal(SUPPLY);
    expect(s.xov.interface.getFunction("mint" as "burn")).to.equal(null);
    expect([await s.xov.name(), await s.xov.symbol(), await s.xov.decimals()]).to.deep.equal(["XOV", "XOV", 18n]);
  });

  it("refuses a supply that votes cannot count", async () => {
    const s = await loadFixture(deployed);
    await expect(new XovToken__factory(s.treasury).deploy(s.treasury, 2n ** 208n))
      .to.be.revertedWithCustomError(s.xov, "ERC20ExceededSafeSupply")
      .withArgs(2n ** 208n, 2n ** 208n - 1n);
  });

  it("counts votes by time (ERC-6372)", async () => {
    const s = await loadFixture(deployed);
    expect(await s.xov.CLOCK_MODE()).to.equal("mode=timestamp");
    expect(await s.xov.clock()).to.equal(await time.latest());
    const delegatedAt = (await time.latest()) + 10;
    await at(delegatedAt);
    await s.xov.delegate(s.holder);
    await time.increase(1);
    expect(await s.xov.getPastVotes(s.holder, delegatedAt - 1)).to.equal(0n);
    expect(await s.xov.getPastVotes(s.holder, delegatedAt)).to.equal(SUPPLY);
  });

  it("burns what its owner burns, with the votes", async () => {
    const s = await loadFixture(deployed);
    await s.xov.delegate(s.treasury);
    await s.xov.burn(SUPPLY - 1n);
    expect([await s.xov.totalSupply(), await s.xov.getVotes(s.treasury)]).to.deep.equal([1n, 1n]);
    await expect(s.xov.burn(2n))
      .to.be.revertedWithCustomError(s.xov, "ERC20InsufficientBalance")
      .withArgs(s.treasury, 1n, 2n);
  });
});
