// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256, MaxUint256 } from "ethers";
import { Resale__factory } from "../../typechain-types/index.js";
import {
  askParams,
  COMPUTE_UNITS,
  GOOD_TILL,
  HOUR,
  loadFixture,
  orderId,
  PRICE,
  SEAL_KEY,
  SEALED_ACCESS,
  time,
} from "./fixture.ts";
import { takeForToken, tokenListed } from "./tokenFixture.ts";
import { ENOUGH, PURSE } from "./trustFixture.ts";

const FEE = 450_000n;
const BUYERS_LAUNCH = { sealKeyHash: keccak256(SEAL_KEY), sealedSpec: "0xb0b0" };

/** A lease of an ask with a fee, that waits for its start; its holder is the seller, the stranger buys. */
async function awaiting() {
  const s = await tokenListed();
  const params = await askParams({ market: 2n, confirmations: 0n, prepaidHours: 0n, bond: 0n, startFee: 396 });
  await s.exchange.connect(s.hotKey).placeAsk(params, GOOD_TILL);
  for (const account of [s.holder, s.stranger]) {
    await s.xov.transfer(account, PURSE);
    await s.xov.connect(account).approve(s.vault, PURSE);
    await s.vault.connect(account).deposit(s.xov, PURSE, account);
  }
  const order = orderId({ market: 2n, lane: 1n });
  const { id, tx } = await takeForToken({ ...s, order }, { terms: { startFee: FEE, prepayment: FEE + 10n * PRICE } });
  await tx;
  const resale = Resale__factory.connect(await s.leases.RESALE(), s.stranger);
  return { ...s, id, resale, va: s.leases.connect(s.hotKey) };
}

/** Started within the seller's limit. */
async function within() {
  const s = await awaiting();
  await s.trust.connect(s.holder).deposit(ENOUGH);
  await s.va.start(s.id, SEALED_ACCESS);
  return s;
}

type Ours = Awaited<ReturnType<typeof awaiting>>;

async function sell(s: Ours) {
  await s.resale.connect(s.holder).list(s.id, s.usd, 0, (await time.latest()) + HOUR);
  const self = { account: s.stranger.address, nonce: 0, deadline: 0, signature: "0x" };
  return s.resale.buy(s.id, { maxPrice: MaxUint256, refundScript: "0x" }, BUYERS_LAUNCH, self);
}

async function used(s: Ours) {
  const of = async (account: { address: string }) => (await s.trust.userOf(account.address)).used;
  return { seller: await of(s.holder), buyer: await of(s.stranger) };
}

describe("A limit that a resold lease uses", () => {
  it("is the buyer's from then on, when it reaches", async () => {
    const s = await loadFixture(within);
    await s.trust.connect(s.stranger).deposit(ENOUGH);
    expect(await used(s)).to.deep.equal({ seller: COMPUTE_UNITS, buyer: 0n });
    await expect(sell(s)).to.emit(s.trust, "LimitHandedOver").withArgs(s.holder, s.stranger, COMPUTE_UNITS, true);
    expect(await used(s)).to.deep.equal({ seller: 0n, buyer: COMPUTE_UNITS });
    const tx = s.va.start(s.id, SEALED_ACCESS);
    await expect(tx).not.to.emit(s.trust, "StartPaid");
    await expect(tx).not.to.emit(s.leases, "StartFeeEarned");
    expect(await used(s)).to.deep.equal({ seller: 0n, buyer: COMPUTE_UNITS });
    await s.leases.connect(s.stranger).stop(s.id);
    expect(await used(s)).to.deep.equal({ seller: 0n, buyer: 0n });
  });

  it("returns to the seller; the start of a buyer without trust is paid for and earns the fee, once", async () => {
    const s = await loadFixture(within);
    await expect(sell(s)).to.emit(s.trust, "LimitHandedOver").withArgs(s.holder, s.stranger, COMPUTE_UNITS, false);
    expect(await used(s)).to.deep.equal({ seller: 0n, buyer: 0n });
    expect((await s.leases.statusOf(s.id)).startFee).to.equal(0n);
    const tx = s.va.start(s.id, SEALED_ACCESS);
    await expect(tx).to.emit(s.trust, "StartPaid");
    await expect(tx).to.emit(s.leases, "StartFeeEarned").withArgs(s.id, FEE);
    await s.leases.connect(s.stranger).launch(s.id, BUYERS_LAUNCH);
    const again = s.va.start(s.id, SEALED_ACCESS);
    await expect(again).not.to.emit(s.trust, "StartPaid");
    await expect(again).not.to.emit(s.leases, "StartFeeEarned");
    await s.leases.connect(s.stranger).stop(s.id);
    expect(await used(s)).to.deep.equal({ seller: 0n, buyer: 0n });
  });

  it("is the buyer's at the start, when it has come to reach by then", async () => {
    const s = await loadFixture(within);
    await sell(s);
    await s.trust.connect(s.stranger).deposit(ENOUGH);
    await expect(s.va.start(s.id, SEALED_ACCESS)).not.to.emit(s.trust, "StartPaid");
    expect(await used(s)).to.deep.equal({ seller: 0n, buyer: COMPUTE_UNITS });
  });

  it("returns when the provider does not start for the buyer", async () => {
    const s = await loadFixture(within);
    await sell(s);
    await s.va.decline(s.id, "not for you");
    expect(await used(s)).to.deep.equal({ seller: 0n, buyer: 0n });
    // the fee was for no start
    expect((await s.leases.lease(s.id)).deposit < PRICE / 100n).to.equal(true);
  });

  it("is nobody's when the lease was started beyond one: that start is paid for", async () => {
    const s = await loadFixture(awaiting);
    await s.va.start(s.id, SEALED_ACCESS);
    await s.trust.connect(s.stranger).deposit(ENOUGH);
    await expect(sell(s)).not.to.emit(s.trust, "LimitHandedOver");
    const tx = s.va.start(s.id, SEALED_ACCESS);
    await expect(tx).not.to.emit(s.trust, "StartPaid");
    await expect(tx).not.to.emit(s.leases, "StartFeeEarned");
    expect(await used(s)).to.deep.equal({ seller: 0n, buyer: 0n });
  });
});

describe("Trust.handedOver", () => {
  it("is for leases", async () => {
    const s = await loadFixture(awaiting);
    await expect(s.trust.connect(s.holder).handedOver(s.holder, s.stranger, 1))
      .to.be.revertedWithCustomError(s.trust, "Trust_NotLeases")
      .withArgs(s.holder);
  });
});
