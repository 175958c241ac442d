// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { at, DAY, loadFixture, time } from "./fixture.ts";
import { COOL_DOWN, ending, PURSE, trusting, UNIT_HOUR } from "./trustFixture.ts";

const XOV = 10n ** 18n;

async function deposited() {
  const s = await trusting();
  await s.trust.connect(s.holder).deposit(100n * XOV);
  return { ...s, mine: s.trust.connect(s.holder), seizing: s.trust.connect(s.asClaims) };
}

describe("Trust.deposit", () => {
  it("moves XOV from the vault balance and gives a limit", async () => {
    const s = await loadFixture(trusting);
    await expect(s.trust.connect(s.holder).deposit(5n * XOV))
      .to.emit(s.trust, "Deposited")
      .withArgs(s.holder, 5n * XOV);
    expect(await s.trust.limitOf(s.holder)).to.equal(5000n);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(PURSE - 5n * XOV);
    expect(await s.vault.balanceOf(s.xov, s.trust)).to.equal(5n * XOV);
  });

  it("reverts for nothing, and beyond the vault balance", async () => {
    const s = await loadFixture(trusting);
    await expect(s.trust.connect(s.holder).deposit(0n)).to.be.revertedWithCustomError(s.trust, "Trust_ZeroAmount");
    await expect(s.trust.connect(s.holder).deposit(PURSE + 1n)).to.be.revertedWithCustomError(
      s.vault,
      "Vault_BalanceTooSmall",
    );
  });

  it("is linear: two accounts have together what one would have", async () => {
    const s = await loadFixture(trusting);
    await s.trust.connect(s.holder).deposit(7n * XOV);
    await s.trust.connect(s.stranger).deposit(2n * XOV);
    const split = (await s.trust.limitOf(s.holder)) + (await s.trust.limitOf(s.stranger));
    await s.trust.connect(s.holder).deposit(2n * XOV);
    expect(await s.trust.limitOf(s.holder)).to.equal(split);
  });
});

describe("Trust.requestWithdrawal", () => {
  it("lowers the limit at once and starts the cool-down", async () => {
    const s = await loadFixture(deposited);
    const leavesAt = (await time.latest()) + 10 + COOL_DOWN;
    await at(leavesAt - COOL_DOWN);
    await expect(s.mine.requestWithdrawal(40n * XOV))
      .to.emit(s.trust, "WithdrawalRequested")
      .withArgs(s.holder, 40n * XOV, leavesAt);
    const user = await s.trust.userOf(s.holder);
    expect([user.deposit, user.cooling, user.leavesAt]).to.deep.equal([60n * XOV, 40n * XOV, BigInt(leavesAt)]);
    expect(user.limit).to.equal(60_000n);
  });

  it("reverts for nothing and beyond the deposit", async () => {
    const s = await loadFixture(deposited);
    await expect(s.mine.requestWithdrawal(0n)).to.be.revertedWithCustomError(s.trust, "Trust_ZeroAmount");
    await expect(s.mine.requestWithdrawal(100n * XOV + 1n))
      .to.be.revertedWithCustomError(s.trust, "Trust_DepositTooSmall")
      .withArgs(s.holder, 100n * XOV, 100n * XOV + 1n);
  });

  it("reverts while what is running needs it, to the last unit", async () => {
    const s = await loadFixture(deposited);
    await s.trust.connect(s.asLeases).started(s.holder, s.provider, 30_000n);
    await expect(s.mine.requestWithdrawal(70n * XOV + 1n))
      .to.be.revertedWithCustomError(s.trust, "Trust_LimitInUse")
      .withArgs(s.holder, 29_999n, 30_000n);
    await s.mine.requestWithdrawal(70n * XOV);
    const end = ending({ holder: s.holder.address, provider: s.provider.address, units: 30_000n, withinLimit: true });
    await s.trust.connect(s.asLeases).ended(end);
    await s.mine.requestWithdrawal(30n * XOV);
  });
});

describe("Trust.withdraw", () => {
  it("pays each request once it has cooled down, not a second before", async () => {
    const s = await loadFixture(deposited);
    await s.mine.requestWithdrawal(10n * XOV);
    const first = (await time.latest()) + COOL_DOWN;
    await at(first - 5 * DAY);
    await s.mine.requestWithdrawal(20n * XOV);
    await at(first - 1);
    await expect(s.mine.withdraw()).to.be.revertedWithCustomError(s.trust, "Trust_NothingToWithdraw");
    await at(first);
    await expect(s.mine.withdraw())
      .to.emit(s.trust, "Withdrawn")
      .withArgs(s.holder, 10n * XOV, 0n);
    await at(first + COOL_DOWN - 5 * DAY);
    await expect(s.mine.withdraw())
      .to.emit(s.trust, "Withdrawn")
      .withArgs(s.holder, 20n * XOV, 0n);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(PURSE - 70n * XOV);
    await expect(s.mine.withdraw()).to.be.revertedWithCustomError(s.trust, "Trust_NothingToWithdraw");
  });

  it("keeps what a claim has frozen, and no more", async () => {
    const s = await loadFixture(deposited);
    await s.mine.requestWithdrawal(100n * XOV);
    await s.seizing.freeze(s.holder, 30n * XOV);
    await time.increase(COOL_DOWN);
    await expect(s.mine.withdraw())
      .to.emit(s.trust, "Withdrawn")
      .withArgs(s.holder, 70n * XOV, 30n * XOV);
    const user = await s.trust.userOf(s.holder);
    expect([user.deposit, user.cooling, user.frozen]).to.deep.equal([30n * XOV, 0n, 30n * XOV]);
  });
});

