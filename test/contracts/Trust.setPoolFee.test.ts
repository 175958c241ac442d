// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { encodeBytes32String, parseEther, ZeroAddress } from "ethers";
import { TRUST_PARAMETERS } from "../../scripts/deploy/trustParameters.ts";
import { STACK } from "../../scripts/gas/stack.ts";
import {
  askParams,
  at,
  DAY,
  GOOD_TILL,
  HOUR,
  live,
  loadFixture,
  orderId,
  PREPAYMENT,
  SEALED_ACCESS,
  taken,
  time,
} from "./fixture.ts";
import { PURSE, trusting, UNIT_HOUR } from "./trustFixture.ts";

const FEE = parseEther("0.0003");
const NOTICE = 37 * DAY;
const MOST = parseEther("10");

/** Another pool, of the operator's, with a fee. */
async function withFee() {
  const s = await trusting();
  await s.pools.connect(s.operator).create(encodeBytes32String("another"), { ...s.rules, fee: FEE });
  return { ...s, pool: 2n };
}

type WithFee = Awaited<ReturnType<typeof trusting>>;

const setFee = (s: WithFee, fee: bigint) => s.pools.connect(s.operator).setRules(s.pool, { ...s.rules, fee });

/** What the provider pays the pool for a compute-unit-hour. */
async function paidNow(s: WithFee) {
  const before = (await s.trust.poolFeeOf(s.pool)).earned;
  await s.trust.connect(s.asLeases).delivered(s.holder, s.provider, s.pool, UNIT_HOUR);
  return (await s.trust.poolFeeOf(s.pool)).earned - before;
}

describe("a pool's fee", () => {
  it("is set by the rules of the pool, and by nothing else", async () => {
    const s = await loadFixture(withFee);
    await expect(s.trust.connect(s.operator).setPoolFee(s.pool, 1n))
      .to.be.revertedWithCustomError(s.trust, "Trust_NotPools")
      .withArgs(s.operator);
  });

  it("counts at once in a new pool", async () => {
    const s = await loadFixture(trusting);
    const create = s.pools.create(encodeBytes32String("another"), { ...s.rules, fee: FEE });
    await expect(create)
      .to.emit(s.trust, "PoolFeeSet")
      .withArgs(2, FEE, (await time.latest()) + 1);
    expect(await paidNow({ ...s, pool: 2n })).to.equal(FEE);
  });

  it("counts after the notice where it is raised, to the second", async () => {
    const s = await loadFixture(withFee);
    const from = (await time.latest()) + 1 + NOTICE;
    await expect(setFee(s, 2n * FEE))
      .to.emit(s.trust, "PoolFeeSet")
      .withArgs(s.pool, 2n * FEE, from);
    await at(from - 1);
    expect(await paidNow(s)).to.equal(FEE);
    await at(from);
    expect(await paidNow(s)).to.equal(2n * FEE);
  });

  it("is raised by notice also where there was none", async () => {
    const s = await loadFixture(trusting);
    await setFee(s, FEE);
    expect(await paidNow(s)).to.equal(0n);
    await at((await time.latest()) + NOTICE);
    expect(await paidNow(s)).to.equal(FEE);
  });

  it("counts at once where it is lowered, which takes back what was announced", async () => {
    const s = await loadFixture(withFee);
    await setFee(s, 2n * FEE);
    await setFee(s, FEE - 1n);
    expect(await paidNow(s)).to.equal(FEE - 1n);
    await at((await time.latest()) + NOTICE);
    expect(await paidNow(s)).to.equal(FEE - 1n);
  });

  it("keeps its notice while other rules change, and starts it again for another fee", async () => {
    const s = await loadFixture(withFee);
    await setFee(s, 2n * FEE);
    const { nextFrom } = await s.trust.poolFeeOf(s.pool);
    await at(Number(nextFrom) - DAY);
    const rules = { ...s.rules, minimumStake: 1n, fee: 2n * FEE };
    await expect(s.pools.connect(s.operator).setRules(s.pool, rules)).not.to.emit(s.trust, "PoolFeeSet");
    expect((await s.trust.poolFeeOf(s.pool)).nextFrom).to.equal(nextFrom);
    await setFee(s, 3n * FEE);
    await at(Number(nextFrom));
    expect(await paidNow(s)).to.equal(FEE);
  });

  it("is at most 10 XOV", async () => {
    const s = await loadFixture(withFee);
    await setFee(s, MOST);
    await expect(setFee(s, MOST + 1n))
      .to.be.revertedWithCustomError(s.trust, "Trust_PoolFeeTooHigh")
      .withArgs(MOST + 1n, MOST);
    const rules = { ...s.rules, fee: MOST + 1n };
    await expect(s.pools.create(encodeBytes32String("dear"), rules)).to.be.revertedWithCustomError(
      s.trust,
      "Trust_PoolFeeTooHigh",
    );
  });
});

