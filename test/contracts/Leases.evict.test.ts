// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  active,
  at,
  COLLATERAL,
  COMPUTE_UNITS,
  GRACE,
  HOUR,
  LATE_PAYMENT_WINDOW,
  LOCK,
  loadFixture,
  type Marketed,
  PREPAYMENT,
  PRICE,
  pending,
  Reason,
  SEALED_ACCESS,
  State,
  time,
  unfunded,
  untilClock,
} from "./fixture.ts";
import { balances, LEFT, RELAUNCH, tokenActive, tokenReserved } from "./tokenFixture.ts";

const WHY = "the host is gone";
const DELIVERED_HOUR = COMPUTE_UNITS * BigInt(HOUR);

/** The hot key may evict twice a day. */
async function allowed<S extends Marketed>(s: S): Promise<S> {
  await s.providers.connect(s.provider).setEvictionLimit(s.appliance, 2);
  return s;
}

async function tokenAllowed() {
  return allowed(await tokenActive());
}

async function bitcoinAllowed() {
  return allowed(await active());
}

describe("Leases.evict", () => {
  it("ends a lease at once: what is unspent goes back, what is earned is paid", async () => {
    const s = await loadFixture(tokenAllowed);
    await untilClock(s, s.startedAt + 3 * HOUR);
    const tx = s.leases.connect(s.hotKey).evict(s.id, WHY);
    await expect(tx).to.emit(s.leases, "Evicted").withArgs(s.id, WHY);
    await expect(tx)
      .to.emit(s.leases, "LeaseClosed")
      .withArgs(s.id, Reason.Evicted, 3n * PRICE, 7n * PRICE);
    expect((await balances(s)).holder).to.equal(LEFT + 7n * PRICE);
    await s.leases.settle(s.id);
    expect(await balances(s)).to.deep.equal({ holder: LEFT + 7n * PRICE, provider: 3n * PRICE, leases: 0n });
  });

  it("owes the holder of a bitcoin lease the rest, and keeps the collateral for it", async () => {
    const s = await loadFixture(bitcoinAllowed);
    await untilClock(s, s.startedAt + 3 * HOUR);
    await s.leases.connect(s.hotKey).evict(s.id, WHY);
    const { deposit, paid, reason } = await s.leases.lease(s.id);
    expect([deposit, paid, reason]).to.deep.equal([PREPAYMENT, 3n * PRICE, Reason.Evicted]);
    const closedAt = await time.latest();
    await at(closedAt + LATE_PAYMENT_WINDOW);
    await s.leases.releaseCollateral(s.id);
    expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + (COLLATERAL * 7n) / 10n);
  });

  it("counts what was unspent in the provider's record, as promised and not delivered", async () => {
    const s = await loadFixture(tokenAllowed);
    await untilClock(s, s.startedAt + 3 * HOUR);
    const tx = s.leases.connect(s.hotKey).evict(s.id, WHY);
    await expect(tx)
      .to.emit(s.trust, "DeliveryBroken")
      .withArgs(s.provider, s.holder, 7n * DELIVERED_HOUR);
    await expect(tx).not.to.emit(s.trust, "StartFailed");
    await s.leases.settle(s.id);
    const { asked, made, promised, delivered } = await s.trust.recordOf(s.provider);
    expect([asked, made]).to.deep.equal([1n, 1n]);
    expect([promised, delivered]).to.deep.equal([10n * DELIVERED_HOUR, 3n * DELIVERED_HOUR]);
  });

  it("ends reserved capacity that was never launched, and counts it", async () => {
    const s = await loadFixture(tokenReserved);
    await untilClock(s, s.startedAt + HOUR);
    const tx = s.leases.connect(s.provider).evict(s.id, WHY);
    await expect(tx)
      .to.emit(s.leases, "LeaseClosed")
      .withArgs(s.id, Reason.Evicted, PRICE, 9n * PRICE);
    await expect(tx)
      .to.emit(s.trust, "DeliveryBroken")
      .withArgs(s.provider, s.holder, 9n * DELIVERED_HOUR);
    expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * COMPUTE_UNITS * 10n ** 15n);
  });

  it("ends a lease under notice before its end", async () => {
    const s = await loadFixture(tokenAllowed);
    await s.leases.connect(s.hotKey).giveNotice(s.id);
    await untilClock(s, s.startedAt + HOUR);
    await expect(s.leases.connect(s.hotKey).evict(s.id, WHY))
      .to.emit(s.leases, "LeaseClosed")
      .withArgs(s.id, Reason.Evicted, PRICE, 9n * PRICE);
  });

  context("when there is nothing to end", () => {
    it("reverts before a lease runs", async () => {
      const s = await loadFixture(unfunded);
      await expect(s.leases.connect(s.provider).evict(s.id, WHY))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotEvictable")
        .withArgs(s.id, State.Unfunded);
      const t = await loadFixture(pending);
      await expect(t.leases.connect(t.provider).evict(t.id, WHY))
        .to.be.revertedWithCustomError(t.leases, "Leases_NotEvictable")
        .withArgs(t.id, State.Pending);
    });

    it("reverts while a start is awaited, which is to be declined", async () => {
      const s = await loadFixture(tokenAllowed);
      await s.leases.connect(s.holder).launch(s.id, RELAUNCH);
      await expect(s.leases.connect(s.hotKey).evict(s.id, WHY))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotEvictable")
        .withArgs(s.id, State.Active);
      await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
      await expect(s.leases.connect(s.hotKey).evict(s.id, WHY)).to.emit(s.leases, "Evicted");
    });

    it("may evict in the last paid second, not in grace", async () => {
      const s = await loadFixture(tokenAllowed);
      await untilClock(s, s.startedAt + 10 * HOUR - 1);
      await expect(s.leases.connect(s.hotKey).evict(s.id, WHY)).to.emit(s.leases, "Evicted");
      for (const clock of [10 * HOUR, 10 * HOUR + GRACE]) {
        const t = await loadFixture(tokenAllowed);
        await untilClock(t, t.startedAt + clock);
        await expect(t.leases.connect(t.hotKey).evict(t.id, WHY))
          .to.be.revertedWithCustomError(t.leases, "Leases_NotEvictable")
          .withArgs(t.id, State.Active);
      }
    });

    it("reverts for a closed lease, and for an unknown one", async () => {
      const s = await loadFixture(tokenAllowed);
      await s.leases.connect(s.holder).stop(s.id);
      await expect(s.leases.connect(s.hotKey).evict(s.id, WHY))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotEvictable")
        .withArgs(s.id, State.Closed);
      await expect(s.leases.connect(s.hotKey).evict(keccak256("0x17"), WHY))
        .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
        .withArgs(keccak256("0x17"));
    });
  });

  it("reverts for anyone but the provider and the hot key", async () => {
    const s = await loadFixture(tokenAllowed);
    for (const caller of [s.holder, s.stranger]) {
      await expect(s.leases.connect(caller).evict(s.id, WHY))
        .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
        .withArgs(s.appliance, caller);
    }
  });

  it("reverts beyond 256 bytes of explanation", async () => {
    const s = await loadFixture(tokenAllowed);
    await expect(s.leases.connect(s.hotKey).evict(s.id, "x".repeat(257)))
      .to.be.revertedWithCustomError(s.leases, "Leases_ExplanationTooLong")
      .withArgs(257, 256);
    await expect(s.leases.connect(s.hotKey).evict(s.id, "x".repeat(256))).to.emit(s.leases, "Evicted");
  });

  it("reverts for a hot key that its provider lets evict none, and not for the provider", async () => {
    const s = await loadFixture(tokenActive);
    await expect(s.leases.connect(s.hotKey).evict(s.id, WHY)).to.be.revertedWithCustomError(
      s.providers,
      "Providers_TooManyEvictions",
    );
    await expect(s.leases.connect(s.provider).evict(s.id, WHY)).to.emit(s.leases, "Evicted");
  });
});
