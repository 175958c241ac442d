// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { LOCK, listed, loadFixture, MINIMUM_STAKE, STAKE, time } from "./fixture.ts";
import { COOL_DOWN, impersonated } from "./trustFixture.ts";

/** The stake of a provider with an ask of eight instances, of which a quarter of what is free is leaving. */
async function seizable() {
  const s = await listed();
  const claims = s.providers.connect(await impersonated(await s.claims.getAddress()));
  const exchange = s.providers.connect(await impersonated(await s.exchange.getAddress()));
  const leaving = (STAKE - 8n * LOCK) / 4n;
  await s.providers.connect(s.provider).requestUnstake(leaving);
  const free = STAKE - 8n * LOCK - leaving;
  return { ...s, asClaims: claims, asExchange: exchange, free, leaving, locked: 8n * LOCK };
}

describe("Providers.seize", () => {
  it("takes free and leaving stake alike, before what is locked", async () => {
    const s = await loadFixture(seizable);
    const half = (s.free + s.leaving) / 2n;
    await expect(s.asClaims.seize(s.provider, half, s.stranger, 5n))
      .to.emit(s.providers, "Seized")
      .withArgs(s.provider, half, s.stranger, 5n);
    const stake = await s.providers.stakeOf(s.provider);
    expect([stake.free, stake.leaving, stake.locked, stake.short]).to.deep.equal([
      s.free / 2n + (s.free % 2n),
      s.leaving / 2n,
      s.locked,
      0n,
    ]);
    expect(await s.vault.balanceOf(s.xov, s.stranger)).to.equal(5n);
    expect(await s.vault.balanceOf(s.xov, ZeroAddress)).to.equal(half - 5n);
    expect(await s.vault.balanceOf(s.xov, s.providers)).to.equal(STAKE - half);
  });

  it("then takes locked stake: everything behind it bears the same part, until it is made good", async () => {
    const s = await loadFixture(seizable);
    const quarter = s.locked / 4n;
    await s.asClaims.seize(s.provider, s.free + s.leaving + quarter, s.stranger, 0n);
    const stake = await s.providers.stakeOf(s.provider);
    expect([stake.free, stake.leaving, stake.locked, stake.short]).to.deep.equal([0n, 0n, s.locked, quarter]);
    expect(await s.providers.seizable(s.provider)).to.equal(s.locked - quarter);
    // nothing new can be locked
    await expect(s.asExchange.lock(s.provider, 1n))
      .to.be.revertedWithCustomError(s.providers, "Providers_StakeTooSmall")
      .withArgs(s.provider, 0n, 1n);
    // a penalty burns its part of what is left
    const supply = await s.xov.totalSupply();
    await s.asExchange.slash(s.provider, LOCK);
    expect(supply - (await s.xov.totalSupply())).to.equal((LOCK * 3n) / 4n);
    // what becomes free makes the rest good before it is free
    const short = quarter - LOCK / 4n;
    expect((await s.providers.stakeOf(s.provider)).short).to.equal(short);
    await s.asExchange.unlock(s.provider, LOCK);
    const after = await s.providers.stakeOf(s.provider);
    expect([after.free, after.locked, after.short]).to.deep.equal([0n, 6n * LOCK, short - LOCK]);
    await s.providers.connect(s.provider).stake(short);
    const whole = await s.providers.stakeOf(s.provider);
    expect([whole.free, whole.locked, whole.short]).to.deep.equal([LOCK, 6n * LOCK, 0n]);
    expect(await s.vault.balanceOf(s.xov, s.providers)).to.equal(7n * LOCK);
  });

  it("counts what is left, not what was locked, as the stake of who wants to sell", async () => {
    const s = await loadFixture(seizable);
    await s.asExchange.lock(s.provider, s.free);
    await s.providers.requireSeller(s.provider, 1);
    await s.asClaims.seize(s.provider, STAKE - MINIMUM_STAKE + 1n, s.stranger, 0n);
    await expect(s.providers.requireSeller(s.provider, 1))
      .to.be.revertedWithCustomError(s.providers, "Providers_StakeTooSmall")
      .withArgs(s.provider, MINIMUM_STAKE - 1n, MINIMUM_STAKE);
    await s.providers.connect(s.provider).stake(1n);
    await s.providers.requireSeller(s.provider, 1);
  });

  it("takes all there is when more is asked", async () => {
    const s = await loadFixture(seizable);
    expect(await s.asClaims.seize.staticCall(s.provider, 2n * STAKE, s.stranger, STAKE * 2n)).to.equal(STAKE);
    await s.asClaims.seize(s.provider, 2n * STAKE, s.stranger, STAKE * 2n);
    expect(await s.vault.balanceOf(s.xov, s.stranger)).to.equal(STAKE);
    expect(await s.providers.seizable(s.provider)).to.equal(0n);
    // what was locked still unlocks
    await s.asExchange.unlock(s.provider, s.locked);
    const stake = await s.providers.stakeOf(s.provider);
    expect([stake.free, stake.locked, stake.short]).to.deep.equal([0n, 0n, 0n]);
  });

  it("does not let go what is frozen", async () => {
    const s = await loadFixture(seizable);
    const free = s.providers.connect(s.provider);
    await s.asClaims.freeze(s.provider, STAKE - s.leaving + 10n);
    await time.increase(COOL_DOWN);
    await expect(free.withdrawStake())
      .to.emit(s.providers, "Unstaked")
      .withArgs(s.provider, s.leaving - 10n, 10n);
    expect((await s.providers.stakeOf(s.provider)).free).to.equal(s.free + 10n);
    await s.asClaims.unfreeze(s.provider, STAKE - s.leaving + 10n);
    expect((await s.providers.stakeOf(s.provider)).frozen).to.equal(0n);
  });

  it("is for the claims and the trust module, freezing for the claims only", async () => {
    const s = await loadFixture(seizable);
    const trust = s.providers.connect(await impersonated(await s.trust.getAddress()));
    await trust.seize(s.provider, 1n, ZeroAddress, 0n);
    for (const call of [
      () => s.providers.connect(s.provider).seize(s.provider, 1n, s.provider, 1n),
      () => trust.freeze(s.provider, 1n),
      () => trust.unfreeze(s.provider, 0n),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(s.providers, "Providers_NotSeizer");
    }
  });
});
