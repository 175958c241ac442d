// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256, MaxUint256 } from "ethers";
import { Resale__factory } from "../../typechain-types/index.js";
import {
  active,
  COMPUTE_UNITS,
  HOUR,
  type Listed,
  loadFixture,
  PREPAYMENT,
  PRICE,
  SEAL_KEY,
  SEALED_ACCESS,
  time,
  untilClock,
} from "./fixture.ts";
import { LEFT, PURSE, tokenActive, tokenReserved } from "./tokenFixture.ts";

const SPEC = { sealKeyHash: keccak256(SEAL_KEY), sealedSpec: "0xb0b0" };
const SCRIPT = `0x5120${"22".repeat(32)}`;
const HOUR_OF_COMPUTE = COMPUTE_UNITS * BigInt(HOUR);

/** The holder sells to the stranger, for what is left where that has a price, `clock` seconds of the provider clock after its start. */
async function sell(s: Listed & { id: string; startedAt: number }, clock: number, refundScript: string) {
  const resale = Resale__factory.connect(await s.leases.RESALE(), s.stranger);
  await resale.connect(s.holder).list(s.id, s.xov, 0, (await time.latest()) + 24 * HOUR);
  await untilClock(s, s.startedAt + clock);
  const self = { account: s.stranger.address, nonce: 0, deadline: 0, signature: "0x" };
  return resale.buy(s.id, { maxPrice: MaxUint256, refundScript }, SPEC, self);
}

async function karma(s: Listed) {
  const of = async (account: { address: string }) => (await s.trust.userOf(account.address)).karma;
  return { seller: await of(s.holder), buyer: await of(s.stranger) };
}

describe("What a lease has delivered before a resale", () => {
  it("is settled, and the seller's karma, of a lease in a token", async () => {
    const s = await loadFixture(tokenActive);
    const tx = sell(s, 3 * HOUR, "0x");
    await expect(tx)
      .to.emit(s.leases, "Settled")
      .withArgs(s.id, 3n * PRICE, 3n * PRICE);
    await tx;
    expect(await karma(s)).to.deep.equal({ seller: 3n * HOUR_OF_COMPUTE, buyer: 0n });
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await untilClock(s, s.startedAt + 5 * HOUR);
    await s.leases.connect(s.stranger).stop(s.id);
    await s.leases.settle(s.id);
    expect(await karma(s)).to.deep.equal({ seller: 3n * HOUR_OF_COMPUTE, buyer: 2n * HOUR_OF_COMPUTE });
    expect(await s.vault.balanceOf(s.usd, s.holder)).to.equal(LEFT);
    expect(await s.vault.balanceOf(s.usd, s.stranger)).to.equal(PURSE + 5n * PRICE);
  });

  it("ends the period, and is the seller's karma, of a lease in bitcoin", async () => {
    const s = await loadFixture(active);
    const tx = sell(s, 3 * HOUR, SCRIPT);
    await expect(tx)
      .to.emit(s.leases, "PeriodOpened")
      .withArgs(s.id, s.startedAt + 3 * HOUR);
    await expect(tx)
      .to.emit(s.leases, "Credited")
      .withArgs(s.id, 0, 7n * PRICE);
    await tx;
    expect(await karma(s)).to.deep.equal({ seller: 3n * HOUR_OF_COMPUTE, buyer: 0n });
    const { exhaustedAt, refundable } = await s.leases.statusOf(s.id);
    expect([exhaustedAt, refundable]).to.deep.equal([BigInt(s.startedAt + 10 * HOUR), PREPAYMENT - 3n * PRICE]);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await untilClock(s, s.startedAt + 5 * HOUR);
    await s.leases.connect(s.stranger).stop(s.id);
    expect(await karma(s)).to.deep.equal({ seller: 3n * HOUR_OF_COMPUTE, buyer: 2n * HOUR_OF_COMPUTE });
    const { deposit, paid } = await s.leases.lease(s.id);
    expect([deposit, paid]).to.deep.equal([7n * PRICE, 2n * PRICE]);
  });

  it("is rounded up in bitcoin, so that selling every second is not cheaper than holding", async () => {
    const s = await loadFixture(active);
    await (await sell(s, 1, SCRIPT)).wait();
    const elapsed = Number((await s.leases.lease(s.id)).time) - s.startedAt;
    const used = (PRICE * BigInt(elapsed) + BigInt(HOUR) - 1n) / BigInt(HOUR);
    expect((PRICE * BigInt(elapsed)) % BigInt(HOUR)).not.to.equal(0n);
    expect((await s.leases.statusOf(s.id)).refundable).to.equal(PREPAYMENT - used);
  });

  it("stays unsettled while the lease is reserved: a start that fails gives all of it back", async () => {
    const s = await loadFixture(tokenReserved);
    const tx = sell(s, 3 * HOUR, "0x");
    await expect(tx).not.to.emit(s.leases, "Settled");
    await tx;
    await s.leases.connect(s.hotKey).decline(s.id, "no room");
    expect(await s.vault.balanceOf(s.usd, s.stranger)).to.equal(PURSE + PREPAYMENT);
    expect(await karma(s)).to.deep.equal({ seller: 0n, buyer: 0n });
  });
});
