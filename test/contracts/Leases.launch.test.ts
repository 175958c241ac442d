// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import { ContractWallet__factory } from "../../typechain-types/index.js";
import {
  active,
  at,
  HOUR,
  LAUNCH,
  listed,
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
  launchDigest,
  OTHER_SPEC,
  PURSE,
  RELAUNCH,
  RESERVE,
  signLaunch,
  takeForToken,
  tokenActive,
  tokenListed,
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
    for (const account of [s.stranger, s.provider, s.hotKey]) {
      await expect(s.leases.connect(account).launch(s.id, LAUNCH))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotHolder")
        .withArgs(s.id, account, s.holder);
    }
  });

  it("reverts for an unknown lease", async () => {
    const s = await loadFixture(tokenReserved);
    const id = keccak256("0x15");
    await expect(s.leases.connect(s.holder).launch(id, LAUNCH))
      .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
      .withArgs(id);
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
    await expect(s.leases.launchBySig(s.id, RELAUNCH, deadline, signature))
      .to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature")
      .withArgs(await launchDigest(s, s.id, 0n, deadline, OTHER_SPEC), s.holder);
    await expect(s.leases.launchBySig(s.id, LAUNCH, deadline, forged))
      .to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature")
      .withArgs(await launchDigest(s, s.id, 0n, deadline), s.holder);
    await at(deadline + 1);
    await expect(s.leases.launchBySig(s.id, LAUNCH, deadline, signature))
      .to.be.revertedWithCustomError(s.leases, "Leases_SignatureExpired")
      .withArgs(deadline, deadline + 1);
  });

  it("reverts when it is replayed: an old spec does not come back", async () => {
    const s = await loadFixture(tokenReserved);
    const [deadline, signature] = await signLaunch(s, s.id);
    await s.leases.launchBySig(s.id, LAUNCH, deadline, signature);
    await s.leases.connect(s.holder).launch(s.id, RELAUNCH);
    await expect(s.leases.launchBySig(s.id, LAUNCH, deadline, signature))
      .to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature")
      .withArgs(await launchDigest(s, s.id, 1n, deadline), s.holder);
  });

  it("launches an active lease anew", async () => {
    const s = await loadFixture(tokenActive);
    const [deadline, signature] = await signLaunch(s, s.id, { spec: OTHER_SPEC });
    await expect(s.leases.connect(s.stranger).launchBySig(s.id, RELAUNCH, deadline, signature))
      .to.emit(s.leases, "LaunchRequested")
      .withArgs(s.id, LAUNCH.sealKeyHash, OTHER_SPEC);
  });

  it("reverts for another seal key than the one it was sealed to, though the signature does not name it", async () => {
    const s = await loadFixture(tokenReserved);
    const [deadline, signature] = await signLaunch(s, s.id);
    const sealKeyHash = keccak256("0x78");
    await expect(s.leases.launchBySig(s.id, { ...LAUNCH, sealKeyHash }, deadline, signature))
      .to.be.revertedWithCustomError(s.leases, "Leases_SealKeyRotated")
      .withArgs(sealKeyHash, keccak256(SEAL_KEY));
  });

  it("asks a holder that is a contract (ERC-1271)", async () => {
    const s = await loadFixture(tokenListed);
    const wallet = await new ContractWallet__factory(s.stranger).deploy(s.holder);
    const holder = await wallet.getAddress();
    const { id, tx } = await takeForToken(s, { ...RESERVE, terms: { ...RESERVE.terms, holder } });
    await tx;
    const [deadline, wrong] = await signLaunch(s, id, { signer: s.stranger, nonce: 0n });
    await expect(s.leases.launchBySig(id, LAUNCH, deadline, wrong))
      .to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature")
      .withArgs(await launchDigest(s, id, 0n, deadline), wallet);
    const [until, right] = await signLaunch(s, id, { nonce: 0n });
    await expect(s.leases.launchBySig(id, LAUNCH, until, right)).to.emit(s.leases, "LaunchRequested");
    expect(await s.leases.nonces(wallet)).to.equal(1n);
  });

  it("reverts for an unknown lease", async () => {
    const s = await loadFixture(tokenReserved);
    const id = keccak256("0x14");
    const [deadline, signature] = await signLaunch(s, id);
    await expect(s.leases.launchBySig(id, LAUNCH, deadline, signature))
      .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
      .withArgs(id);
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
