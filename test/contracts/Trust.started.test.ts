// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { TRUST_PARAMETERS } from "../../scripts/deploy/trustParameters.ts";
import { at, COMPUTE_UNITS, HOUR, LAUNCH, loadFixture, SEALED_ACCESS, STAKE, taken, time } from "./fixture.ts";
import { awaiting, ENOUGH, impersonated, trusting } from "./trustFixture.ts";

const { floor } = TRUST_PARAMETERS;
const NANO = 1_000_000_000n;

/** Waits for the excess to be gone. */
async function quiet(trust: { pricing(): Promise<{ excess: bigint }> }): Promise<void> {
  const { excess } = await trust.pricing();
  await time.increase(Number(excess / NANO) + 1);
}

describe("Leases.start, beyond the holder's limit", () => {
  it("burns the start price from the provider's vault balance", async () => {
    const s = await loadFixture(awaiting);
    const before = await s.vault.balanceOf(s.xov, s.provider);
    const tx = s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await expect(tx).to.emit(s.trust, "StartPaid");
    const paid = before - (await s.vault.balanceOf(s.xov, s.provider));
    expect(paid >= (floor * COMPUTE_UNITS) / 1000n && paid < (floor * COMPUTE_UNITS * 2n) / 1000n).to.equal(true);
    expect(await s.vault.balanceOf(s.xov, ZeroAddress)).to.equal(paid);
    expect((await s.leases.statusOf(s.id)).withinLimit).to.equal(false);
    expect((await s.trust.userOf(s.holder)).used).to.equal(0n);
  });

  it("costs what startPrice said in that second", async () => {
    const s = await loadFixture(awaiting);
    const then = (await time.latest()) + 60;
    await time.setNextBlockTimestamp(then);
    await s.providers.connect(s.hotKey).beat(s.appliance);
    const told = await s.trust.startPrice(COMPUTE_UNITS);
    await time.setNextBlockTimestamp(then + 1);
    const before = await s.vault.balanceOf(s.xov, s.provider);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    expect(before - (await s.vault.balanceOf(s.xov, s.provider))).to.equal(told);
  });

  it("reverts when the balance is less, and changes nothing", async () => {
    const s = await loadFixture(awaiting);
    await s.vault.connect(s.provider).withdraw(s.xov, STAKE, s.provider);
    const need = await s.trust.startPrice(COMPUTE_UNITS);
    await expect(s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS))
      .to.be.revertedWithCustomError(s.trust, "Trust_StartUnpaid")
      .withArgs(s.provider, 0n, need);
    expect((await s.trust.pricing()).excess).to.equal(0n);
    // the provider may still decline
    await s.leases.connect(s.hotKey).decline(s.id, "no XOV");
  });
});

describe("a provider's purse", () => {
  it("pays starts before the vault balance does, and is burned for many at once", async () => {
    const s = await loadFixture(awaiting);
    const mine = s.trust.connect(s.provider);
    await expect(mine.fund(floor)).to.emit(s.trust, "PurseFunded").withArgs(s.provider, floor);
    // too little for a start: the vault balance pays the whole of it
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    expect(await s.trust.purseOf(s.provider)).to.deep.equal([floor, 0n]);
    await mine.fund(10n * floor);
    const balance = await s.vault.balanceOf(s.xov, s.provider);
    await s.trust.connect(s.asLeases).started(s.holder, s.provider, COMPUTE_UNITS);
    const [left, spent] = await s.trust.purseOf(s.provider);
    expect(spent > 0n && left + spent === 11n * floor).to.equal(true);
    expect(await s.vault.balanceOf(s.xov, s.provider)).to.equal(balance);
    const retired = await s.vault.balanceOf(s.xov, ZeroAddress);
    const supply = await s.xov.totalSupply();
    await s.trust.connect(s.stranger).burnSpent([s.provider, s.stranger, s.provider]);
    expect(supply - (await s.xov.totalSupply())).to.equal(spent + retired);
    expect(await s.trust.purseOf(s.provider)).to.deep.equal([left, 0n]);
    await expect(mine.empty(left + 1n))
      .to.be.revertedWithCustomError(s.trust, "Trust_PurseTooSmall")
      .withArgs(s.provider, left, left + 1n);
    await mine.empty(left);
    expect(await s.vault.balanceOf(s.xov, s.trust)).to.equal(0n);
  });
});

