// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  active,
  GRACE,
  HOUR,
  loadFixture,
  PREPAYMENT,
  PRICE,
  Reason,
  SEALED_ACCESS,
  State,
  untilClock,
} from "./fixture.ts";
import { balances, LEFT, PURSE, tokenActive, tokenPending, tokenReserved } from "./tokenFixture.ts";

const MOST = 720n * PRICE;

describe("Leases.topUp", () => {
  it("adds from the caller's vault balance, whoever calls", async () => {
    const s = await loadFixture(tokenActive);
    const tx = s.leases.connect(s.stranger).topUp(s.id, PRICE);
    await expect(tx)
      .to.emit(s.leases, "Credited")
      .withArgs(s.id, PRICE, PREPAYMENT + PRICE);
    expect(await s.vault.balanceOf(s.usd, s.stranger)).to.equal(PURSE - PRICE);
    expect(await balances(s)).to.deep.equal({ holder: LEFT, provider: 0n, leases: PREPAYMENT + PRICE });
    const { exhaustedAt, overAt } = await s.leases.statusOf(s.id);
    expect([exhaustedAt, overAt]).to.deep.equal([
      BigInt(s.startedAt + 11 * HOUR),
      BigInt(s.startedAt + 11 * HOUR + GRACE),
    ]);
  });

  it("extends in the last paid second, however little", async () => {
    const s = await loadFixture(tokenActive);
    await untilClock(s, s.startedAt + 10 * HOUR - 1);
    await expect(s.leases.connect(s.holder).topUp(s.id, 1n)).not.to.emit(s.leases, "PeriodOpened");
    expect((await s.leases.lease(s.id)).deposit).to.equal(PREPAYMENT + 1n);
  });

  for (const [name, fixture] of [
    ["one that waits for its start", tokenPending],
    ["reserved capacity", tokenReserved],
  ] as const) {
    it(`adds to ${name}`, async () => {
      const s = await loadFixture<Awaited<ReturnType<typeof tokenPending>>>(fixture);
      await s.leases.connect(s.holder).topUp(s.id, PRICE);
      expect((await s.leases.lease(s.id)).deposit).to.equal(PREPAYMENT + PRICE);
    });
  }

  it("covers 30 days of what is unspent, and no unit more", async () => {
    const s = await loadFixture(tokenPending);
    await s.leases.connect(s.holder).topUp(s.id, MOST - PREPAYMENT);
    await expect(s.leases.connect(s.holder).topUp(s.id, 1n))
      .to.be.revertedWithCustomError(s.leases, "Leases_PrepaymentTooLarge")
      .withArgs(s.id, MOST + 1n, MOST);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await untilClock(s, Number((await s.leases.lease(s.id)).time) + HOUR);
    await expect(s.leases.connect(s.holder).topUp(s.id, PRICE)).to.emit(s.leases, "Credited");
  });

  it("caps what opens a new period too", async () => {
    const s = await loadFixture(tokenActive);
    await untilClock(s, s.startedAt + 10 * HOUR);
    await expect(s.leases.connect(s.holder).topUp(s.id, MOST + 1n))
      .to.be.revertedWithCustomError(s.leases, "Leases_PrepaymentTooLarge")
      .withArgs(s.id, MOST + 1n, MOST);
    await expect(s.leases.connect(s.holder).topUp(s.id, MOST)).to.emit(s.leases, "PeriodOpened");
  });

  it("reverts when the caller has too little", async () => {
    const s = await loadFixture(tokenActive);
    await expect(s.leases.connect(s.provider).topUp(s.id, 1n))
      .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
      .withArgs(s.usd, s.provider, 0, 1);
  });

  it("reverts for a closed lease and for one that is over", async () => {
    const s = await loadFixture(tokenActive);
    await untilClock(s, s.startedAt + 10 * HOUR + GRACE);
    const end = s.startedAt + 10 * HOUR + GRACE;
    await expect(s.leases.connect(s.holder).topUp(s.id, PRICE))
      .to.be.revertedWithCustomError(s.leases, "Leases_Over")
      .withArgs(s.id, end, end);
    await s.leases.close(s.id);
    await expect(s.leases.connect(s.holder).topUp(s.id, PRICE)).to.be.revertedWithCustomError(s.leases, "Leases_Over");
    expect((await balances(s)).holder).to.equal(LEFT);
  });

  it("reverts for a lease paid in bitcoin, and for an unknown one", async () => {
    const s = await loadFixture(active);
    await expect(s.leases.topUp(s.id, PRICE))
      .to.be.revertedWithCustomError(s.leases, "Leases_PaidInBitcoin")
      .withArgs(s.id);
    await expect(s.leases.topUp(keccak256("0x13"), PRICE))
      .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
      .withArgs(keccak256("0x13"));
  });
});