describe("what a provider pays its pool", () => {
  it("is rounded up, and comes from its purse beside the meter's fee", async () => {
    const s = await loadFixture(withFee);
    await s.trust.connect(s.provider).fund(parseEther("1"));
    const compute = UNIT_HOUR / 7n;
    const due = (compute * FEE + UNIT_HOUR - 1n) / UNIT_HOUR;
    const burned = (compute * TRUST_PARAMETERS.fee + UNIT_HOUR - 1n) / UNIT_HOUR;
    await expect(s.trust.connect(s.asLeases).delivered(s.holder, s.provider, s.pool, compute))
      .to.emit(s.trust, "PoolFeePaid")
      .withArgs(s.pool, s.provider, due, due);
    expect(await s.trust.purseOf(s.provider)).to.deep.equal([parseEther("1") - due - burned, burned]);
  });

  it("comes from its vault balance, then from its stake, and is less when there is no more", async () => {
    const s = await loadFixture(withFee);
    await s.providers.connect(s.stranger).stake(FEE / 2n);
    await s.vault.connect(s.stranger).withdraw(s.xov, PURSE - FEE / 2n - TRUST_PARAMETERS.fee - FEE / 4n, s.stranger);
    const delivered = s.trust.connect(s.asLeases).delivered(s.holder, s.stranger, s.pool, UNIT_HOUR);
    const paid = FEE / 4n + FEE / 2n;
    await expect(delivered).to.emit(s.trust, "PoolFeePaid").withArgs(s.pool, s.stranger, FEE, paid);
    expect((await s.trust.poolFeeOf(s.pool)).earned).to.equal(paid);
    expect(await s.providers.seizable(s.stranger)).to.equal(0n);
    expect(await s.vault.balanceOf(s.xov, s.trust)).to.equal(paid);
    expect(await s.vault.balanceOf(s.xov, ZeroAddress)).to.equal(TRUST_PARAMETERS.fee);
  });

  it("is collected by anyone for the operator, once", async () => {
    const s = await loadFixture(withFee);
    await paidNow(s);
    await expect(s.trust.connect(s.stranger).collectPoolFees(s.pool))
      .to.emit(s.trust, "PoolFeesCollected")
      .withArgs(s.pool, s.operator, FEE);
    expect(await s.vault.balanceOf(s.xov, s.operator)).to.equal(FEE);
    await s.trust.collectPoolFees(s.pool);
    expect(await s.vault.balanceOf(s.xov, s.operator)).to.equal(FEE);
    expect((await s.trust.poolFeeOf(s.pool)).next).to.equal(FEE);
  });

  it("is due for what leases of its markets deliver", async () => {
    const s = await loadFixture(trusting);
    await setFee(s, FEE);
    await at((await time.latest()) + NOTICE);
    await s.attestations.connect(s.hotKey).attest(s.appliance, STACK);
    const ask = await askParams();
    await s.exchange.connect(s.hotKey).placeAsk(ask, GOOD_TILL);
    const id = await taken({ ...s, order: orderId(), expiry: ask.expiry }, 1n);
    await s.leases.connect(s.payments).credit(id, PREPAYMENT);
    await s.leases.connect(s.hotKey).start(id, SEALED_ACCESS);
    await live(s, 3 * HOUR);
    await s.leases.connect(s.holder).stop(id);
    const { delivered } = await s.trust.recordOf(s.provider);
    expect(delivered > 0n).to.equal(true);
    expect((await s.trust.poolFeeOf(s.pool)).earned).to.equal((delivered * FEE + UNIT_HOUR - 1n) / UNIT_HOUR);
  });
});
