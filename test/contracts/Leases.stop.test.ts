// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import { ContractWallet__factory } from "../../typechain-types/index.js";
import {
  active,
  at,
  COLLATERAL,
  GRACE,
  HOUR,
  LATE_PAYMENT_WINDOW,
  LAUNCH,
  LOCK,
  loadFixture,
  PENALTY,
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
import {
  balances,
  LEFT,
  PURSE,
  signLaunch,
  signStop,
  stopDigest,
  takeForToken,
  tokenActive,
  tokenListed,
  tokenPending,
  tokenReserved,
} from "./tokenFixture.ts";

describe("Leases.stop", () => {
  context("given a lease paid in a token", () => {
    it("refunds everything while the start is awaited, and frees the penalty", async () => {
      const s = await loadFixture(tokenPending);
      const tx = s.leases.connect(s.holder).stop(s.id);
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Stopped, 0, PREPAYMENT);
      await expect(tx).to.emit(s.providers, "StakeUnlocked").withArgs(s.provider, PENALTY);
      expect(await balances(s)).to.deep.equal({ holder: PURSE, provider: 0n, leases: 0n });
    });

    for (const elapsed of [1, 7, 3599, 3600, 3601, 35_999]) {
      it(`refunds to the last unit after ${elapsed} seconds`, async () => {
        const s = await loadFixture(tokenActive);
        await untilClock(s, s.startedAt + elapsed);
        await s.leases.connect(s.holder).stop(s.id);
        const earned = (PRICE * BigInt(elapsed)) / 3600n;
        expect(await balances(s)).to.deep.equal({ holder: PURSE - earned, provider: 0n, leases: earned });
        await s.leases.settle(s.id);
        expect(await balances(s)).to.deep.equal({ holder: PURSE - earned, provider: earned, leases: 0n });
      });
    }

    it("charges reserved capacity for its time", async () => {
      const s = await loadFixture(tokenReserved);
      await untilClock(s, s.startedAt + 2 * HOUR);
      const tx = s.leases.connect(s.holder).stop(s.id);
      await expect(tx).to.emit(s.providers, "StakeUnlocked").withArgs(s.provider, PENALTY);
      await s.leases.settle(s.id);
      expect(await balances(s)).to.deep.equal({ holder: PURSE - 2n * PRICE, provider: 2n * PRICE, leases: 0n });
    });

    it("charges reserved capacity that waits for its start too", async () => {
      const s = await loadFixture(tokenReserved);
      await s.leases.connect(s.holder).launch(s.id, LAUNCH);
      await untilClock(s, s.startedAt + 60);
      await expect(s.leases.connect(s.holder).stop(s.id))
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Stopped, PRICE / 60n, PREPAYMENT - PRICE / 60n);
    });

    it("refunds nothing within grace", async () => {
      const s = await loadFixture(tokenActive);
      await untilClock(s, s.startedAt + 10 * HOUR);
      await expect(s.leases.connect(s.holder).stop(s.id))
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Stopped, PREPAYMENT, 0);
      expect((await balances(s)).holder).to.equal(LEFT);
    });

    it("closes as exhausted what is over", async () => {
      const s = await loadFixture(tokenActive);
      await untilClock(s, s.startedAt + 10 * HOUR + GRACE);
      await expect(s.leases.connect(s.holder).stop(s.id))
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Exhausted, PREPAYMENT, 0);
    });

    it("reverts a second time", async () => {
      const s = await loadFixture(tokenActive);
      await s.leases.connect(s.holder).stop(s.id);
      await expect(s.leases.connect(s.holder).stop(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotStoppable")
        .withArgs(s.id, State.Closed);
    });
  });

  context("given a lease paid in bitcoin", () => {
    it("owes what is unspent, and holds the collateral for a day", async () => {
      const s = await loadFixture(active);
      await untilClock(s, s.startedAt + 3 * HOUR);
      const tx = s.leases.connect(s.holder).stop(s.id);
      await expect(tx)
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Stopped, 3n * PRICE, 7n * PRICE);
      await expect(tx).not.to.emit(s.leases, "CollateralReleased");
      await at((await time.latest()) + LATE_PAYMENT_WINDOW);
      await s.leases.releaseCollateral(s.id);
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + (COLLATERAL * 7n) / 10n);
      const status = await s.leases.statusOf(s.id);
      expect([status.state, status.earned, status.refundable]).to.deep.equal([State.Closed, 3n * PRICE, 7n * PRICE]);
    });

    it("owes everything while the start is awaited", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.holder).stop(s.id))
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Stopped, 0, PREPAYMENT);
    });

    it("reverts while unfunded: the window ends it, and the bond is due", async () => {
      const s = await loadFixture(unfunded);
      await expect(s.leases.connect(s.holder).stop(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotStoppable")
        .withArgs(s.id, State.Unfunded);
    });
  });

  it("reverts for anyone but the holder", async () => {
    const s = await loadFixture(tokenActive);
    for (const account of [s.stranger, s.provider, s.hotKey]) {
      await expect(s.leases.connect(account).stop(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotHolder")
        .withArgs(s.id, account, s.holder);
    }
  });

  it("reverts for an unknown lease", async () => {
    const s = await loadFixture(tokenActive);
    const id = keccak256("0x11");
    await expect(s.leases.connect(s.holder).stop(id))
      .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
      .withArgs(id);
  });
});

