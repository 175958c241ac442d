// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import {
  askParams,
  COMPUTE_UNITS,
  GOOD_TILL,
  HOUR,
  LAUNCH,
  live,
  loadFixture,
  marketed,
  orderId,
  PENALTY,
  PREPAID_HOURS,
  PRICE,
  RATIO,
  SEALED_ACCESS,
  untilClock,
} from "./fixture.ts";
import { takeForToken, tokenListed, tokenTerms } from "./tokenFixture.ts";
import { ENOUGH, PURSE } from "./trustFixture.ts";

/** The code of 45 × 10^4. */
const CODE = 396;
const FEE = 450_000n;
const HOURS = 10n;
const PREPAYMENT = FEE + HOURS * PRICE;

/** An ask with a fee, and a lease of it that waits for its start. */
async function awaiting() {
  const s = await tokenListed();
  const params = await askParams({ market: 2n, confirmations: 0n, prepaidHours: 0n, bond: 0n, startFee: CODE });
  await s.exchange.connect(s.hotKey).placeAsk(params, GOOD_TILL);
  const order = orderId({ market: 2n, lane: 1n });
  const { id, tx } = await takeForToken(
    { ...s, order },
    { terms: { startFee: FEE, prepayment: PREPAYMENT, salt: 5n } },
  );
  await tx;
  return { ...s, order, id };
}

/** Started for a holder without trust. */
async function anonymous() {
  const s = await awaiting();
  await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
  return { ...s, startedAt: Number((await s.leases.lease(s.id)).time) };
}

/** Started within its holder's limit. */
async function trusted() {
  const s = await awaiting();
  await s.xov.transfer(s.holder, PURSE);
  await s.xov.connect(s.holder).approve(s.vault, PURSE);
  await s.vault.connect(s.holder).deposit(s.xov, PURSE, s.holder);
  await s.trust.connect(s.holder).deposit(ENOUGH);
  await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
  return s;
}

describe("An ask's start fee", () => {
  it("is in the ask, and refused when it is no fee", async () => {
    const s = await loadFixture(awaiting);
    expect((await s.exchange.ask(s.order)).startFee).to.equal(CODE);
    const terms = { market: 2n, confirmations: 0n, prepaidHours: 0n, bond: 0n };
    await s.exchange.connect(s.hotKey).placeAsk(await askParams({ ...terms, startFee: 990 }), GOOD_TILL);
    await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams({ ...terms, startFee: 991 }), GOOD_TILL))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_InvalidStartFee")
      .withArgs(991);
  });

  it("has to be named by the terms, and comes on top of an hour and of the longest prepayment", async () => {
    const s = await loadFixture(awaiting);
    const taking = async (change: object) => (await takeForToken(s, { terms: { salt: 6n, ...change } })).tx;
    await expect(taking({ startFee: FEE - 1n, prepayment: PREPAYMENT })).to.be.revertedWithCustomError(
      s.exchange,
      "Exchange_TermsMismatch",
    );
    const [least, most] = [FEE + PRICE, FEE + 720n * PRICE];
    for (const prepayment of [least - 1n, most + 1n]) {
      await expect(taking({ startFee: FEE, prepayment }))
        .to.be.revertedWithCustomError(s.exchange, "Exchange_PrepaymentOutOfBounds")
        .withArgs(prepayment, least, most);
    }
    await taking({ startFee: FEE, prepayment: least });
  });

  it("is signed: other terms have another id", async () => {
    const s = await loadFixture(awaiting);
    const terms = await tokenTerms(s, { startFee: FEE });
    expect(await s.leases.idOf(terms)).not.to.equal(await s.leases.idOf({ ...terms, startFee: FEE + 1n }));
  });

  it("is covered in bitcoin, as the time is", async () => {
    const s = await loadFixture(marketed);
    await s.exchange.connect(s.hotKey).placeAsk(await askParams({ startFee: CODE, quantity: 1n }), GOOD_TILL);
    const lock = PENALTY + (PRICE * BigInt(PREPAID_HOURS) + FEE) * RATIO;
    expect((await s.exchange.ask(orderId())).lock).to.equal(lock);
  });
});

