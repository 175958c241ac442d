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
  resold,
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
    const tx = s.claimant.open(Kind.Abuse, s.id, s.holder, AMOUNT, AMOUNT / 10n, EVIDENCE, URI);
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
    await s.claimant.open(Kind.FalseAttestation, s.appliance, s.provider, 1000n * XOV, 0n, EVIDENCE, URI);
    expect((await s.claims.claim(1)).accused).to.equal(s.provider.address);
    expect((await s.providers.stakeOf(s.provider)).frozen).to.equal(1000n * XOV);
  });

  it("has a least bond, also for a claim of no money", async () => {
    const s = await loadFixture(accusable);
    expect(await s.claims.bondFor(0n)).to.equal(10n * XOV);
    expect(await s.claims.bondFor(100n * XOV + 1n)).to.equal(10n * XOV + 1n);
    await s.claimant.open(Kind.Abuse, s.id, s.holder, 0n, 0n, EVIDENCE, URI);
    expect((await s.claims.claim(1)).bond).to.equal(10n * XOV);
  });

  it("reverts for more than the accused has, and for costs beyond a tenth", async () => {
    const s = await loadFixture(accusable);
    await expect(s.claimant.open(Kind.Abuse, s.id, s.holder, DEPOSIT + 1n, 0n, EVIDENCE, URI))
      .to.be.revertedWithCustomError(s.claims, "Claims_AmountTooLarge")
      .withArgs(DEPOSIT + 1n, DEPOSIT);
    await expect(s.claimant.open(Kind.Abuse, s.id, s.holder, AMOUNT, AMOUNT / 10n + 1n, EVIDENCE, URI))
      .to.be.revertedWithCustomError(s.claims, "Claims_CostsTooLarge")
      .withArgs(AMOUNT / 10n + 1n, AMOUNT / 10n);
    await expect(
      s.claimant.open(Kind.FalseAttestation, s.appliance, s.provider, STAKE + 1n, 0n, EVIDENCE, URI),
    ).to.be.revertedWithCustomError(s.claims, "Claims_AmountTooLarge");
  });

  it("reverts for what is not there, without the bond, and for a long URI", async () => {
    const s = await loadFixture(accusable);
    await expect(s.claimant.open(Kind.None, s.id, s.holder, 0n, 0n, EVIDENCE, URI)).to.be.revertedWithCustomError(
      s.claims,
      "Claims_UnknownKind",
    );
    await expect(s.claimant.open(Kind.Abuse, EVIDENCE, s.holder, 0n, 0n, EVIDENCE, URI)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_UnknownLease",
    );
    await expect(
      s.claimant.open(Kind.FalseAttestation, 9n, s.provider, 0n, 0n, EVIDENCE, URI),
    ).to.be.revertedWithCustomError(s.providers, "Providers_UnknownAppliance");
    await expect(
      s.claims.connect(s.operator).open(Kind.Abuse, s.id, s.holder, 0n, 0n, EVIDENCE, URI),
    ).to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall");
    await expect(s.claimant.open(Kind.Abuse, s.id, s.holder, 0n, 0n, EVIDENCE, "x".repeat(257)))
      .to.be.revertedWithCustomError(s.claims, "Claims_UriTooLong")
      .withArgs(257, 256);
    await expect(s.claims.claim(1)).to.be.revertedWithCustomError(s.claims, "Claims_UnknownClaim").withArgs(1);
  });
});

describe("Claims.open, of abuse in a lease that was resold", () => {
  it("names who held it at that launch: to sell it is no escape, and the buyer does not pay", async () => {
    const s = await loadFixture(resold);
    expect((await s.leases.lease(s.id)).holder).to.equal(s.relayer.address);
    await s.claimant.open(Kind.Abuse, s.id, s.holder, AMOUNT, 0n, EVIDENCE, URI);
    const c = await s.claims.claim(1);
    expect([c.accused, c.pool]).to.deep.equal([s.holder.address, 1n]);
    expect((await s.trust.userOf(s.holder)).frozen).to.equal(AMOUNT);
    await time.increase(WEEK);
    await s.operatorSays.decide(1, true, AMOUNT, EVIDENCE, URI);
    await time.increase(WEEK);
    await s.claims.conclude(1);
    const [seller, buyer] = [await s.trust.userOf(s.holder), await s.trust.userOf(s.relayer)];
    expect([seller.deposit, seller.karma, seller.upheld]).to.deep.equal([DEPOSIT - AMOUNT, 0n, 1n]);
    expect(buyer.upheld).to.equal(0n);
  });

  it("may name the buyer for a later launch, and nobody who never held it", async () => {
    const s = await loadFixture(resold);
    await s.claimant.open(Kind.Abuse, s.id, s.relayer, 0n, 0n, EVIDENCE, URI);
    expect((await s.claims.claim(1)).accused).to.equal(s.relayer.address);
    const refused = (kind: number, subject: string | bigint, accused: { address: string }) =>
      expect(s.claimant.open(kind, subject, accused.address, 0n, 0n, EVIDENCE, URI))
        .to.be.revertedWithCustomError(s.claims, "Claims_NotAnswerable")
        .withArgs(subject, accused.address);
    await refused(Kind.Abuse, s.id, s.operator);
    await refused(Kind.FalseAttestation, 1n, s.operator);
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
