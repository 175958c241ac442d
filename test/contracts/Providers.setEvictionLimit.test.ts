// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { at, DAY, loadFixture, marketed, time } from "./fixture.ts";
import { impersonated } from "./trustFixture.ts";

/** The hot key may evict three times a day; `evict` counts one, as Leases does. */
async function limited() {
  const s = await marketed();
  const locker = s.providers.connect(await impersonated(await s.leases.getAddress()));
  await s.providers.connect(s.provider).setEvictionLimit(s.appliance, 3);
  return { ...s, evict: (caller: { address: string } = s.hotKey) => locker.countEviction(s.appliance, caller.address) };
}

const EIGHT_HOURS = DAY / 3;

describe("Providers.setEvictionLimit", () => {
  it("says so, and lets the hot key evict so many at once", async () => {
    const s = await loadFixture(marketed);
    expect([...(await s.providers.evictionsOf(s.appliance))]).to.deep.equal([0n, 0n]);
    await expect(s.providers.connect(s.provider).setEvictionLimit(s.appliance, 3))
      .to.emit(s.providers, "EvictionLimitSet")
      .withArgs(s.appliance, 3);
    expect([...(await s.providers.evictionsOf(s.appliance))]).to.deep.equal([3n, 3n]);
  });

  it("is the provider's only", async () => {
    const s = await loadFixture(marketed);
    await expect(s.providers.connect(s.hotKey).setEvictionLimit(s.appliance, 3))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotProvider")
      .withArgs(s.appliance, s.hotKey, s.provider);
  });

  it("stops the hot key beyond it, until one is regained", async () => {
    const s = await loadFixture(limited);
    const first = (await time.latest()) + 100;
    for (let i = 0; i < 3; ++i) {
      await at(first + i);
      await s.evict();
    }
    expect((await s.providers.evictionsOf(s.appliance)).left).to.equal(0n);
    await at(first + EIGHT_HOURS - 1);
    await expect(s.evict())
      .to.be.revertedWithCustomError(s.providers, "Providers_TooManyEvictions")
      .withArgs(s.appliance, 3, first + EIGHT_HOURS);
    await at(first + EIGHT_HOURS);
    await s.evict();
    await expect(s.evict()).to.be.revertedWithCustomError(s.providers, "Providers_TooManyEvictions");
    await time.increaseTo(first + 4 * EIGHT_HOURS);
    expect((await s.providers.evictionsOf(s.appliance)).left).to.equal(3n);
  });

  it("never saves up more than it", async () => {
    const s = await loadFixture(limited);
    await time.increase(30 * DAY);
    for (let i = 0; i < 3; ++i) await s.evict();
    await expect(s.evict()).to.be.revertedWithCustomError(s.providers, "Providers_TooManyEvictions");
  });

  it("does not count the provider's own", async () => {
    const s = await loadFixture(limited);
    for (let i = 0; i < 5; ++i) await s.evict(s.provider);
    expect((await s.providers.evictionsOf(s.appliance)).left).to.equal(3n);
  });

  it("forbids the hot key again with zero", async () => {
    const s = await loadFixture(limited);
    await s.providers.connect(s.provider).setEvictionLimit(s.appliance, 0);
    await expect(s.evict())
      .to.be.revertedWithCustomError(s.providers, "Providers_TooManyEvictions")
      .withArgs(s.appliance, 0, MaxUint256);
    await s.evict(s.provider);
  });

  it("is counted by lockers only, of whom the appliance obeys", async () => {
    const s = await loadFixture(limited);
    await expect(s.providers.connect(s.hotKey).countEviction(s.appliance, s.hotKey))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotLocker")
      .withArgs(s.hotKey);
    await expect(s.evict(s.stranger))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
      .withArgs(s.appliance, s.stranger);
  });
});
