// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import {
  AMOUNT,
  accusable,
  CLAIM_BOND,
  claimed,
  DEPOSIT,
  disputed,
  EVIDENCE,
  Kind,
  MONTH,
  Outcome,
  Status,
  TWO_WEEKS,
  URI,
  WEEK,
  XOV,
} from "./claimFixture.ts";
import { at, loadFixture, time } from "./fixture.ts";

const PENALTY = 100n * XOV;
type Claimed = Awaited<ReturnType<typeof claimed>>;

const decide = (by: Claimed["claimant"], upheld: boolean, penalty = upheld ? PENALTY : 0n) =>
  by.decide(1, upheld, penalty, EVIDENCE, URI);

/** Nothing stays behind: no bond, no freeze. */
async function expectNothingHeld(s: Claimed) {
  expect((await s.entries()).held).to.equal(0n);
  expect((await s.trust.userOf(s.holder)).frozen).to.equal(0n);
  expect((await s.claims.claim(1)).status).to.equal(Status.Closed);
  expect(await s.claims.concludesAt(1)).to.equal(0n);
  await expect(s.claims.conclude(1)).to.be.revertedWithCustomError(s.claims, "Claims_WrongStatus");
}

describe("Claims.decide", () => {
  it("is the operator's once it is disputed, then for an appeal to be awaited", async () => {
    const s = await loadFixture(disputed);
    expect(await s.claims.arbiterOf(1)).to.equal(s.operator.address);
    await expect(decide(s.ownerSays, true))
      .to.be.revertedWithCustomError(s.claims, "Claims_NotArbiter")
      .withArgs(1, s.treasury, s.operator);
    await expect(decide(s.operatorSays, true))
      .to.emit(s.claims, "ClaimDecided")
      .withArgs(1, s.operator, true, PENALTY, EVIDENCE, URI);
    const c = await s.claims.claim(1);
    expect([c.status, c.until]).to.deep.equal([Status.Decided, BigInt((await time.latest()) + WEEK)]);
    // nothing has moved yet
    expect((await s.trust.userOf(s.holder)).deposit).to.equal(DEPOSIT);
    expect(await s.claims.arbiterOf(1)).to.equal(ZeroAddress);
  });

  it("waits for the dispute window while nobody disputes", async () => {
    const s = await loadFixture(claimed);
    await expect(decide(s.operatorSays, true))
      .to.be.revertedWithCustomError(s.claims, "Claims_NotArbiter")
      .withArgs(1, s.operator, ZeroAddress);
    await at(s.disputeBy);
    await decide(s.operatorSays, true);
  });

  it("is the owner's, finally, when the operator has not decided in time", async () => {
    const s = await loadFixture(disputed);
    await at(s.disputedAt + TWO_WEEKS);
    await expect(decide(s.ownerSays, true)).to.emit(s.claims, "ClaimClosed");
    await expectNothingHeld(s);
  });

  it("is the owner's at once when a provider is accused, or when the operator is a party", async () => {
    const s = await loadFixture(accusable);
    await s.claimant.open(Kind.FalseAttestation, s.appliance, s.provider, AMOUNT, 0n, EVIDENCE, URI);
    await s.xov.transfer(s.operator, 100n * XOV);
    await s.xov.connect(s.operator).approve(s.vault, 100n * XOV);
    await s.vault.connect(s.operator).deposit(s.xov, 100n * XOV, s.operator);
    await s.operatorSays.open(Kind.Abuse, s.id, s.holder, AMOUNT, 0n, EVIDENCE, URI);
    await s.accused.dispute(2, EVIDENCE, URI);
    await time.increase(WEEK);
    expect(await s.claims.arbiterOf(1)).to.equal(s.treasury.address);
    expect(await s.claims.arbiterOf(2)).to.equal(s.treasury.address);
  });

  it("is the owner's when the operator is the accused", async () => {
    const s = await loadFixture(accusable);
    await s.pools.connect(s.operator).setOperator(1, s.holder);
    await s.claimant.open(Kind.Abuse, s.id, s.holder, AMOUNT, 0n, EVIDENCE, URI);
    await s.accused.dispute(1, EVIDENCE, URI);
    expect(await s.claims.arbiterOf(1)).to.equal(s.treasury.address);
    await expect(decide(s.accused, false)).to.be.revertedWithCustomError(s.claims, "Claims_NotArbiter");
    await decide(s.ownerSays, true);
    expect((await s.claims.claim(1)).status).to.equal(Status.Closed);
  });

  it("of a claim of no money is still due once it is disputed", async () => {
    const s = await loadFixture(accusable);
    await s.claimant.open(Kind.Abuse, s.id, s.holder, 0n, 0n, EVIDENCE, URI);
    await s.accused.dispute(1, EVIDENCE, URI);
    expect(await s.claims.arbiterOf(1)).to.equal(s.operator.address);
    await time.increase(WEEK);
    await expect(s.claims.conclude(1)).to.be.revertedWithCustomError(s.claims, "Claims_TooEarly");
    await decide(s.operatorSays, false);
    await time.increase(WEEK);
    await s.claims.conclude(1);
    expect((await s.trust.userOf(s.holder)).karma > 0n).to.equal(true);
  });

  it("takes at most what was claimed, and nothing when dismissed", async () => {
    const s = await loadFixture(disputed);
    await expect(decide(s.operatorSays, true, AMOUNT + 1n))
      .to.be.revertedWithCustomError(s.claims, "Claims_PenaltyTooLarge")
      .withArgs(AMOUNT + 1n, AMOUNT);
    await expect(decide(s.operatorSays, false, 1n))
      .to.be.revertedWithCustomError(s.claims, "Claims_PenaltyTooLarge")
      .withArgs(1n, 0n);
  });

  it("upheld: burns the penalty but for the costs, zeroes karma, and the claimant has both bonds", async () => {
    const s = await loadFixture(disputed);
    const before = await s.entries();
    const burned = await s.vault.balanceOf(s.xov, ZeroAddress);
    await decide(s.operatorSays, true);
    await time.increase(WEEK);
    await expect(s.claims.conclude(1))
      .to.emit(s.claims, "ClaimClosed")
      .withArgs(1, Outcome.Upheld, 2n * CLAIM_BOND, 0n, PENALTY, PENALTY / 10n);
    const after = await s.entries();
    expect(after.claimant - before.claimant).to.equal(2n * CLAIM_BOND + PENALTY / 10n);
    expect(after.accused).to.equal(before.accused);
    expect((await s.vault.balanceOf(s.xov, ZeroAddress)) - burned).to.equal((PENALTY * 9n) / 10n);
    const user = await s.trust.userOf(s.holder);
    expect([user.deposit, user.karma, user.upheld]).to.deep.equal([DEPOSIT - PENALTY, 0n, 1n]);
    await expectNothingHeld(s);
  });

  it("dismissed: the accused has both bonds", async () => {
    const s = await loadFixture(disputed);
    const before = await s.entries();
    await decide(s.operatorSays, false);
    await time.increase(WEEK);
    await expect(s.claims.conclude(1))
      .to.emit(s.claims, "ClaimClosed")
      .withArgs(1, Outcome.Dismissed, 0n, 2n * CLAIM_BOND, 0n, 0n);
    expect((await s.entries()).accused - before.accused).to.equal(2n * CLAIM_BOND);
    expect((await s.trust.userOf(s.holder)).karma > 0n).to.equal(true);
    await expectNothingHeld(s);
  });

  it("takes what is there when a claim before has taken the rest, and a tenth of that for the costs", async () => {
    const s = await loadFixture(disputed);
    await s.trust.connect(s.asClaims).seize(s.holder, DEPOSIT - 30n * XOV, s.stranger, 0n);
    await decide(s.operatorSays, true);
    await time.increase(WEEK);
    await expect(s.claims.conclude(1))
      .to.emit(s.claims, "ClaimClosed")
      .withArgs(1, Outcome.Upheld, 2n * CLAIM_BOND, 0n, 30n * XOV, 3n * XOV);
    await expectNothingHeld(s);
  });

  it("reaches what cools down: asking it back in time is no escape", async () => {
    const s = await loadFixture(disputed);
    await s.leases.connect(s.holder).stop(s.id);
    await s.trust.connect(s.holder).requestWithdrawal(DEPOSIT);
    await time.increase(TWO_WEEKS - 10);
    await decide(s.operatorSays, true, AMOUNT);
    await time.increase(WEEK);
    await expect(s.trust.connect(s.holder).withdraw())
      .to.emit(s.trust, "Withdrawn")
      .withArgs(s.holder, DEPOSIT - AMOUNT, AMOUNT);
    await s.claims.conclude(1);
    expect((await s.trust.userOf(s.holder)).deposit).to.equal(0n);
    await expectNothingHeld(s);
  });

  it("of a false attestation delists the appliance and takes stake", async () => {
    const s = await loadFixture(accusable);
    await s.claimant.open(Kind.FalseAttestation, s.appliance, s.provider, AMOUNT, 0n, EVIDENCE, URI);
    await time.increase(WEEK);
    await expect(decide(s.ownerSays, true)).to.emit(s.attestations, "AttestationRevoked");
    expect((await s.trust.recordOf(s.provider)).upheld).to.equal(1n);
    expect((await s.providers.stakeOf(s.provider)).frozen).to.equal(0n);
    expect((await s.claims.claim(1)).status).to.equal(Status.Closed);
    expect(await s.vault.balanceOf(s.xov, s.claims)).to.equal(0n);
  });
});