describe("Trust.withdraw, of an account with a deposit left", () => {
  it("pays in whole what the deposit covers, and keeps the rest of what is frozen", async () => {
    const s = await loadFixture(deposited);
    await s.mine.requestWithdrawal(40n * XOV);
    await s.mine.requestWithdrawal(10n * XOV);
    await s.seizing.freeze(s.holder, 55n * XOV);
    await time.increase(COOL_DOWN);
    // 50 stay as the deposit, so 5 of the 50 that leave are frozen
    await expect(s.mine.withdraw())
      .to.emit(s.trust, "Withdrawn")
      .withArgs(s.holder, 45n * XOV, 5n * XOV);
    await s.seizing.unfreeze(s.holder, 15n * XOV);
    await s.mine.requestWithdrawal(15n * XOV);
    await time.increase(COOL_DOWN);
    await expect(s.mine.withdraw())
      .to.emit(s.trust, "Withdrawn")
      .withArgs(s.holder, 15n * XOV, 0n);
  });
});

describe("Trust.seize", () => {
  it("of all that cools down leaves room for new withdrawals, which are paid", async () => {
    const s = await loadFixture(deposited);
    for (let i = 0n; i < 32n; i += 1n) await s.mine.requestWithdrawal(XOV);
    await expect(s.mine.requestWithdrawal(XOV)).to.be.revertedWithCustomError(s.trust, "Thawing_TooManyRequests");
    await s.seizing.seize(s.holder, 100n * XOV, s.stranger, 0n);
    expect((await s.trust.userOf(s.holder)).leavesAt).to.equal(0n);
    await s.mine.deposit(10n * XOV);
    await s.mine.requestWithdrawal(10n * XOV);
    await time.increase(COOL_DOWN);
    await expect(s.mine.withdraw())
      .to.emit(s.trust, "Withdrawn")
      .withArgs(s.holder, 10n * XOV, 0n);
  });

  it("takes what cools down as what does not, burns it, and pays the reward", async () => {
    const s = await loadFixture(deposited);
    await s.mine.requestWithdrawal(25n * XOV);
    await s.mine.requestWithdrawal(15n * XOV);
    await expect(s.seizing.seize(s.holder, 50n * XOV, s.stranger, 5n * XOV))
      .to.emit(s.trust, "Seized")
      .withArgs(s.holder, 50n * XOV, s.stranger, 5n * XOV);
    const user = await s.trust.userOf(s.holder);
    expect([user.deposit, user.cooling]).to.deep.equal([30n * XOV, 20n * XOV]);
    expect(await s.vault.balanceOf(s.xov, s.stranger)).to.equal(PURSE + 5n * XOV);
    expect(await s.vault.balanceOf(s.xov, ZeroAddress)).to.equal(45n * XOV);
    const supply = await s.xov.totalSupply();
    await s.vault.burnRetired();
    expect(await s.xov.totalSupply()).to.equal(supply - 45n * XOV);
    expect(await s.vault.balanceOf(s.xov, ZeroAddress)).to.equal(0n);
    // the requests bear it in proportion
    await time.increase(COOL_DOWN);
    await expect(s.mine.withdraw())
      .to.emit(s.trust, "Withdrawn")
      .withArgs(s.holder, 20n * XOV, 0n);
  });

  it("takes all there is when more is asked, and nothing where there is nothing", async () => {
    const s = await loadFixture(deposited);
    await s.mine.requestWithdrawal(99n * XOV);
    await s.seizing.seize(s.holder, 1000n * XOV, s.stranger, 0n);
    expect(await s.trust.seizable(s.holder)).to.equal(0n);
    expect(await s.seizing.seize.staticCall(s.holder, 1n, s.stranger, 1n)).to.equal(0n);
    // a later deposit and its withdrawal owe nothing to the requests that were slashed
    await s.mine.deposit(8n * XOV);
    await s.mine.requestWithdrawal(8n * XOV);
    await time.increase(COOL_DOWN);
    await expect(s.mine.withdraw())
      .to.emit(s.trust, "Withdrawn")
      .withArgs(s.holder, 8n * XOV, 0n);
  });

  it("is for the claims only, as are freeze, unfreeze, zeroKarma and countUpheld", async () => {
    const s = await loadFixture(deposited);
    for (const call of [
      () => s.mine.seize(s.holder, 1n, s.holder, 1n),
      () => s.mine.freeze(s.holder, 1n),
      () => s.mine.unfreeze(s.holder, 1n),
      () => s.mine.zeroKarma(s.holder),
      () => s.mine.countUpheld(s.holder),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(s.trust, "Trust_NotClaims").withArgs(s.holder);
    }
  });

  it("leaves karma to zeroKarma", async () => {
    const s = await loadFixture(deposited);
    await s.trust.connect(s.asLeases).delivered(s.holder, s.provider, s.pool, 7n * UNIT_HOUR);
    await s.seizing.seize(s.holder, XOV, s.stranger, 0n);
    expect((await s.trust.userOf(s.holder)).karma).to.equal(7n * UNIT_HOUR);
    await expect(s.seizing.zeroKarma(s.holder))
      .to.emit(s.trust, "KarmaZeroed")
      .withArgs(s.holder, 7n * UNIT_HOUR);
    expect((await s.trust.userOf(s.holder)).karma).to.equal(0n);
  });
});