describe("Leases.start, within the holder's limit", () => {
  it("is free and uses the limit", async () => {
    const s = await loadFixture(awaiting);
    await s.trust.connect(s.holder).deposit(ENOUGH);
    const before = await s.vault.balanceOf(s.xov, s.provider);
    const tx = s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await tx;
    expect((await s.trust.userOf(s.holder)).used).to.equal(COMPUTE_UNITS);
    await expect(tx).not.to.emit(s.trust, "StartPaid");
    expect(await s.vault.balanceOf(s.xov, s.provider)).to.equal(before);
    expect((await s.leases.statusOf(s.id)).withinLimit).to.equal(true);
    expect((await s.leases.lease(s.id)).decade).to.equal((await s.markets.market(1)).decade);
  });

  it("needs the whole of the instance's units: one base unit less is anonymous", async () => {
    const s = await loadFixture(awaiting);
    await s.trust.connect(s.holder).deposit(ENOUGH - 1n);
    await expect(s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS)).to.emit(s.trust, "StartPaid");
    expect((await s.trust.userOf(s.holder)).used).to.equal(0n);
  });

  it("is used once by a lease that is launched again", async () => {
    const s = await loadFixture(awaiting);
    await s.trust.connect(s.holder).deposit(3n * ENOUGH);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await s.leases.connect(s.holder).launch(s.id, LAUNCH);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    expect((await s.trust.userOf(s.holder)).used).to.equal(COMPUTE_UNITS);
  });

  it("leaves the second instance anonymous when it covers one", async () => {
    const s = await loadFixture(awaiting);
    await s.trust.connect(s.holder).deposit(ENOUGH);
    const other = await taken(s, 2n);
    await s.leases.connect(s.payments).credit(other, 15_000_000n);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await expect(s.leases.connect(s.hotKey).start(other, SEALED_ACCESS)).to.emit(s.trust, "StartPaid");
    expect((await s.trust.userOf(s.holder)).used).to.equal(COMPUTE_UNITS);
  });
});

describe("Trust.started", () => {
  it("is for the leases only, as are delivered and ended", async () => {
    const s = await loadFixture(trusting);
    const end = {
      holder: s.holder.address,
      provider: s.provider.address,
      pool: s.pool,
      units: 1n,
      withinLimit: true,
      started: true,
      failed: false,
      delivered: 0n,
      feeless: false,
      withheld: 0n,
    };
    for (const call of [
      () => s.trust.started(s.holder, s.provider, 1n),
      () => s.trust.delivered(s.holder, s.provider, s.pool, 1n),
      () => s.trust.ended(end),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(s.trust, "Trust_NotLeases").withArgs(s.treasury);
    }
  });

  it("prices the second start above the first, and as the floor again once the excess is gone", async () => {
    const s = await loadFixture(trusting);
    const units = 1000n;
    const first = await s.trust.startPrice(units);
    await s.trust.connect(s.asLeases).started(s.holder, s.provider, units);
    expect((await s.trust.startPrice(units)) > first).to.equal(true);
    await quiet(s.trust);
    expect(await s.trust.startPrice(units)).to.equal(first);
  });

  it("decays at the target rate: a rush of a whole hour's target is gone in an hour", async () => {
    const s = await loadFixture(trusting);
    const target = await s.trust.targetRate();
    expect(target).to.equal(TRUST_PARAMETERS.leastTarget);
    await s.trust.connect(s.asLeases).started(s.holder, s.provider, target);
    expect((await s.trust.pricing()).excess).to.equal(BigInt(HOUR) * NANO);
    const now = await time.latest();
    await at(now + HOUR / 2);
    await s.providers.connect(s.hotKey).beat(s.appliance);
    expect((await s.trust.pricing()).excess).to.equal((BigInt(HOUR) * NANO) / 2n);
    await at(now + HOUR);
    await s.providers.connect(s.hotKey).beat(s.appliance);
    expect((await s.trust.pricing()).excess).to.equal(0n);
    expect((await s.trust.pricing()).perUnit).to.equal(floor);
  });

  it("costs the same in one start as in many at one moment, to the rounding", async () => {
    const s = await loadFixture(trusting);
    const asLeases = await impersonated(await s.leases.getAddress());
    const whole = await s.trust.startPrice(50_000n);
    const before = await s.vault.balanceOf(s.xov, s.provider);
    const then = (await time.latest()) + 1;
    for (let i = 0; i < 50; i++) {
      await time.setNextBlockTimestamp(then + i);
      await s.trust.connect(asLeases).started(s.holder, s.provider, 1000n);
    }
    const parts = before - (await s.vault.balanceOf(s.xov, s.provider));
    // fifty seconds of decay lie between them
    expect(parts <= whole && parts > (whole * 99n) / 100n).to.equal(true);
  });

  it("ends where the price would pass its bound, and goes on when it has decayed", async () => {
    const s = await loadFixture(trusting);
    const { rise, leastTarget } = TRUST_PARAMETERS;
    const most = (16n * rise * leastTarget) / BigInt(HOUR);
    await expect(s.trust.startPrice(most + 1n))
      .to.be.revertedWithCustomError(s.trust, "Trust_StartsExhausted")
      .withArgs(most + 1n, 16n * rise * NANO + 180_000_000n, 16n * rise * NANO);
    const all = await s.trust.startPrice(most);
    // floor × target × rise × (e^16 − 1)
    const expected = 0.01 * 20 * 2 * (Math.exp(16) - 1);
    expect(Math.abs(Number(all) / 1e18 / expected - 1) < 1e-9).to.equal(true);
    expect(await s.trust.startPrice(0n)).to.equal(0n);
  });
});
