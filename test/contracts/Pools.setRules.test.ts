// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { Admission, loadFixture, marketed, valuesOf } from "./fixture.ts";

describe("Pools.setRules, setOperator, setListed", () => {
  it("are for the operator only", async () => {
    const s = await loadFixture(marketed);
    const pools = s.pools.connect(s.stranger);
    const calls = [
      () => pools.setRules(1, s.rules),
      () => pools.setOperator(1, s.stranger),
      () => pools.setListed(1, s.stranger, true),
    ];
    for (const call of calls) {
      await expect(call())
        .to.be.revertedWithCustomError(s.pools, "Pools_NotOperator")
        .withArgs(1, s.stranger, s.operator);
    }
  });

  it("revert for an unknown pool, as do the views that need one", async () => {
    const s = await loadFixture(marketed);
    const calls = [
      () => s.pools.setRules(2, s.rules),
      () => s.pools.setOperator(2, s.stranger),
      () => s.pools.setListed(2, s.stranger, true),
      () => s.pools.rulesOf(2),
      () => s.pools.isAdmitted(2, s.provider),
    ];
    for (const call of calls) {
      await expect(call()).to.be.revertedWithCustomError(s.pools, "Pools_UnknownPool").withArgs(2);
    }
    expect(await s.pools.operatorOf(2)).to.equal(ZeroAddress);
  });

  it("setRules changes the rules", async () => {
    const s = await loadFixture(marketed);
    const rules = { minimumStake: 1n, collateralPerMsat: 2n, fee: 3n, admission: Admission.Listed };
    await expect(s.pools.connect(s.operator).setRules(1, rules))
      .to.emit(s.pools, "RulesChanged")
      .withArgs(1, Object.values(rules));
    expect(valuesOf(await s.pools.rulesOf(1))).to.deep.equal([1n, 2n, 3n, 1n]);
  });

  it("setOperator hands the pool over", async () => {
    const s = await loadFixture(marketed);
    await expect(s.pools.connect(s.operator).setOperator(1, s.stranger))
      .to.emit(s.pools, "OperatorChanged")
      .withArgs(1, s.stranger);
    await s.pools.connect(s.stranger).setRules(1, s.rules);
    await expect(s.pools.connect(s.operator).setRules(1, s.rules))
      .to.be.revertedWithCustomError(s.pools, "Pools_NotOperator")
      .withArgs(1, s.operator, s.stranger);
  });

  it("setOperator reverts for the zero address", async () => {
    const s = await loadFixture(marketed);
    await expect(s.pools.connect(s.operator).setOperator(1, ZeroAddress)).to.be.revertedWithCustomError(
      s.pools,
      "Pools_ZeroAddress",
    );
  });

  it("setListed admits providers to a pool that admits only who is listed, and takes it back", async () => {
    const s = await loadFixture(marketed);
    const pools = s.pools.connect(s.operator);
    expect(await pools.isAdmitted(1, s.provider)).to.equal(true);
    await pools.setRules(1, { ...s.rules, admission: Admission.Listed });
    expect(await pools.isAdmitted(1, s.provider)).to.equal(false);
    await expect(pools.setListed(1, s.provider, true))
      .to.emit(s.pools, "ProviderListed")
      .withArgs(1, s.provider, true);
    expect(await pools.isAdmitted(1, s.provider)).to.equal(true);
    expect(await pools.isAdmitted(1, s.stranger)).to.equal(false);
    await pools.setListed(1, s.provider, false);
    expect(await pools.isAdmitted(1, s.provider)).to.equal(false);
  });
});