describe("Claims.appeal", () => {
  /** Decided by the operator; who may appeal. */
  const cases = [
    { first: true, second: true, toClaimant: 3n, toAccused: 0n },
    { first: true, second: false, toClaimant: 0n, toAccused: 3n },
    { first: false, second: true, toClaimant: 3n, toAccused: 0n },
    { first: false, second: false, toClaimant: 0n, toAccused: 3n },
  ];
  const word = (upheld: boolean) => (upheld ? "upholds" : "dismisses");
  for (const { first, second, toClaimant, toAccused } of cases) {
    it(`pays every bond when the operator ${word(first)} and the owner ${word(second)}`, async () => {
      const s = await loadFixture(disputed);
      await decide(s.operatorSays, first);
      const [loser, winner] = first ? [s.accused, s.claimant] : [s.claimant, s.accused];
      await expect(winner.appeal(1, EVIDENCE, URI)).to.be.revertedWithCustomError(s.claims, "Claims_NotLoser");
      await expect(loser.appeal(1, EVIDENCE, URI)).to.emit(s.claims, "ClaimAppealed");
      expect(await s.claims.arbiterOf(1)).to.equal(s.treasury.address);
      const taken = second ? PENALTY : 0n;
      await expect(decide(s.ownerSays, second))
        .to.emit(s.claims, "ClaimClosed")
        .withArgs(
          1,
          second ? Outcome.Upheld : Outcome.Dismissed,
          toClaimant * CLAIM_BOND,
          toAccused * CLAIM_BOND,
          taken,
          taken / 10n,
        );
      await expectNothingHeld(s);
    });
  }

  it("that the owner does not decide returns its bond, and the decision stands", async () => {
    const s = await loadFixture(disputed);
    await decide(s.operatorSays, true);
    await s.accused.appeal(1, EVIDENCE, URI);
    const before = await s.entries();
    const until = (await time.latest()) + MONTH;
    await at(until - 1);
    await expect(s.claims.conclude(1)).to.be.revertedWithCustomError(s.claims, "Claims_TooEarly");
    await at(until);
    await expect(s.claims.conclude(1)).to.emit(s.claims, "ClaimClosed");
    const after = await s.entries();
    expect(after.accused - before.accused).to.equal(CLAIM_BOND);
    expect(after.claimant - before.claimant).to.equal(2n * CLAIM_BOND + PENALTY / 10n);
    await expectNothingHeld(s);
  });

  it("is executed no sooner than the time for an appeal is over", async () => {
    const s = await loadFixture(disputed);
    await decide(s.operatorSays, true);
    const until = (await time.latest()) + WEEK;
    expect(await s.claims.concludesAt(1)).to.equal(BigInt(until));
    await at(until - 1);
    await expect(s.claims.conclude(1)).to.be.revertedWithCustomError(s.claims, "Claims_TooEarly");
    await at(until);
    await s.claims.conclude(1);
    await expectNothingHeld(s);
  });

  it("is no longer the owner's to decide once anyone may conclude it", async () => {
    const s = await loadFixture(disputed);
    await decide(s.operatorSays, false);
    await s.claimant.appeal(1, EVIDENCE, URI);
    await at((await time.latest()) + MONTH);
    await expect(decide(s.ownerSays, true))
      .to.be.revertedWithCustomError(s.claims, "Claims_NotArbiter")
      .withArgs(1, s.treasury, ZeroAddress);
    await s.claims.conclude(1);
    expect((await s.trust.userOf(s.holder)).deposit).to.equal(DEPOSIT);
    await expectNothingHeld(s);
  });

  it("reverts after a week", async () => {
    const s = await loadFixture(disputed);
    await decide(s.operatorSays, true);
    await time.increase(WEEK);
    await expect(s.accused.appeal(1, EVIDENCE, URI)).to.be.revertedWithCustomError(s.claims, "Claims_TooLate");
  });
});

