// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  active,
  at,
  COLLATERAL,
  DAY,
  HOUR,
  LOCK,
  live,
  loadFixture,
  PENALTY,
  PREPAYMENT,
  PRICE,
  pending,
  SEALED_ACCESS,
  State,
  time,
  unfunded,
  untilClock,
} from "./fixture.ts";

describe("Leases.start", () => {
  context("given a caller who is neither the provider nor the hot key", () => {
    it("reverts", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.stranger).start(s.id, SEALED_ACCESS))
        .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
        .withArgs(s.appliance, s.stranger);
    });

    it("reverts for a hot key that was revoked", async () => {
      const s = await loadFixture(pending);
      await s.providers.connect(s.provider).setHotKey(s.appliance, s.stranger);
      await expect(s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS))
        .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
        .withArgs(s.appliance, s.hotKey);
    });
  });

  context("given no such lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.hotKey).start(keccak256("0x07"), SEALED_ACCESS))
        .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
        .withArgs(keccak256("0x07"));
    });
  });

  context("given a pending lease", () => {
    it("begins accrual on the provider clock and frees the start penalty", async () => {
      const s = await loadFixture(pending);
      await live(s, 10 * 60);
      const startAt = (await time.latest()) + 7;
      const clock = Number(await s.providers.clockOf(s.appliance)) + 7;
      await at(startAt);
      const tx = s.leases.connect(s.provider).start(s.id, SEALED_ACCESS);
      await expect(tx).to.emit(s.leases, "Started").withArgs(s.id, clock, SEALED_ACCESS);
      await expect(tx).to.emit(s.providers, "StakeUnlocked").withArgs(s.provider, PENALTY);
      const lease = await s.leases.lease(s.id);
      expect([lease.state, lease.time]).to.deep.equal([State.Active, BigInt(clock)]);
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + COLLATERAL);
    });

    it("starts in the last second of its window", async () => {
      const s = await loadFixture(pending);
      await at(s.startBy);
      await expect(s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS)).to.emit(s.leases, "Started");
    });

    it("reverts a second later", async () => {
      const s = await loadFixture(pending);
      await at(s.startBy + 1);
      await expect(s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS))
        .to.be.revertedWithCustomError(s.leases, "Leases_StartWindowPassed")
        .withArgs(s.id, s.startBy, s.startBy + 1);
    });

    it("takes access details of 4096 bytes and refuses 4097", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.hotKey).start(s.id, `0x${"00".repeat(4097)}`))
        .to.be.revertedWithCustomError(s.leases, "Leases_SealedTooLong")
        .withArgs(4097, 4096);
      await expect(s.leases.connect(s.hotKey).start(s.id, `0x${"00".repeat(4096)}`)).to.emit(s.leases, "Started");
    });
  });

  for (const [name, fixture, state] of [
    ["an unfunded", unfunded, State.Unfunded],
    ["an active", active, State.Active],
  ] as const) {
    context(`given ${name} lease`, () => {
      it("reverts", async () => {
        const s = await loadFixture<Awaited<ReturnType<typeof unfunded>>>(fixture);
        await expect(s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS))
          .to.be.revertedWithCustomError(s.leases, "Leases_NoStartAwaited")
          .withArgs(s.id, state);
      });
    });
  }
});

describe("Leases.postAccess", () => {
  context("given an active lease", () => {
    it("emits new access details, from the provider or the hot key", async () => {
      const s = await loadFixture(active);
      for (const account of [s.provider, s.hotKey]) {
        await expect(s.leases.connect(account).postAccess(s.id, "0xabcd"))
          .to.emit(s.leases, "AccessPosted")
          .withArgs(s.id, "0xabcd");
      }
    });

    it("reverts for anyone else", async () => {
      const s = await loadFixture(active);
      await expect(s.leases.connect(s.holder).postAccess(s.id, "0x"))
        .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
        .withArgs(s.appliance, s.holder);
    });

    it("reverts at 4097 bytes", async () => {
      const s = await loadFixture(active);
      await expect(s.leases.connect(s.hotKey).postAccess(s.id, `0x${"00".repeat(4097)}`))
        .to.be.revertedWithCustomError(s.leases, "Leases_SealedTooLong")
        .withArgs(4097, 4096);
    });
  });

  context("given a pending lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.hotKey).postAccess(s.id, "0x"))
        .to.be.revertedWithCustomError(s.leases, "Leases_WrongState")
        .withArgs(s.id, State.Pending, State.Active);
    });
  });

  context("given no such lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(active);
      await expect(s.leases.connect(s.hotKey).postAccess(keccak256("0x08"), "0x"))
        .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
        .withArgs(keccak256("0x08"));
    });
  });
});

describe("Leases.statusOf", () => {
  context("given an active lease", () => {
    it("earns by the second, rounded down", async () => {
      const s = await loadFixture(active);
      for (const elapsed of [1, 2, 1000, HOUR - 1, HOUR]) {
        await untilClock(s, s.startedAt + elapsed);
        await s.providers.connect(s.hotKey).beat(s.appliance);
        const status = await s.leases.statusOf(s.id);
        const earned = (PRICE * BigInt(elapsed)) / 3600n;
        expect([status.clock, status.earned, status.refundable]).to.deep.equal([
          BigInt(s.startedAt + elapsed),
          earned,
          PREPAYMENT - earned,
        ]);
      }
    });

    it("stops earning an hour after the last beat, for as long as the VA is down", async () => {
      const s = await loadFixture(active);
      await live(s, HOUR);
      await time.increase(DAY);
      const down = await s.leases.statusOf(s.id);
      expect([down.clock, down.state]).to.deep.equal([BigInt(s.startedAt + 2 * HOUR), State.Active]);
      const { clock } = down;
      await s.providers.connect(s.hotKey).beat(s.appliance);
      expect((await s.leases.statusOf(s.id)).clock).to.equal(clock);
      await live(s, HOUR);
      expect((await s.leases.statusOf(s.id)).clock).to.equal(clock + BigInt(HOUR));
    });

    it("is active until the last second of grace and closed from then on, whether or not anyone says so", async () => {
      const s = await loadFixture(active);
      const { exhaustedAt, overAt } = await s.leases.statusOf(s.id);
      expect(exhaustedAt).to.equal(s.startedAt + 10 * HOUR);
      await untilClock(s, Number(overAt) - 1);
      await s.providers.connect(s.hotKey).beat(s.appliance);
      expect((await s.leases.statusOf(s.id)).state).to.equal(State.Active);
      await s.providers.connect(s.hotKey).beat(s.appliance);
      const over = await s.leases.statusOf(s.id);
      expect([over.state, over.reason, over.earned, over.refundable]).to.deep.equal([State.Closed, 2n, PREPAYMENT, 0n]);
      expect((await s.leases.lease(s.id)).state).to.equal(State.Active);
    });
  });

  context("given a lease that has not started", () => {
    it("has earned nothing and has no end", async () => {
      const s = await loadFixture(pending);
      const status = await s.leases.statusOf(s.id);
      expect([status.state, status.price, status.deposit, status.earned, status.refundable]).to.deep.equal([
        State.Pending,
        PRICE,
        PREPAYMENT,
        0n,
        PREPAYMENT,
      ]);
      expect([status.exhaustedAt, status.overAt]).to.deep.equal([0n, 0n]);
    });
  });
});
