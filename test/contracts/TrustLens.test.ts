// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { TRUST_PARAMETERS } from "../../scripts/deploy/trustParameters.ts";
import { STACK } from "../../scripts/gas/stack.ts";
import { at, COMPUTE_UNITS, DAY, HOUR, loadFixture, STAKE, time } from "./fixture.ts";
import { ENOUGH, PURSE, trusting, UNIT_HOUR } from "./trustFixture.ts";

const { floor, leastTarget, rise } = TRUST_PARAMETERS;

/** A holder whose deposit covers three instances, of which one runs. */
async function covered() {
  const s = await trusting();
  await s.trust.connect(s.holder).deposit(3n * ENOUGH);
  await s.trust.connect(s.asLeases).started(s.holder, s.provider, COMPUTE_UNITS);
  return { ...s, quote: (count: bigint, units = COMPUTE_UNITS) => s.trustLens.quoteStarts(s.holder, units, count) };
}

describe("TrustLens.quoteStarts", () => {
  it("is free as far as the limit reaches, to the last unit", async () => {
    const s = await loadFixture(covered);
    expect(await s.quote(0n)).to.deep.equal([true, 2n * COMPUTE_UNITS, 0n, 0n, false]);
    expect(await s.quote(2n)).to.deep.equal([true, 2n * COMPUTE_UNITS, 0n, 2n, false]);
    expect(await s.quote(1n, 2n * COMPUTE_UNITS)).to.deep.equal([true, 2n * COMPUTE_UNITS, 0n, 1n, false]);
    const beyond = await s.quote(1n, 2n * COMPUTE_UNITS + 1n);
    expect([beyond.withinLimit, beyond.withinLimitCount]).to.deep.equal([false, 0n]);
    expect(beyond.price).to.equal(await s.trust.startPrice(2n * COMPUTE_UNITS + 1n));
  });

  it("prices those beyond it, together", async () => {
    const s = await loadFixture(covered);
    const price = await s.trust.startPrice(3n * COMPUTE_UNITS);
    expect(await s.quote(5n)).to.deep.equal([false, 2n * COMPUTE_UNITS, price, 2n, false]);
    const stranger = await s.trustLens.quoteStarts(s.stranger, COMPUTE_UNITS, 3n);
    expect(stranger).to.deep.equal([false, 0n, price, 0n, false]);
    expect(await s.trust.startPriceFor(s.holder, 2n * COMPUTE_UNITS)).to.equal(0n);
    expect(await s.trust.startPriceFor(s.holder, 3n * COMPUTE_UNITS)).to.equal(price);
  });

  it("has nothing available while more is used than the limit, after a claim", async () => {
    const s = await loadFixture(covered);
    await s.trust.connect(s.asClaims).seize(s.holder, 3n * ENOUGH, s.stranger, 0n);
    const q = await s.quote(1n);
    expect([q.withinLimit, q.available, q.withinLimitCount]).to.deep.equal([false, 0n, 0n]);
  });

  it("says so when so many cannot start now, however many are asked for", async () => {
    const s = await loadFixture(covered);
    const most = (16n * rise * leastTarget) / BigInt(HOUR);
    const stranger = (units: bigint, count: bigint) => s.trustLens.quoteStarts(s.stranger, units, count);
    expect((await stranger(most, 1n)).exhausted).to.equal(false);
    for (const [units, count] of [
      [most + 1n, 1n],
      [1000n, MaxUint256],
      [MaxUint256, 1n],
      [MaxUint256, MaxUint256],
    ] as const) {
      const q = await stranger(units, count);
      expect([q.exhausted, q.price, q.withinLimitCount]).to.deep.equal([true, 0n, 0n]);
    }
    for (const price of [s.trust.startPrice(MaxUint256), s.trust.startPriceFor(s.holder, MaxUint256)]) {
      await expect(price).to.be.revertedWithCustomError(s.trust, "Trust_StartsExhausted");
    }
  });
});

describe("TrustLens.price", () => {
  it("is the floor in a network without history, and what it has become after a rush", async () => {
    const s = await loadFixture(trusting);
    expect(await s.trustLens.price()).to.deep.equal([floor, floor, 0n, leastTarget, 0n]);
    await s.trust.connect(s.asLeases).started(s.stranger, s.provider, leastTarget);
    const { perUnit, excess } = await s.trustLens.price();
    expect(excess).to.equal(BigInt(HOUR));
    // e^(1 h / rise)
    expect(Math.abs(Number(perUnit) / Number(floor) / Math.exp(HOUR / Number(rise)) - 1) < 1e-12).to.equal(true);
    await at((await time.latest()) + HOUR / 2);
    await s.trust.connect(s.asLeases).delivered(s.holder, s.provider, 1n, 100_000n * UNIT_HOUR);
    const later = await s.trustLens.price();
    expect([later.target, later.globalRate]).to.deep.equal([await s.trust.targetRate(), await s.trust.globalRate()]);
    expect(later.target > leastTarget && later.excess === BigInt(HOUR / 2)).to.equal(true);
  });
});

describe("TrustLens, of an account", () => {
  it("tells what a user has", async () => {
    const s = await loadFixture(covered);
    await s.trust.connect(s.holder).requestWithdrawal(ENOUGH);
    const leavesAt = BigInt((await time.latest()) + 14 * DAY);
    await s.trust.connect(s.asClaims).freeze(s.holder, 7n);
    await s.trust.connect(s.asClaims).countUpheld(s.holder);
    await s.trust.connect(s.asLeases).delivered(s.holder, s.provider, 1n, UNIT_HOUR);
    const limit = await s.trust.limitOf(s.holder);
    expect(limit > 2n * COMPUTE_UNITS).to.equal(true);
    expect(await s.trustLens.userOf(s.holder)).to.deep.equal([
      2n * ENOUGH,
      ENOUGH,
      7n,
      leavesAt,
      UNIT_HOUR,
      limit,
      COMPUTE_UNITS,
      1n,
    ]);
  });

  it("tells what a provider has done, and has", async () => {
    const s = await loadFixture(covered);
    await s.trust.connect(s.provider).fund(PURSE);
    await s.trust.connect(s.asLeases).delivered(s.holder, s.provider, 1n, UNIT_HOUR);
    await s.trust.connect(s.asClaims).countUpheld(s.provider);
    const p = await s.trustLens.providerOf(s.provider);
    expect(p.record).to.deep.equal([0n, 0n, UNIT_HOUR, UNIT_HOUR, 1n]);
    const [purse] = await s.trust.purseOf(s.provider);
    expect([p.stake.free, p.purse, p.seizable]).to.deep.equal([STAKE, purse, STAKE]);
    expect(purse < PURSE).to.equal(true);
  });

  it("tells for how long an appliance may be listed", async () => {
    const s = await loadFixture(trusting);
    await s.attestations.connect(s.hotKey).attest(1, STACK);
    const attestedAt = await time.latest();
    await at(attestedAt + DAY);
    await s.providers.connect(s.hotKey).beat(1);
    const { attestation, listable, secondsLeft } = await s.trustLens.attestationOf(1);
    expect([listable, secondsLeft]).to.deep.equal([true, BigInt(29 * DAY)]);
    expect(attestation.expiresAt).to.equal(BigInt(attestedAt + 30 * DAY));
    expect((await s.trustLens.attestationOf(9)).attestation.componentsHash).to.equal(`0x${"0".repeat(64)}`);
  });
});
