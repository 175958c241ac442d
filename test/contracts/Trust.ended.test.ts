// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { TRUST_PARAMETERS } from "../../scripts/deploy/trustParameters.ts";
import {
  at,
  COMPUTE_UNITS,
  GRACE,
  HOUR,
  LAUNCH,
  live,
  loadFixture,
  PREPAYMENT,
  PRICE,
  SEALED_ACCESS,
  time,
  untilClock,
} from "./fixture.ts";
import { awaiting, ENOUGH, impersonated, PURSE, trusting, UNIT_HOUR } from "./trustFixture.ts";

const { fee, halfLife } = TRUST_PARAMETERS;
const TEN_HOURS = PREPAYMENT / PRICE;

/** Two instances that run within their holder's limit, one of them a lease. */
async function within() {
  const s = await awaiting();
  await s.trust.connect(s.holder).deposit(2n * ENOUGH);
  // another instance of the holder's: what is returned twice would be its
  await s.trust.connect(s.asLeases).started(s.holder, s.provider, COMPUTE_UNITS);
  await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
  return s;
}

type Within = Awaited<ReturnType<typeof within>>;

const used = async (s: Within) => (await s.trust.userOf(s.holder)).used;

describe("the limit that a lease uses", () => {
  const ends: Record<string, (s: Within) => Promise<unknown>> = {
    "the holder stops it": (s) => s.leases.connect(s.holder).stop(s.id),
    "anyone closes it after grace": async (s) => {
      await untilClock(s, Number((await s.leases.statusOf(s.id)).overAt));
      await s.leases.connect(s.stranger).close(s.id);
    },
    "the VA declines a new launch": async (s) => {
      await s.leases.connect(s.holder).launch(s.id, LAUNCH);
      await s.leases.connect(s.hotKey).decline(s.id, "no room");
    },
    "the VA is silent to a new launch": async (s) => {
      await s.leases.connect(s.holder).launch(s.id, LAUNCH);
      await time.increase(HOUR);
      await s.leases.connect(s.stranger).close(s.id);
    },
    "the VA evicts it": (s) => s.leases.connect(s.provider).evict(s.id, "the instance is lost"),
    "it ends under notice": async (s) => {
      await s.leases.connect(s.hotKey).giveNotice(s.id);
      await untilClock(s, Number((await s.leases.statusOf(s.id)).overAt));
      await s.leases.connect(s.stranger).close(s.id);
    },
    "a payment that comes too late closes it": async (s) => {
      await untilClock(s, Number((await s.leases.statusOf(s.id)).overAt));
      await s.leases.connect(s.payments).credit(s.id, PREPAYMENT);
    },
  };
  for (const [how, end] of Object.entries(ends)) {
    it(`returns once when ${how}`, async () => {
      const s = await loadFixture(within);
      expect(await used(s)).to.equal(2n * COMPUTE_UNITS);
      await end(s);
      expect((await s.leases.lease(s.id)).state).to.equal(5n);
      expect(await used(s)).to.equal(COMPUTE_UNITS);
      expect((await s.leases.statusOf(s.id)).withinLimit).to.equal(false);
      // nothing that may still be called of a closed lease returns it again
      await expect(s.leases.connect(s.holder).stop(s.id)).to.be.revertedWithCustomError(
        s.leases,
        "Leases_NotStoppable",
      );
      await expect(s.leases.close(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NotClosable");
    });
  }

  it("is not returned by a lease that never used it", async () => {
    const s = await loadFixture(awaiting);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await s.trust.connect(s.holder).deposit(2n * ENOUGH);
    await s.trust.connect(s.asLeases).started(s.holder, s.provider, COMPUTE_UNITS);
    await s.leases.connect(s.holder).stop(s.id);
    expect((await s.trust.userOf(s.holder)).used).to.equal(COMPUTE_UNITS);
  });

  it("stays in use over a revival in grace", async () => {
    const s = await loadFixture(within);
    await live(s, Number(TEN_HOURS) * HOUR + GRACE / 2);
    await s.leases.connect(s.payments).credit(s.id, PREPAYMENT);
    expect(await used(s)).to.equal(2n * COMPUTE_UNITS);
  });
});

describe("the meter", () => {
  it("burns the fee of what was delivered when the lease is closed; it is the holder's karma", async () => {
    const s = await loadFixture(within);
    await live(s, 5 * HOUR);
    const before = await s.vault.balanceOf(s.xov, s.provider);
    const tx = await s.leases.connect(s.holder).stop(s.id);
    const { earned } = await s.leases.statusOf(s.id);
    const compute = (earned * 3600n * COMPUTE_UNITS) / PRICE;
    const burned = (compute * fee + UNIT_HOUR - 1n) / UNIT_HOUR;
    await expect(tx).to.emit(s.trust, "Metered").withArgs(s.provider, s.holder, compute, burned, compute);
    expect(before - (await s.vault.balanceOf(s.xov, s.provider))).to.equal(burned);
    expect(await s.vault.balanceOf(s.xov, ZeroAddress)).to.equal(burned);
    expect((await s.trust.userOf(s.holder)).karma).to.equal(compute);
  });

  it("tells the global compute rate, which halves in a half-life", async () => {
    const s = await loadFixture(trusting);
    expect(await s.trust.globalRate()).to.equal(0n);
    const compute = 1_000_000n * UNIT_HOUR;
    const now = (await time.latest()) + 1;
    await at(now);
    await s.trust.connect(s.asLeases).delivered(s.holder, s.provider, s.pool, compute);
    const rate = await s.trust.globalRate();
    const expected = (Number(compute) * Math.LN2) / Number(halfLife);
    expect(Math.abs(Number(rate) / expected - 1) < 1e-6).to.equal(true);
    await at(now + Number(halfLife));
    await s.providers.connect(s.hotKey).beat(s.appliance);
    expect((await s.trust.globalRate()) - rate / 2n <= 1n).to.equal(true);
    expect(await s.trust.targetRate()).to.equal(((await s.trust.globalRate()) * TRUST_PARAMETERS.share) / 1_000_000n);
  });

  it("takes stake for what the balance does not cover, free and then locked", async () => {
    const s = await loadFixture(within);
    await s.vault.connect(s.provider).withdraw(s.xov, await s.vault.balanceOf(s.xov, s.provider), s.provider);
    const { free, locked } = await s.providers.stakeOf(s.provider);
    await live(s, HOUR);
    await s.leases.connect(s.holder).stop(s.id);
    const burned = await s.vault.balanceOf(s.xov, ZeroAddress);
    const after = await s.providers.stakeOf(s.provider);
    expect(burned > 0n && after.free === free - burned && after.locked === locked).to.equal(true);
  });

  it("counts only what is paid for, and ends the lease all the same", async () => {
    const s = await loadFixture(trusting);
    // a provider with nothing in the vault, and one base unit of stake
    const asProviders = s.trust.connect(s.asLeases);
    const paying = (await s.vault.balanceOf(s.xov, s.stranger)) / fee;
    const compute = (paying + 1000n) * UNIT_HOUR;
    await expect(asProviders.delivered(s.holder, s.stranger, s.pool, compute))
      .to.emit(s.trust, "Metered")
      .withArgs(s.stranger, s.holder, compute, PURSE, paying * UNIT_HOUR);
    expect((await s.trust.userOf(s.holder)).karma).to.equal(paying * UNIT_HOUR);
    await expect(asProviders.delivered(s.holder, s.stranger, s.pool, UNIT_HOUR))
      .to.emit(s.trust, "Metered")
      .withArgs(s.stranger, s.holder, UNIT_HOUR, 0n, 0n);
  });
});

describe("a provider's record", () => {
  const record = async (s: Within) => {
    const r = await s.trust.recordOf(s.provider);
    return [r.asked, r.made, r.delivered > 0n, r.promised > r.delivered];
  };

  it("counts a start that it made, and what it delivered", async () => {
    const s = await loadFixture(within);
    await live(s, HOUR);
    await s.leases.connect(s.holder).stop(s.id);
    expect(await record(s)).to.deep.equal([1n, 1n, true, false]);
    expect((await s.trust.recordOf(s.provider)).delivered).to.equal((await s.trust.userOf(s.holder)).karma);
    expect((await s.trustLens.providerOf(s.provider)).record.promised).to.equal(
      (await s.trust.recordOf(s.provider)).delivered,
    );
  });

  it("counts what was paid for and withheld when it declines or is silent", async () => {
    const s = await loadFixture(awaiting);
    await s.leases.connect(s.hotKey).decline(s.id, "no room");
    expect(await record(s)).to.deep.equal([1n, 0n, false, true]);
    expect((await s.trust.recordOf(s.provider)).promised).to.equal(COMPUTE_UNITS * TEN_HOURS * 3600n);
  });

  it("does not count what the holder gave up before a start", async () => {
    const s = await loadFixture(awaiting);
    await s.leases.connect(s.holder).stop(s.id);
    expect(await record(s)).to.deep.equal([0n, 0n, false, false]);
  });
});

describe("what it costs to pretend", () => {
  const XOV = 10n ** 18n;

  it("burns as much XOV for a unit of limit by karma as it deposits for one by deposit", async () => {
    const s = await loadFixture(trusting);
    const { unitDeposit, karmaValue } = TRUST_PARAMETERS.limit;
    const hours = unitDeposit / karmaValue;
    await s.trust.connect(s.asLeases).delivered(s.holder, s.provider, s.pool, hours * UNIT_HOUR);
    expect(await s.trust.limitOf(s.holder)).to.equal(1000n);
    expect((await s.vault.balanceOf(s.xov, ZeroAddress)) >= unitDeposit).to.equal(true);
  });

  it("burns more to raise the target by a start than the start costs at the floor", async () => {
    const s = await loadFixture(trusting);
    const hours = 1000n;
    await s.trust.connect(s.asLeases).delivered(s.holder, s.provider, s.pool, hours * UNIT_HOUR);
    const burned = await s.vault.balanceOf(s.xov, ZeroAddress);
    // while it decays, a flow of so many compute-unit-hours allows a share of them in starts
    const allowed = (hours * TRUST_PARAMETERS.share) / 1_000_000n;
    expect(burned >= allowed * TRUST_PARAMETERS.floor).to.equal(true);
  });

  it("holds for whatever the owner sets: neither karma nor the rate may become cheaper", async () => {
    const s = await loadFixture(trusting);
    const { trust } = s;
    const { floor, leastTarget, rise, share } = TRUST_PARAMETERS;
    const bad = [
      () => trust.setLimitParameters({ unitDeposit: XOV, karmaValue: fee + 1n }),
      () => trust.setMeter(fee - 1n, halfLife),
      () => trust.setStartPricing((fee * 1_000_000n) / share + 1_000_000n, leastTarget, share, rise),
      () => trust.setStartPricing(floor, leastTarget, 10n * share, rise),
      () => trust.setMeter(fee, 3600n),
      () => trust.setMeter(fee, 91n * 24n * 3600n),
      () => trust.setStartPricing(floor, 999n, share, rise),
      () => trust.setStartPricing(floor, leastTarget, 0n, rise),
      () => trust.setStartPricing(floor, leastTarget, share, 599n),
      () => trust.setStartPricing(0n, leastTarget, share, rise),
      () => trust.setLimitParameters({ unitDeposit: 0n, karmaValue: 0n }),
    ];
    for (const set of bad) await expect(set()).to.be.revertedWithCustomError(trust, "Trust_ParameterOutOfBounds");
    await expect(trust.connect(s.stranger).setMeter(fee, halfLife)).to.be.revertedWithCustomError(
      trust,
      "OwnableUnauthorizedAccount",
    );
  });

  it("keeps the rate and the excess when parameters change", async () => {
    const s = await loadFixture(trusting);
    const asLeases = await impersonated(await s.leases.getAddress());
    await s.trust.connect(asLeases).delivered(s.holder, s.provider, s.pool, 100_000n * UNIT_HOUR);
    await s.trust.connect(asLeases).started(s.stranger, s.provider, 5000n);
    const rate = await s.trust.globalRate();
    await s.trust.setMeter(2n * fee, 2n * halfLife);
    expect(rate - (await s.trust.globalRate()) < rate / 10_000n).to.equal(true);
    const { excess } = await s.trust.pricing();
    const { floor, leastTarget, rise, share } = TRUST_PARAMETERS;
    await s.trust.setStartPricing(floor, leastTarget, share, 2n * rise);
    expect((await s.trust.pricing()).excess).to.equal(excess - 1_000_000_000n);
  });
});
