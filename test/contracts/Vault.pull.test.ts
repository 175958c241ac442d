// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { parseEther, toQuantity } from "ethers";
import { ethers, HOUR, loadFixture, STAKE, time } from "./fixture.ts";
import { funded, Manner, NO_PERMIT, permitOf } from "./vaultFixture.ts";

const AMOUNT = STAKE / 2n;

/** The holder allows nothing but what it has signed; the exchange pulls. */
async function pulling() {
  const s = await funded();
  await s.xov.connect(s.holder).approve(s.vault, 0n);
  const exchange = await s.exchange.getAddress();
  await ethers.provider.send("hardhat_setBalance", [exchange, toQuantity(parseEther("1"))]);
  const operator = await ethers.getImpersonatedSigner(exchange);
  return { ...s, operator: s.vault.connect(operator), permit: await permitOf(s.vault, s.xov, s.holder, AMOUNT) };
}

describe("Vault.pull", () => {
  it("adds to the owner's own balance what a permit allows", async () => {
    const s = await loadFixture(pulling);
    const tx = s.operator.pull(s.xov, s.holder, AMOUNT, s.permit);
    await expect(tx).to.emit(s.vault, "Deposited").withArgs(s.xov, s.holder, s.holder, AMOUNT);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(AMOUNT);
    expect(await s.vault.balanceOf(s.xov, s.exchange)).to.equal(0n);
    expect(await s.xov.balanceOf(s.holder)).to.equal(STAKE - AMOUNT);
    expect(await s.xov.allowance(s.holder, s.vault)).to.equal(0n);
  });

  it("takes a permit once", async () => {
    const s = await loadFixture(pulling);
    await s.operator.pull(s.xov, s.holder, AMOUNT, s.permit);
    await expect(s.operator.pull(s.xov, s.holder, AMOUNT, s.permit))
      .to.be.revertedWithCustomError(s.xov, "ERC20InsufficientAllowance")
      .withArgs(s.vault, 0, AMOUNT);
  });

  it("needs no permit where there is an allowance, nor one that somebody has submitted before", async () => {
    const s = await loadFixture(pulling);
    const { deadline, v, r, s: s_ } = s.permit;
    await s.xov.connect(s.stranger).permit(s.holder, s.vault, AMOUNT, deadline, v, r, s_);
    await s.operator.pull(s.xov, s.holder, AMOUNT, s.permit);
    await s.xov.connect(s.holder).approve(s.vault, 7n);
    await s.operator.pull(s.xov, s.holder, 7n, NO_PERMIT);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(AMOUNT + 7n);
  });

  it("reverts for more than the permit allows", async () => {
    const s = await loadFixture(pulling);
    await expect(s.operator.pull(s.xov, s.holder, AMOUNT + 1n, s.permit))
      .to.be.revertedWithCustomError(s.xov, "ERC20InsufficientAllowance")
      .withArgs(s.vault, 0, AMOUNT + 1n);
  });

  it("reverts past the permit's deadline, not in its last second", async () => {
    const s = await loadFixture(pulling);
    await time.setNextBlockTimestamp(s.permit.deadline);
    await s.operator.pull(s.xov, s.holder, AMOUNT, s.permit);
    const late = await loadFixture(pulling);
    await time.setNextBlockTimestamp(late.permit.deadline + 1);
    await expect(late.operator.pull(late.xov, late.holder, AMOUNT, late.permit))
      .to.be.revertedWithCustomError(late.xov, "ERC20InsufficientAllowance")
      .withArgs(late.vault, 0, AMOUNT);
  });

  it("reverts when the owner has less than it allows", async () => {
    const s = await loadFixture(pulling);
    const permit = await permitOf(s.vault, s.xov, s.holder, STAKE + 1n, (await time.latest()) + HOUR);
    await expect(s.operator.pull(s.xov, s.holder, STAKE + 1n, permit))
      .to.be.revertedWithCustomError(s.xov, "ERC20InsufficientBalance")
      .withArgs(s.holder, STAKE, STAKE + 1n);
  });

  it("is for operators only, not for the owner either", async () => {
    const s = await loadFixture(pulling);
    for (const caller of [s.holder, s.stranger]) {
      await expect(s.vault.connect(caller).pull(s.xov, s.holder, AMOUNT, s.permit))
        .to.be.revertedWithCustomError(s.vault, "Vault_NotOperator")
        .withArgs(caller);
    }
  });

  context("given a token that lies", () => {
    for (const [manner, credited] of [
      ["TakesTenth", AMOUNT - AMOUNT / 10n],
      ["MovesNothing", 0n],
      ["ReturnsNothing", AMOUNT],
    ] as const) {
      it(`credits what has arrived when it ${manner}`, async () => {
        const s = await loadFixture(pulling);
        await s.lying.setManner(Manner[manner]);
        expect(await s.operator.pull.staticCall(s.lying, s.holder, AMOUNT, NO_PERMIT)).to.equal(credited);
        await s.operator.pull(s.lying, s.holder, AMOUNT, NO_PERMIT);
        expect(await s.vault.balanceOf(s.lying, s.holder)).to.equal(credited);
      });
    }

    it("credits nothing twice when it deposits within the transfer", async () => {
      const s = await loadFixture(pulling);
      const deposit = s.vault.interface.encodeFunctionData("deposit", [await s.xov.getAddress(), 0n, s.holder.address]);
      await s.lying.setCall(s.vault, deposit);
      await s.lying.setManner(Manner.CallsBack);
      await expect(s.operator.pull(s.lying, s.holder, AMOUNT, NO_PERMIT)).to.be.revertedWithCustomError(
        s.vault,
        "ReentrancyGuardReentrantCall",
      );
    });
  });
});
