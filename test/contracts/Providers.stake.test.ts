// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { at, DAY, ethers, LOCK, listed, loadFixture, marketed, STAKE, time, valuesOf } from "./fixture.ts";

const DELAY = 14 * DAY;

describe("Providers.stake", () => {
  it("moves XOV from the vault balance to the free stake", async () => {
    const s = await loadFixture(marketed);
    await expect(s.providers.connect(s.relayer).stake(5n)).to.emit(s.providers, "Staked").withArgs(s.relayer, 5n);
    expect(valuesOf(await s.providers.stakeOf(s.relayer))).to.deep.equal([5n, 0n, 0n, 0n, 0n, 0n]);
    expect(await s.vault.balanceOf(s.xov, s.providers)).to.equal(STAKE + 5n);
  });

  it("reverts beyond the vault balance", async () => {
    const s = await loadFixture(marketed);
    await expect(s.providers.connect(s.provider).stake(STAKE + 1n))
      .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
      .withArgs(s.xov, s.provider, STAKE, STAKE + 1n);
  });

  it("reverts beyond 128 bits", async () => {
    const s = await loadFixture(marketed);
    await expect(s.providers.connect(s.provider).stake(2n ** 128n)).to.be.revertedWithCustomError(
      s.providers,
      "SafeCastOverflowedUintDowncast",
    );
  });
});

describe("Providers.requestUnstake", () => {
  it("starts the cool-down", async () => {
    const s = await loadFixture(marketed);
    const leavesAt = (await time.latest()) + 10 + DELAY;
    await at(leavesAt - DELAY);
    await expect(s.providers.connect(s.provider).requestUnstake(3n))
      .to.emit(s.providers, "UnstakeRequested")
      .withArgs(s.provider, 3n, leavesAt);
    expect(valuesOf(await s.providers.stakeOf(s.provider))).to.deep.equal([
      STAKE - 3n,
      0n,
      3n,
      BigInt(leavesAt),
      0n,
      0n,
    ]);
  });

  it("cools each further request down by itself", async () => {
    const s = await loadFixture(marketed);
    const providers = s.providers.connect(s.provider);
    await providers.requestUnstake(3n);
    const first = (await time.latest()) + DELAY;
    await at(first - 10);
    await providers.requestUnstake(4n);
    const stake = await s.providers.stakeOf(s.provider);
    expect([stake.leaving, stake.leavesAt]).to.deep.equal([7n, BigInt(first)]);
    await at(first);
    await expect(providers.withdrawStake()).to.emit(s.providers, "Unstaked").withArgs(s.provider, 3n, 0n);
    const second = await s.providers.stakeOf(s.provider);
    expect([second.leaving, second.leavesAt]).to.deep.equal([4n, BigInt(first - 10 + DELAY)]);
  });

  it("reverts for nothing, and for the 33rd request that waits", async () => {
    const s = await loadFixture(marketed);
    const providers = s.providers.connect(s.provider);
    await expect(providers.requestUnstake(0n)).to.be.revertedWithCustomError(s.providers, "Providers_ZeroAmount");
    for (let i = 0; i < 32; i++) await providers.requestUnstake(1n);
    await expect(providers.requestUnstake(1n))
      .to.be.revertedWithCustomError(s.providers, "Thawing_TooManyRequests")
      .withArgs(32);
  });

  it("reverts beyond the free stake: what asks and leases lock stays", async () => {
    const s = await loadFixture(listed);
    const free = STAKE - 8n * LOCK;
    await expect(s.providers.connect(s.provider).requestUnstake(free + 1n))
      .to.be.revertedWithCustomError(s.providers, "Providers_StakeTooSmall")
      .withArgs(s.provider, free, free + 1n);
    await s.providers.connect(s.provider).requestUnstake(free);
  });
});

describe("Providers.withdrawStake", () => {
  it("reverts when nothing is leaving", async () => {
    const s = await loadFixture(marketed);
    await expect(s.providers.connect(s.provider).withdrawStake())
      .to.be.revertedWithCustomError(s.providers, "Providers_NothingLeaving")
      .withArgs(s.provider);
  });

  it("reverts a second before the cool-down ends", async () => {
    const s = await loadFixture(marketed);
    await s.providers.connect(s.provider).requestUnstake(3n);
    const leavesAt = (await time.latest()) + DELAY;
    await at(leavesAt - 1);
    await expect(s.providers.connect(s.provider).withdrawStake())
      .to.be.revertedWithCustomError(s.providers, "Providers_StillLeaving")
      .withArgs(s.provider, leavesAt);
  });

  it("pays to the vault balance then, once", async () => {
    const s = await loadFixture(marketed);
    await s.providers.connect(s.provider).requestUnstake(3n);
    await at((await time.latest()) + DELAY);
    await expect(s.providers.connect(s.provider).withdrawStake())
      .to.emit(s.providers, "Unstaked")
      .withArgs(s.provider, 3n, 0n);
    expect(await s.vault.balanceOf(s.xov, s.provider)).to.equal(STAKE + 3n);
    expect(await s.vault.balanceOf(s.xov, s.providers)).to.equal(STAKE - 3n);
    await expect(s.providers.connect(s.provider).withdrawStake()).to.be.revertedWithCustomError(
      s.providers,
      "Providers_NothingLeaving",
    );
  });
});

describe("Providers.lock, unlock, slash", () => {
  it("are for the exchange and the leases only", async () => {
    const s = await loadFixture(listed);
    const providers = s.providers.connect(s.provider);
    for (const call of [
      () => providers.lock(s.provider, 1n),
      () => providers.unlock(s.provider, 1n),
      () => providers.slash(s.provider, 1n),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(s.providers, "Providers_NotLocker").withArgs(s.provider);
    }
  });

  it("never touch more than is locked", async () => {
    const s = await loadFixture(listed);
    const leases = s.providers.connect(await ethers.getImpersonatedSigner(await s.leases.getAddress()));
    for (const method of [leases.unlock, leases.slash]) {
      await expect(method.staticCall(s.provider, 8n * LOCK + 1n, { gasPrice: 0n })).to.be.revertedWithPanic(0x11);
    }
  });
});
