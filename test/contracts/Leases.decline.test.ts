// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256, toUtf8Bytes } from "ethers";
import {
  active,
  at,
  BOND,
  COLLATERAL,
  LATE_PAYMENT_WINDOW,
  LOCK,
  loadFixture,
  PENALTY,
  PREPAYMENT,
  PRICE,
  pending,
  Reason,
  State,
  time,
  unfunded,
} from "./fixture.ts";

describe("Leases.decline", () => {
  context("given a caller who is neither the provider nor the hot key", () => {
    it("reverts", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.holder).decline(s.id, "no"))
        .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
        .withArgs(s.appliance, s.holder);
    });
  });

  context("given no such lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.hotKey).decline(keccak256("0x03"), ""))
        .to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease")
        .withArgs(keccak256("0x03"));
    });
  });

  context("given an explanation", () => {
    it("takes 256 bytes", async () => {
      const s = await loadFixture(pending);
      await expect(s.leases.connect(s.hotKey).decline(s.id, "é".repeat(128)))
        .to.emit(s.leases, "Declined")
        .withArgs(s.id, "é".repeat(128));
    });

    it("reverts at 257 bytes", async () => {
      const s = await loadFixture(pending);
      expect(toUtf8Bytes(`${"é".repeat(128)}!`).length).to.equal(257);
      await expect(s.leases.connect(s.hotKey).decline(s.id, `${"é".repeat(128)}!`))
        .to.be.revertedWithCustomError(s.leases, "Leases_ExplanationTooLong")
        .withArgs(257, 256);
    });
  });

  context("given an unfunded lease", () => {
    it("closes it, returns the bond, ends the reservation and frees the penalty", async () => {
      const s = await loadFixture(unfunded);
      const before = await s.vault.balanceOf(s.xov, s.relayer);
      const tx = s.leases.connect(s.provider).decline(s.id, "full");
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Declined, 0, 0);
      await expect(tx).to.emit(s.exchange, "ReservationEnded").withArgs(s.order);
      await expect(tx).to.emit(s.providers, "StakeUnlocked").withArgs(s.provider, PENALTY);
      expect(await s.vault.balanceOf(s.xov, s.relayer)).to.equal(before + BOND);
      expect((await s.exchange.ask(s.order)).reservation.unfunded).to.equal(0n);
    });

    it("holds the collateral for a day, for a payment that is under way", async () => {
      const s = await loadFixture(unfunded);
      await s.leases.connect(s.hotKey).decline(s.id, "I have seen your payment");
      const closedAt = await time.latest();
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + COLLATERAL);
      await s.leases.connect(s.payments).credit(s.id, PREPAYMENT);
      await at(closedAt + LATE_PAYMENT_WINDOW - 1);
      await expect(s.leases.releaseCollateral(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_HeldUntil")
        .withArgs(s.id, closedAt + LATE_PAYMENT_WINDOW, closedAt + LATE_PAYMENT_WINDOW - 1);
      await at(closedAt + LATE_PAYMENT_WINDOW);
      await expect(s.leases.releaseCollateral(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NothingToRelease")
        .withArgs(s.id);
      expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(COLLATERAL);
    });

    it("works past the payment window, while nobody closed it", async () => {
      const s = await loadFixture(unfunded);
      await at(s.payBy + 1);
      await expect(s.leases.connect(s.hotKey).decline(s.id, "")).to.emit(s.leases, "LeaseClosed");
    });
  });

  context("given an unfunded lease that is paid in part", () => {
    it("owes the part, and keeps no collateral for what is too small to be refunded", async () => {
      const s = await loadFixture(unfunded);
      await s.leases.connect(s.payments).credit(s.id, PRICE / 2n);
      await expect(s.leases.connect(s.hotKey).decline(s.id, ""))
        .to.emit(s.leases, "LeaseClosed")
        .withArgs(s.id, Reason.Declined, 0, PRICE / 2n);
      await time.increase(LATE_PAYMENT_WINDOW);
      await s.leases.releaseCollateral(s.id);
      expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(0n);
      expect((await s.leases.statusOf(s.id)).refundable).to.equal(PRICE / 2n);
    });
  });

  context("given a pending lease", () => {
    it("closes it in the last second of its start window, owes everything and frees the penalty", async () => {
      const s = await loadFixture(pending);
      await at(s.startBy);
      const tx = s.leases.connect(s.hotKey).decline(s.id, "no capacity");
      await expect(tx).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Declined, 0, PREPAYMENT);
      expect((await s.providers.stakeOf(s.provider)).locked).to.equal(7n * LOCK + COLLATERAL);
      const status = await s.leases.statusOf(s.id);
      expect([status.state, status.earned, status.refundable]).to.deep.equal([State.Closed, 0n, PREPAYMENT]);
    });

    it("reverts past the start window, so that silence is penalised", async () => {
      const s = await loadFixture(pending);
      await at(s.startBy + 1);
      await expect(s.leases.connect(s.hotKey).decline(s.id, "sorry, I slept"))
        .to.be.revertedWithCustomError(s.leases, "Leases_StartWindowPassed")
        .withArgs(s.id, s.startBy, s.startBy + 1);
    });
  });

  context("given an active lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(active);
      await expect(s.leases.connect(s.hotKey).decline(s.id, ""))
        .to.be.revertedWithCustomError(s.leases, "Leases_NoStartAwaited")
        .withArgs(s.id, State.Active);
    });
  });

  context("given a closed lease", () => {
    it("reverts", async () => {
      const s = await loadFixture(pending);
      await s.leases.connect(s.hotKey).decline(s.id, "");
      await expect(s.leases.connect(s.hotKey).decline(s.id, ""))
        .to.be.revertedWithCustomError(s.leases, "Leases_NoStartAwaited")
        .withArgs(s.id, State.Closed);
    });
  });
});
