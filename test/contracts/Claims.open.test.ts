// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import {
  AMOUNT,
  accusable,
  CLAIM_BOND,
  claimed,
  DEPOSIT,
  EVIDENCE,
  Kind,
  Status,
  URI,
  WEEK,
  XOV,
} from "./claimFixture.ts";
import { loadFixture, STAKE, time } from "./fixture.ts";
import { PURSE } from "./trustFixture.ts";

describe("Claims.open", () => {
  it("names the lease's holder, takes the bond and freezes what is claimed", async () => {
    const s = await loadFixture(accusable);
    const tx = s.claimant.open(Kind.Abuse, s.id, AMOUNT, AMOUNT / 10n, EVIDENCE, URI);
    await expect(tx).to.emit(s.claims, "ClaimOpened");
    await expect(tx).to.emit(s.trust, "Frozen").withArgs(s.holder, AMOUNT, AMOUNT);
    const c = await s.claims.claim(1);
    expect([c.claimant, c.accused, c.amount, c.bond, c.pool, c.status]).to.deep.equal([
      s.stranger.address,
      s.holder.address,
      AMOUNT,
      CLAIM_BOND,
      1n,
      Status.Open,
    ]);
    expect(c.until).to.equal(BigInt((await time.latest()) + WEEK));
    expect(await s.vault.balanceOf(s.xov, s.claims)).to.equal(CLAIM_BOND);
    expect(await s.vault.balanceOf(s.xov, s.stranger)).to.equal(PURSE - CLAIM_BOND);
  });

  it("names the appliance's provider for a false attestation, and freezes its stake", async () => {
    const s = await loadFixture(accusable);
    await s.claimant.open(Kind.FalseAttestation, s.appliance, 1000n * XOV, 0n, EVIDENCE, URI);
    expect((await s.claims.claim(1)).accused).to.equal(s.provider.address);
    expect((await s.providers.stakeOf(s.provider)).frozen).to.equal(1000n * XOV);
  });

  it("has a least bond, also for a claim of no money", async () => {
    const s = await loadFixture(accusable);
    expect(await s.claims.bondFor(0n)).to.equal(10n * XOV);
    expect(await s.claims.bondFor(100n * XOV + 1n)).to.equal(10n * XOV + 1n);
    await s.claimant.open(Kind.Abuse, s.id, 0n, 0n, EVIDENCE, URI);
    expect((await s.claims.claim(1)).bond).to.equal(10n * XOV);
  });

  it("reverts for more than the accused has, and for costs beyond a tenth", async () => {
    const s = await loadFixture(accusable);
    await expect(s.claimant.open(Kind.Abuse, s.id, DEPOSIT + 1n, 0n, EVIDENCE, URI))
      .to.be.revertedWithCustomError(s.claims, "Claims_AmountTooLarge")
      .withArgs(DEPOSIT + 1n, DEPOSIT);
    await expect(s.claimant.open(Kind.Abuse, s.id, AMOUNT, AMOUNT / 10n + 1n, EVIDENCE, URI))
      .to.be.revertedWithCustomError(s.claims, "Claims_CostsTooLarge")
      .withArgs(AMOUNT / 10n + 1n, AMOUNT / 10n);
    await expect(
      s.claimant.open(Kind.FalseAttestation, s.appliance, STAKE + 1n, 0n, EVIDENCE, URI),
    ).to.be.revertedWithCustomError(s.claims, "Claims_AmountTooLarge");
  });

  it("reverts for what is not there, without the bond, and for a long URI", async () => {
    const s = await loadFixture(accusable);
    await expect(s.claimant.open(Kind.None, s.id, 0n, 0n, EVIDENCE, URI)).to.be.revertedWithCustomError(
      s.claims,
      "Claims_UnknownKind",
    );
    await expect(s.claimant.open(Kind.Abuse, EVIDENCE, 0n, 0n, EVIDENCE, URI)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_UnknownLease",
    );
    await expect(s.claimant.open(Kind.FalseAttestation, 9n, 0n, 0n, EVIDENCE, URI)).to.be.revertedWithCustomError(
      s.providers,
      "Providers_UnknownAppliance",
    );
    await expect(
      s.claims.connect(s.operator).open(Kind.Abuse, s.id, 0n, 0n, EVIDENCE, URI),
    ).to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall");
    await expect(s.claimant.open(Kind.Abuse, s.id, 0n, 0n, EVIDENCE, "x".repeat(257)))
      .to.be.revertedWithCustomError(s.claims, "Claims_UriTooLong")
      .withArgs(257, 256);
    await expect(s.claims.claim(1)).to.be.revertedWithCustomError(s.claims, "Claims_UnknownClaim").withArgs(1);
  });
});

describe("Claims.dispute", () => {
  it("is the accused's, once, in a week, for a bond as large", async () => {
    const s = await loadFixture(claimed);
    await expect(s.claimant.dispute(1, EVIDENCE, URI))
      .to.be.revertedWithCustomError(s.claims, "Claims_NotAccused")
      .withArgs(1, s.stranger, s.holder);
    await expect(s.accused.dispute(1, EVIDENCE, URI))
      .to.emit(s.claims, "ClaimDisputed")
      .withArgs(1, EVIDENCE, URI);
    expect((await s.entries()).held).to.equal(2n * CLAIM_BOND);
    await expect(s.accused.dispute(1, EVIDENCE, URI))
      .to.be.revertedWithCustomError(s.claims, "Claims_AlreadyDisputed")
      .withArgs(1);
  });

  it("reverts once the week is over", async () => {
    const s = await loadFixture(claimed);
    await time.setNextBlockTimestamp(s.disputeBy);
    await expect(s.accused.dispute(1, EVIDENCE, URI))
      .to.be.revertedWithCustomError(s.claims, "Claims_TooLate")
      .withArgs(1, s.disputeBy, s.disputeBy);
  });
});