describe("Leases.stopBySig", () => {
  it("stops for the holder, submitted by anyone, and uses the nonce", async () => {
    const s = await loadFixture(tokenActive);
    const [deadline, signature] = await signStop(s, s.id);
    await untilClock(s, s.startedAt + HOUR);
    await at(deadline);
    const tx = s.leases.connect(s.stranger).stopBySig(s.id, deadline, signature);
    await expect(tx).to.emit(s.leases, "LeaseClosed");
    expect(await s.leases.nonces(s.holder)).to.equal(1n);
    expect((await balances(s)).holder).to.be.greaterThan(LEFT);
  });

  it("reverts a second after its deadline", async () => {
    const s = await loadFixture(tokenActive);
    const [deadline, signature] = await signStop(s, s.id);
    await at(deadline + 1);
    await expect(s.leases.connect(s.stranger).stopBySig(s.id, deadline, signature))
      .to.be.revertedWithCustomError(s.leases, "Leases_SignatureExpired")
      .withArgs(deadline, deadline + 1);
  });

  it("reverts for another signer, and uses no nonce", async () => {
    const s = await loadFixture(tokenActive);
    const [deadline, signature] = await signStop(s, s.id, { signer: s.stranger });
    await expect(s.leases.stopBySig(s.id, deadline, signature))
      .to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature")
      .withArgs(await stopDigest(s, s.id, 0n, deadline), s.holder);
    expect(await s.leases.nonces(s.holder)).to.equal(0n);
  });

  it("reverts for another lease, another deadline and another action's signature", async () => {
    const s = await loadFixture(tokenActive);
    const other = await takeForToken(s, { terms: { salt: 2n } });
    await other.tx;
    const [deadline, signature] = await signStop(s, s.id);
    const [launchDeadline, launchSignature] = await signLaunch(s, s.id);
    for (const [id, until, by] of [
      [other.id, deadline, signature],
      [s.id, deadline + 1, signature],
      [s.id, launchDeadline, launchSignature],
    ] as const) {
      await expect(s.leases.stopBySig(id, until, by)).to.be.revertedWithCustomError(
        s.leases,
        "Leases_InvalidSignature",
      );
    }
  });

  it("reverts when it is replayed, or a nonce ahead", async () => {
    const s = await loadFixture(tokenReserved);
    const [launchBy, launch] = await signLaunch(s, s.id);
    const [stopBy, stop] = await signStop(s, s.id, { nonce: 1n });
    await expect(s.leases.stopBySig(s.id, stopBy, stop)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_InvalidSignature",
    );
    await s.leases.launchBySig(s.id, LAUNCH, launchBy, launch);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await expect(s.leases.launchBySig(s.id, LAUNCH, launchBy, launch)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_InvalidSignature",
    );
    await expect(s.leases.stopBySig(s.id, stopBy, stop)).to.emit(s.leases, "LeaseClosed");
    await expect(s.leases.stopBySig(s.id, stopBy, stop)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_InvalidSignature",
    );
  });

  it("asks a holder that is a contract (ERC-1271)", async () => {
    const s = await loadFixture(tokenListed);
    const wallet = await new ContractWallet__factory(s.stranger).deploy(s.holder);
    const { id, tx } = await takeForToken(s, { terms: { holder: await wallet.getAddress() } });
    await tx;
    const [deadline, wrong] = await signStop(s, id, { signer: s.stranger, nonce: 0n });
    await expect(s.leases.stopBySig(id, deadline, wrong)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_InvalidSignature",
    );
    const [until, right] = await signStop(s, id, { nonce: 0n });
    await s.leases.stopBySig(id, until, right);
    expect(await s.vault.balanceOf(s.usd, wallet)).to.equal(PREPAYMENT);
    expect(await s.leases.nonces(wallet)).to.equal(1n);
  });

  it("reverts for an unknown lease", async () => {
    const s = await loadFixture(tokenActive);
    const id = keccak256("0x12");
    const [deadline, signature] = await signStop(s, id);
    await expect(s.leases.stopBySig(id, deadline, signature))
      .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
      .withArgs(id);
  });
});
