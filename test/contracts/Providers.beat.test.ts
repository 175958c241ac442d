// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { at, DAY, HOUR, live, loadFixture, marketed, time, valuesOf } from "./fixture.ts";

/** `marketed`, with the clock's zero. */
async function beating() {
  const s = await marketed();
  return { ...s, zero: Number((await s.providers.appliance(1)).lastBeat) };
}

describe("Providers.beat", () => {
  it("is for the provider and the hot key only", async () => {
    const s = await loadFixture(beating);
    await s.providers.connect(s.provider).beat(1);
    await s.providers.connect(s.hotKey).beat(1);
    await expect(s.providers.connect(s.stranger).beat(1))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
      .withArgs(1, s.stranger);
  });

  it("reverts for an unknown appliance", async () => {
    const s = await loadFixture(beating);
    await expect(s.providers.connect(s.hotKey).beat(2))
      .to.be.revertedWithCustomError(s.providers, "Providers_UnknownAppliance")
      .withArgs(2);
  });

  it("stores the clock", async () => {
    const s = await loadFixture(beating);
    await at(s.zero + 100);
    await expect(s.providers.connect(s.hotKey).beat(1)).to.emit(s.providers, "Beat").withArgs(1, 100);
    const { elapsed, lastBeat } = await s.providers.appliance(1);
    expect([elapsed, lastBeat]).to.deep.equal([100n, BigInt(s.zero + 100)]);
  });

  for (const [silence, clock] of [
    [HOUR - 1, HOUR - 1],
    [HOUR, HOUR],
    [HOUR + 1, HOUR],
    [DAY, HOUR],
  ] as const) {
    it(`has the clock at ${clock} after ${silence} seconds of silence`, async () => {
      const s = await loadFixture(beating);
      await time.increaseTo(s.zero + silence);
      expect(await s.providers.clockOf(1)).to.equal(clock);
    });
  }

  it("goes on where the clock stopped after a VA was down for a day", async () => {
    const s = await loadFixture(beating);
    await at(s.zero + DAY);
    await s.providers.connect(s.hotKey).beat(1);
    expect(await s.providers.clockOf(1)).to.equal(HOUR);
    await time.increaseTo(s.zero + DAY + 7);
    expect(await s.providers.clockOf(1)).to.equal(HOUR + 7);
  });

  it("does not make the clock faster to beat more often than needed", async () => {
    const s = await loadFixture(beating);
    for (let second = 2; second <= 20; second++) {
      await at(s.zero + second);
      await s.providers.connect(s.hotKey).beat(1);
      expect(await s.providers.clockOf(1)).to.equal(second);
    }
  });

  it("keeps up with wall time when it beats every twenty minutes", async () => {
    const s = await loadFixture(beating);
    await live(s, DAY);
    expect(await s.providers.clockOf(1)).to.equal((await time.latest()) - s.zero);
  });
});

describe("Providers' views", () => {
  it("revert for an unknown appliance, or give zero where the interface says so", async () => {
    const s = await loadFixture(beating);
    const views = [
      () => s.providers.clockOf(2),
      () => s.providers.appliance(2),
      () => s.providers.providerOf(2),
      () => s.providers.authorize(2, s.provider),
    ];
    for (const view of views) {
      await expect(view()).to.be.revertedWithCustomError(s.providers, "Providers_UnknownAppliance").withArgs(2);
    }
    expect(BigInt(await s.providers.bitcoinKeyOf(2)) + BigInt(await s.providers.sealKeyOf(2))).to.equal(0n);
    expect(valuesOf(await s.providers.stakeOf(s.stranger))).to.deep.equal([0n, 0n, 0n, 0n, 0n, 0n]);
  });
});
