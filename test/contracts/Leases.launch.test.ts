// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  active,
  at,
  HOUR,
  LAUNCH,
  listed,
  live,
  loadFixture,
  PENALTY,
  PREPAYMENT,
  PRICE,
  pending,
  Reason,
  SEAL_KEY,
  SEALED_ACCESS,
  SEALED_SPEC,
  State,
  take,
  time,
  unfunded,
  untilClock,
} from "./fixture.ts";
import {
  balances,
  LEFT,
  OTHER_SPEC,
  PURSE,
  RELAUNCH,
  RESERVE,
  signLaunch,
  tokenActive,
  tokenPending,
  tokenReserved,
} from "./tokenFixture.ts";

describe("Leases.launch", () => {
  context("given reserved capacity", () => {
    it("awaits a start for half an hour, while it goes on accruing", async () => {
      const s = await loadFixture(tokenReserved);
      await untilClock(s, s.startedAt + 2 * HOUR);
      const tx = s.leases.connect(s.holder).launch(s.id, LAUNCH);
      await expect(tx).to.emit(s.leases, "LaunchRequested").withArgs(s.id, LAUNCH.sealKeyHash, SEALED_SPEC);
      await expect(tx)
        .to.emit(s.leases, "StartAwaited")
        .withArgs(s.id, (await time.latest()) + HOUR / 2);
      const status = await s.leases.statusOf(s.id);
      expect([status.state, status.earned, status.startBy]).to.deep.equal([
        State.Reserved,
        2n * PRICE,
        BigInt((await time.latest()) + HOUR / 2),
      ]);
    });

    it("starts in the last second of the window: its period goes on, the penalty is free", async () => {
      const s = await loadFixture(tokenReserved);
      await untilClock(s, s.startedAt + HOUR);
      await s.leases.connect(s.holder).launch(s.id, LAUNCH);
      await at((await time.latest()) + HOUR / 2);
      const tx = s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
      await expect(tx).to.emit(s.leases, "Started").withArgs(s.id, s.startedAt, SEALED_ACCESS);
      await expect(tx).to.emit(s.providers, "StakeUnlocked").withArgs(s.provider, PENALTY);
      const status = await s.leases.statusOf(s.id);
      expect([status.state, status.earned, status.startBy]).to.deep.equal([State.Active, PRICE + PRICE / 2n, 0n]);
    });

    it("is closed by anyone a second later: everything is refunded, the penalty burned", async () => {
      const s = await loadFixture(tokenReserved);
      await untilClock(s, s.startedAt + HOUR);
      await s.leases.connect(s.holder).launch(s.id, LAUNCH);
      const startBy = (await time.latest()) + HOUR / 2;
      await at(startBy);
      await expect(s.leases.connect(s.stranger).close(s.id)).to.be.revertedWithCustomError(
        s.leases,
        "Leases_NotClosable",
      );
      await at(startBy + 1);
      const tx = s.leases.connect(s.stranger).close(s.id);
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.NotStarted, 0, PREPAYMENT);
      await expect(tx).to.emit(s.providers, "Slashed").withArgs(s.provider, PENALTY);
      expect(await balances(s)).to.deep.equal({ holder: PURSE, provider: 0n, leases: 0n });
    });

    it("is refunded whole when the VA declines, in the last second and not later", async () => {
      const s = await loadFixture(tokenReserved);
      await untilClock(s, s.startedAt + 9 * HOUR);
      await s.leases.connect(s.holder).launch(s.id, LAUNCH);
      await at((await time.latest()) + HOUR / 2);
      const tx = s.leases.connect(s.hotKey).decline(s.id, "no capacity");
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Declined, 0, PREPAYMENT);
      await expect(tx).to.emit(s.providers, "StakeUnlocked").withArgs(s.provider, PENALTY);
      expect(await balances(s)).to.deep.equal({ holder: PURSE, provider: 0n, leases: 0n });
      const late = await loadFixture(tokenReserved);
      await late.leases.connect(late.holder).launch(late.id, LAUNCH);
      await at((await time.latest()) + HOUR / 2 + 1);
      await expect(late.leases.connect(late.hotKey).decline(late.id, "")).to.be.revertedWithCustomError(
        late.leases,
        "Leases_StartWindowPassed",
      );
    });

    it("cannot be declined before it is launched", async () => {
      const s = await loadFixture(tokenReserved);
      await expect(s.leases.connect(s.hotKey).decline(s.id, ""))
        .to.be.revertedWithCustomError(s.leases, "Leases_NoStartAwaited")
        .withArgs(s.id, State.Reserved);
      await expect(s.leases.connect(s.hotKey).start(s.id, "0x"))
        .to.be.revertedWithCustomError(s.leases, "Leases_NoStartAwaited")
        .withArgs(s.id, State.Reserved);
    });

    it("gives the window anew with another spec", async () => {
      const s = await loadFixture(tokenReserved);
      await s.leases.connect(s.holder).launch(s.id, LAUNCH);
      await at((await time.latest()) + HOUR / 2 - 1);
      await s.leases.connect(s.holder).launch(s.id, RELAUNCH);
      expect((await s.leases.statusOf(s.id)).startBy).to.equal((await time.latest()) + HOUR / 2);
    });

    it("may be launched in its last paid second, not in the next", async () => {
      const s = await loadFixture(tokenReserved);
      await untilClock(s, s.startedAt + 10 * HOUR - 1);
      await expect(s.leases.connect(s.holder).launch(s.id, LAUNCH)).to.emit(s.leases, "StartAwaited");
      const late = await loadFixture(tokenReserved);
      await untilClock(late, late.startedAt + 10 * HOUR);
      await expect(late.leases.connect(late.holder).launch(late.id, LAUNCH))
        .to.be.revertedWithCustomError(late.leases, "Leases_NotLaunchable")
        .withArgs(late.id, State.Reserved, Reason.None);
    });

    it("works in bitcoin too: reserved once it is paid, launched later", async () => {
      const s = await loadFixture(listed);
      const { id, tx } = await take(s, RESERVE);
      await expect(tx).not.to.emit(s.leases, "LaunchRequested");
      await expect(s.leases.connect(s.holder).launch(id, LAUNCH))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotLaunchable")
        .withArgs(id, State.Unfunded, Reason.None);
      await expect(s.leases.connect(s.payments).credit(id, PREPAYMENT)).to.emit(s.leases, "Reserved");
      const startedAt = Number((await s.leases.lease(id)).time);
      await untilClock(s, startedAt + HOUR);
      await s.leases.connect(s.holder).launch(id, LAUNCH);
      await s.leases.connect(s.hotKey).start(id, SEALED_ACCESS);
      expect((await s.leases.statusOf(id)).exhaustedAt).to.equal(startedAt + 10 * HOUR);
    });
  });

  context("given an active lease", () => {
    it("rebuilds: the window runs, the lease goes on accruing, and start posts new access details", async () => {
      const s = await loadFixture(tokenActive);
      await untilClock(s, s.startedAt + HOUR);
      const tx = s.leases.connect(s.holder).launch(s.id, RELAUNCH);
      await expect(tx).to.emit(s.leases, "LaunchRequested").withArgs(s.id, LAUNCH.sealKeyHash, OTHER_SPEC);
      await untilClock(s, s.startedAt + HOUR + 900);
      const started = s.leases.connect(s.hotKey).start(s.id, "0xacce56");
      await expect(started).to.emit(s.leases, "Started").withArgs(s.id, s.startedAt, "0xacce56");
      await expect(started).not.to.emit(s.providers, "StakeUnlocked");
      expect((await s.leases.statusOf(s.id)).earned).to.equal(PRICE + PRICE / 4n);
    });

    it("keeps what was earned when the VA declines, and refunds the rest", async () => {
      const s = await loadFixture(tokenActive);
      await s.leases.connect(s.holder).launch(s.id, RELAUNCH);
      await untilClock(s, s.startedAt + 1200);
      const tx = s.leases.connect(s.hotKey).decline(s.id, "no such image");
      await expect(tx)
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Declined, PRICE / 3n, PREPAYMENT - PRICE / 3n);
      await expect(tx).not.to.emit(s.providers, "StakeUnlocked");
      await s.leases.settle(s.id);
      expect(await balances(s)).to.deep.equal({ holder: PURSE - PRICE / 3n, provider: PRICE / 3n, leases: 0n });
    });

    it("can be done in bitcoin too", async () => {
      const s = await loadFixture(active);
      await s.leases.connect(s.holder).launch(s.id, RELAUNCH);
      await s.leases.connect(s.hotKey).start(s.id, "0x01");
      expect((await s.leases.lease(s.id)).state).to.equal(State.Active);
    });
  });

  for (const [name, fixture, state] of [
    ["a pending", pending, State.Pending],
    ["an unfunded", unfunded, State.Unfunded],
  ] as const) {
    it(`reverts for ${name} lease, which has its spec`, async () => {
      const s = await loadFixture<Awaited<ReturnType<typeof unfunded>>>(fixture);
      await expect(s.leases.connect(s.holder).launch(s.id, RELAUNCH))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotLaunchable")
        .withArgs(s.id, state, Reason.None);
    });
  }

  it("reverts for a closed lease", async () => {
    const s = await loadFixture(tokenPending);
    await s.leases.connect(s.holder).stop(s.id);
    await expect(s.leases.connect(s.holder).launch(s.id, LAUNCH))
      .to.be.revertedWithCustomError(s.leases, "Leases_NotLaunchable")
      .withArgs(s.id, State.Closed, Reason.Stopped);
  });

  it("reverts without a spec, beyond 4096 bytes, and for a key that was rotated", async () => {
    const s = await loadFixture(tokenReserved);
    const launch = s.leases.connect(s.holder).launch;
    await expect(launch(s.id, { ...LAUNCH, sealedSpec: "0x" }))
      .to.be.revertedWithCustomError(s.leases, "Leases_LaunchSpecMissing")
      .withArgs(s.id);
    await expect(launch(s.id, { ...LAUNCH, sealedSpec: `0x${"00".repeat(4097)}` }))
      .to.be.revertedWithCustomError(s.leases, "Leases_SealedTooLong")
      .withArgs(4097, 4096);
    const rotated = keccak256("0x77");
    await s.providers.connect(s.provider).setSealKey(s.appliance, rotated);
    await expect(launch(s.id, LAUNCH))
      .to.be.revertedWithCustomError(s.leases, "Leases_SealKeyRotated")
      .withArgs(keccak256(SEAL_KEY), keccak256(rotated));
  });

  it("reverts for anyone but the holder", async () => {
    const s = await loadFixture(tokenReserved);
    await expect(s.leases.connect(s.stranger).launch(s.id, LAUNCH))
      .to.be.revertedWithCustomError(s.leases, "Leases_NotHolder")
      .withArgs(s.id, s.stranger, s.holder);
  });
});