describe("Leases.settle", () => {
  it("pays what was earned to the provider, whoever calls, and the provider withdraws it", async () => {
    const s = await loadFixture(tokenActive);
    await untilClock(s, s.startedAt + 1000);
    const earned = (PRICE * 1000n) / 3600n;
    await expect(s.leases.connect(s.stranger).settle(s.id)).to.emit(s.leases, "Settled").withArgs(s.id, earned, earned);
    expect(await balances(s)).to.deep.equal({ holder: LEFT, provider: earned, leases: PREPAYMENT - earned });
    await s.vault.connect(s.provider).withdraw(s.usd, earned, s.provider);
    expect(await s.usd.balanceOf(s.provider)).to.equal(earned);
  });

  it("gains nothing by settling every second", async () => {
    const s = await loadFixture(tokenActive);
    for (let i = 1; i <= 50; i++) {
      await untilClock(s, s.startedAt + i);
      await s.leases.settle(s.id);
    }
    expect((await balances(s)).provider).to.equal((PRICE * 50n) / 3600n);
    await untilClock(s, s.startedAt + HOUR);
    await s.leases.connect(s.holder).stop(s.id);
    await s.leases.settle(s.id);
    expect(await balances(s)).to.deep.equal({ holder: PURSE - PRICE, provider: PRICE, leases: 0n });
  });

  it("pays the whole deposit after exhaustion, in grace and when closed", async () => {
    const s = await loadFixture(tokenActive);
    await untilClock(s, s.startedAt + 10 * HOUR + 5);
    await s.leases.settle(s.id);
    expect(await balances(s)).to.deep.equal({ holder: LEFT, provider: PREPAYMENT, leases: 0n });
    await untilClock(s, s.startedAt + 10 * HOUR + GRACE);
    await expect(s.leases.close(s.id)).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Exhausted, PREPAYMENT, 0);
    await expect(s.leases.settle(s.id))
      .to.be.revertedWithCustomError(s.leases, "Leases_NothingToSettle")
      .withArgs(s.id);
  });

  it("pays the rest once closed, and what was settled stays settled", async () => {
    const s = await loadFixture(tokenActive);
    await untilClock(s, s.startedAt + HOUR);
    await s.leases.settle(s.id);
    await untilClock(s, s.startedAt + 2 * HOUR);
    await s.leases.connect(s.holder).stop(s.id);
    const closed = await s.leases.statusOf(s.id);
    expect([closed.deposit, closed.earned, closed.refundable]).to.deep.equal([2n * PRICE, 2n * PRICE, 0n]);
    await expect(s.leases.settle(s.id))
      .to.emit(s.leases, "Settled")
      .withArgs(s.id, PRICE, 2n * PRICE);
  });

  it("reverts before the start", async () => {
    for (const [fixture, state] of [
      [tokenPending, State.Pending],
      [tokenReserved, State.Reserved],
    ] as const) {
      const s = await loadFixture<Awaited<ReturnType<typeof tokenPending>>>(fixture);
      await expect(s.leases.settle(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_WrongState")
        .withArgs(s.id, state, State.Active);
    }
  });

  it("reverts when nothing was earned: of a lease that was declined", async () => {
    const s = await loadFixture(tokenPending);
    await s.leases.connect(s.hotKey).decline(s.id, "");
    expect((await balances(s)).holder).to.equal(PURSE);
    await expect(s.leases.settle(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NothingToSettle");
  });

  it("reverts for a lease paid in bitcoin, whose payments the provider has, and for an unknown one", async () => {
    const s = await loadFixture(active);
    await expect(s.leases.settle(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_PaidInBitcoin").withArgs(s.id);
    await expect(s.leases.settle(keccak256("0x16")))
      .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
      .withArgs(keccak256("0x16"));
  });
});