describe("A start beyond the holder's limit", () => {
  it("earns the fee at once, and time beside it", async () => {
    const s = await loadFixture(awaiting);
    const tx = s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await expect(tx).to.emit(s.leases, "StartFeeEarned").withArgs(s.id, FEE);
    const { earned, refundable, startFee, exhaustedAt } = await s.leases.statusOf(s.id);
    expect([earned, refundable, startFee]).to.deep.equal([FEE, HOURS * PRICE, FEE]);
    const start = (await s.leases.lease(s.id)).time;
    expect(exhaustedAt).to.equal(start + HOURS * BigInt(HOUR));
    await untilClock(s, Number(start) + 2 * HOUR);
    const later = await s.leases.statusOf(s.id);
    expect(later.earned).to.equal(FEE + (PRICE * (later.clock - start)) / 3600n);
  });

  it("settles the fee to the provider, and meters the time alone", async () => {
    const s = await loadFixture(anonymous);
    await s.leases.settle(s.id);
    const first = await s.vault.balanceOf(s.usd, s.provider);
    expect(first >= FEE && first < FEE + PRICE / 100n).to.equal(true);
    await live(s, HOUR);
    await s.leases.settle(s.id);
    const earned = await s.vault.balanceOf(s.usd, s.provider);
    const { karma } = await s.trust.userOf(s.holder);
    const metered = ((earned - FEE) * 3600n * COMPUTE_UNITS) / PRICE;
    expect(karma <= metered && karma + 4n * COMPUTE_UNITS > metered).to.equal(true);
  });

  it("meters the time alone also when nothing was settled before the close", async () => {
    const s = await loadFixture(anonymous);
    await live(s, HOUR);
    await s.leases.connect(s.holder).stop(s.id);
    const { deposit } = await s.leases.lease(s.id);
    expect((await s.leases.statusOf(s.id)).startFee).to.equal(FEE);
    await s.leases.settle(s.id);
    expect(await s.vault.balanceOf(s.usd, s.provider)).to.equal(deposit);
    expect((await s.trust.userOf(s.holder)).karma).to.equal(((deposit - FEE) * 3600n * COMPUTE_UNITS) / PRICE);
  });

  it("earns it once: a relaunch and a new period have none", async () => {
    const s = await loadFixture(anonymous);
    await s.leases.connect(s.holder).launch(s.id, LAUNCH);
    await expect(s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS)).not.to.emit(s.leases, "StartFeeEarned");
    await untilClock(s, s.startedAt + Number(HOURS) * HOUR + 60);
    await s.leases.connect(s.holder).topUp(s.id, PRICE);
    const { earned, startFee } = await s.leases.statusOf(s.id);
    expect([earned, startFee]).to.deep.equal([0n, 0n]);
    expect(await s.vault.balanceOf(s.usd, s.provider)).to.equal(PREPAYMENT);
  });
});

describe("A start within the holder's limit", () => {
  it("earns no fee: it is refunded with what is left", async () => {
    const s = await loadFixture(trusted);
    expect((await s.leases.statusOf(s.id)).startFee).to.equal(0n);
    await live(s, HOUR);
    await s.leases.connect(s.holder).stop(s.id);
    const { deposit } = await s.leases.lease(s.id);
    expect(deposit >= PRICE && deposit < PRICE + PRICE / 100n).to.equal(true);
    expect((await s.leases.statusOf(s.id)).startFee).to.equal(0n);
  });

  it("is not asked for before a start, and a declined one owes nothing", async () => {
    const s = await loadFixture(awaiting);
    await s.leases.connect(s.hotKey).decline(s.id, "");
    expect((await s.leases.lease(s.id)).deposit).to.equal(0n);
  });
});

describe("A lease from a fill", () => {
  it("is a start like any other for a holder with trust: who declines it is told of", async () => {
    const s = await loadFixture(trusted);
    await s.trust.connect(s.holder).deposit(2n * ENOUGH);
    await s.exchange.connect(s.holder).fill(s.order, 62_999, 1, 2, LAUNCH);
    const opened = await s.leases.queryFilter(s.leases.filters.LaunchRequested());
    const id = opened.at(-1)?.args.leaseId ?? "";
    expect(id).not.to.equal(s.id);
    await s.leases.connect(s.hotKey).decline(id, "no fee");
    expect((await s.trust.recordOf(s.provider)).asked).to.equal(1n);
  });

  it("has no fee, and a provider that declines it for a holder without trust has no fault", async () => {
    const s = await loadFixture(awaiting);
    await s.exchange.connect(s.holder).fill(s.order, 62_999, 1, 2, LAUNCH);
    const [filled] = await s.exchange.queryFilter(s.exchange.filters.Filled(s.order));
    expect(filled?.args.prepayment).to.equal(2n * PRICE);
    const opened = await s.leases.queryFilter(s.leases.filters.LaunchRequested());
    const id = opened.at(-1)?.args.leaseId ?? "";
    expect(id).not.to.equal(s.id);
    await s.leases.connect(s.hotKey).decline(id, "no fee");
    expect((await s.trust.recordOf(s.provider)).asked).to.equal(0n);
    // the other one named what its start costs
    await s.leases.connect(s.hotKey).decline(s.id, "no room");
    const { asked, promised } = await s.trust.recordOf(s.provider);
    // of its prepayment, the fee is for no compute
    expect([asked, promised]).to.deep.equal([1n, COMPUTE_UNITS * HOURS * 3600n]);
  });
});