describe("Leases.launchBySig", () => {
  it("launches for the holder, submitted by anyone", async () => {
    const s = await loadFixture(tokenReserved);
    const [deadline, signature] = await signLaunch(s, s.id);
    await at(deadline);
    await expect(s.leases.connect(s.stranger).launchBySig(s.id, LAUNCH, deadline, signature))
      .to.emit(s.leases, "LaunchRequested")
      .withArgs(s.id, LAUNCH.sealKeyHash, SEALED_SPEC);
    expect(await s.leases.nonces(s.holder)).to.equal(1n);
  });

  it("reverts past its deadline, for another spec and for another signer", async () => {
    const s = await loadFixture(tokenReserved);
    const [deadline, signature] = await signLaunch(s, s.id);
    const [, forged] = await signLaunch(s, s.id, { deadline, signer: s.stranger });
    await expect(s.leases.launchBySig(s.id, RELAUNCH, deadline, signature)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_InvalidSignature",
    );
    await expect(s.leases.launchBySig(s.id, LAUNCH, deadline, forged)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_InvalidSignature",
    );
    await at(deadline + 1);
    await expect(s.leases.launchBySig(s.id, LAUNCH, deadline, signature))
      .to.be.revertedWithCustomError(s.leases, "Leases_SignatureExpired")
      .withArgs(deadline, deadline + 1);
  });

  it("uses no nonce when the lease cannot be launched", async () => {
    const s = await loadFixture(tokenPending);
    const [deadline, signature] = await signLaunch(s, s.id);
    await expect(s.leases.launchBySig(s.id, LAUNCH, deadline, signature)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_NotLaunchable",
    );
    expect(await s.leases.nonces(s.holder)).to.equal(0n);
  });
});