describe("Claims.conclude, when somebody does nothing", () => {
  it("an accused who is silent loses karma and no money, whoever else is silent", async () => {
    const s = await loadFixture(claimed);
    const until = s.disputeBy + TWO_WEEKS + MONTH;
    expect(await s.claims.concludesAt(1)).to.equal(BigInt(until));
    await at(until - 1);
    await expect(s.claims.conclude(1)).to.be.revertedWithCustomError(s.claims, "Claims_TooEarly");
    await at(until);
    await expect(s.claims.connect(s.relayer).conclude(1))
      .to.emit(s.claims, "ClaimClosed")
      .withArgs(1, Outcome.Uncontested, CLAIM_BOND, 0n, 0n, 0n);
    const user = await s.trust.userOf(s.holder);
    expect([user.karma, user.deposit, user.upheld]).to.deep.equal([0n, DEPOSIT, 0n]);
    await expectNothingHeld(s);
    await expect(decide(s.ownerSays, true)).to.be.revertedWithCustomError(s.claims, "Claims_NotArbiter");
  });

  it("a claim of no money that is not disputed ends with the dispute window", async () => {
    const s = await loadFixture(accusable);
    await s.claimant.open(Kind.Abuse, s.id, s.holder, 0n, 0n, ZeroHash, "");
    await time.increase(WEEK);
    expect(await s.claims.arbiterOf(1)).to.equal(ZeroAddress);
    await s.claims.conclude(1);
    expect((await s.trust.userOf(s.holder)).karma).to.equal(0n);
  });

  it("a dispute that nobody decides costs nobody anything", async () => {
    const s = await loadFixture(disputed);
    const before = await s.entries();
    await time.increase(TWO_WEEKS + MONTH);
    await expect(s.claims.conclude(1))
      .to.emit(s.claims, "ClaimClosed")
      .withArgs(1, Outcome.Lapsed, CLAIM_BOND, CLAIM_BOND, 0n, 0n);
    const after = await s.entries();
    expect([after.claimant - before.claimant, after.accused - before.accused]).to.deep.equal([CLAIM_BOND, CLAIM_BOND]);
    expect((await s.trust.userOf(s.holder)).karma > 0n).to.equal(true);
    await expectNothingHeld(s);
  });
});
