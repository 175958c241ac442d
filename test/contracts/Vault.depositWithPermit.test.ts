// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { HOUR, loadFixture, STAKE, time } from "./fixture.ts";
import { funded, permitOf } from "./vaultFixture.ts";

describe("Vault.depositWithPermit", () => {
  const amount = STAKE / 2n;

  /** No allowance to begin with. */
  async function permitted() {
    const s = await funded();
    await s.xov.connect(s.holder).approve(s.vault, 0n);
    return { ...s, permit: await permitOf(s.vault, s.xov, s.holder, amount) };
  }

  it("deposits with a permit and no allowance", async () => {
    const s = await loadFixture(permitted);
    await expect(s.vault.depositWithPermit(s.xov, amount, s.holder, s.permit))
      .to.emit(s.vault, "Deposited")
      .withArgs(s.xov, s.holder, s.holder, amount);
  });

  it("works when somebody has submitted the permit before", async () => {
    const s = await loadFixture(permitted);
    const { deadline, v, r, s: s_ } = s.permit;
    await s.xov.connect(s.stranger).permit(s.holder, s.vault, amount, deadline, v, r, s_);
    await s.vault.depositWithPermit(s.xov, amount, s.holder, s.permit);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(amount);
  });

  it("reverts when the permit is another's, so that nobody spends for somebody else", async () => {
    const s = await loadFixture(permitted);
    const thief = s.vault.connect(s.stranger);
    await expect(thief.depositWithPermit(s.xov, amount, s.stranger, s.permit))
      .to.be.revertedWithCustomError(s.xov, "ERC20InsufficientAllowance")
      .withArgs(s.vault, 0, amount);
  });

  it("reverts with an expired permit", async () => {
    const s = await loadFixture(permitted);
    await time.increase(2 * HOUR);
    await expect(s.vault.depositWithPermit(s.xov, amount, s.holder, s.permit)).to.be.revertedWithCustomError(
      s.xov,
      "ERC20InsufficientAllowance",
    );
  });

  it("reverts for the zero address", async () => {
    const s = await loadFixture(permitted);
    await expect(s.vault.depositWithPermit(s.xov, amount, ZeroAddress, s.permit)).to.be.revertedWithCustomError(
      s.vault,
      "Vault_ZeroAddress",
    );
  });

  it("uses the allowance of a token without permits", async () => {
    const s = await loadFixture(permitted);
    await s.vault.depositWithPermit(s.lying, amount, s.holder, s.permit);
    expect(await s.vault.balanceOf(s.lying, s.holder)).to.equal(amount);
  });
});