describe("Clocks of a lease paid in a token", () => {
  it("stand still while the VA is down for a day, beyond an hour; nobody can end the lease then", async () => {
    const s = await loadFixture(tokenActive);
    await live(s, HOUR);
    await time.increase(24 * HOUR);
    const down = await s.leases.statusOf(s.id);
    expect([down.earned, down.state]).to.deep.equal([2n * PRICE, State.Active]);
    await expect(s.leases.close(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NotClosable");
    await s.leases.settle(s.id);
    await time.increase(24 * HOUR);
    await expect(s.leases.settle(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NothingToSettle");
    await s.leases.connect(s.holder).stop(s.id);
    expect(await balances(s)).to.deep.equal({ holder: PURSE - 2n * PRICE, provider: 2n * PRICE, leases: 0n });
  });

  it("keep the grace of a lease whose VA is down", async () => {
    const s = await loadFixture(tokenActive);
    await untilClock(s, s.startedAt + 10 * HOUR);
    await s.providers.connect(s.hotKey).beat(s.appliance);
    await time.increase(30 * 24 * HOUR);
    await expect(s.leases.connect(s.holder).topUp(s.id, PRICE)).to.emit(s.leases, "PeriodOpened");
    expect((await balances(s)).holder).to.equal(LEFT - PRICE);
  });

  it("run no faster when the VA beats every second, and start windows run on wall time", async () => {
    const s = await loadFixture(tokenActive);
    const begun = await time.latest();
    const clock = await s.providers.clockOf(s.appliance);
    for (let i = 1; i <= 100; i++) {
      await at(begun + i);
      await s.providers.connect(s.hotKey).beat(s.appliance);
    }
    expect((await s.providers.clockOf(s.appliance)) - clock).to.equal(100n);
    await s.leases.connect(s.holder).launch(s.id, RELAUNCH);
    await time.increase(24 * HOUR);
    await expect(s.leases.close(s.id)).to.emit(s.leases, "LeaseClosed");
    expect((await s.leases.lease(s.id)).reason).to.equal(Reason.NotStarted);
  });
});
