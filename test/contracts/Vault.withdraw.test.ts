// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { loadFixture } from "./fixture.ts";
import { funded, Manner } from "./vaultFixture.ts";

describe("Vault.withdraw", () => {
  async function stored() {
    const s = await funded();
    await s.vault.deposit(s.xov, 100n, s.holder);
    await s.vault.deposit(s.lying, 1000n, s.holder);
    await s.vault.deposit(s.lying, 1000n, s.stranger);
    return s;
  }

  it("sends the caller's balance to whom it names", async () => {
    const s = await loadFixture(stored);
    await expect(s.vault.withdraw(s.xov, 100n, s.stranger))
      .to.emit(s.vault, "Withdrawn")
      .withArgs(s.xov, s.holder, s.stranger, 100n);
    expect(await s.xov.balanceOf(s.stranger)).to.equal(100n);
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(0n);
  });

  it("reverts beyond the balance", async () => {
    const s = await loadFixture(stored);
    await expect(s.vault.withdraw(s.xov, 101n, s.holder))
      .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
      .withArgs(s.xov, s.holder, 100n, 101n);
  });

  it("reverts for a balance in another token", async () => {
    const s = await loadFixture(stored);
    await expect(s.vault.connect(s.stranger).withdraw(s.xov, 1n, s.stranger))
      .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
      .withArgs(s.xov, s.stranger, 0n, 1n);
  });

  it("reverts for the zero address", async () => {
    const s = await loadFixture(stored);
    await expect(s.vault.withdraw(s.xov, 1n, ZeroAddress)).to.be.revertedWithCustomError(s.vault, "Vault_ZeroAddress");
  });

  it("reverts for the vault itself, where the tokens would be in nobody's entry", async () => {
    const s = await loadFixture(stored);
    await expect(s.vault.withdraw(s.xov, 1n, s.vault)).to.be.revertedWithCustomError(
      s.vault,
      "Vault_WithdrawalToItself",
    );
    expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(100n);
  });

  context("given a token that lies", () => {
    it("reverts when it returns false, and the balance stays", async () => {
      const s = await loadFixture(stored);
      await s.lying.setManner(Manner.ReturnsFalse);
      await expect(s.vault.withdraw(s.lying, 1000n, s.holder))
        .to.be.revertedWithCustomError(s.vault, "SafeERC20FailedOperation")
        .withArgs(s.lying);
      expect(await s.vault.balanceOf(s.lying, s.holder)).to.equal(1000n);
    });

    it("reverts when it withdraws within the withdrawal", async () => {
      const s = await loadFixture(stored);
      const again = s.vault.interface.encodeFunctionData("withdraw", [
        await s.lying.getAddress(),
        0n,
        s.holder.address,
      ]);
      await s.lying.setCall(s.vault, again);
      await s.lying.setManner(Manner.CallsBack);
      await expect(s.vault.withdraw(s.lying, 1000n, s.holder)).to.be.revertedWithCustomError(
        s.vault,
        "ReentrancyGuardReentrantCall",
      );
    });

    it("cannot touch another token", async () => {
      const s = await loadFixture(stored);
      await s.lying.setManner(Manner.Drains);
      await s.vault.withdraw(s.lying, 1000n, s.holder).catch(() => undefined);
      expect(await s.xov.balanceOf(s.vault)).to.equal(100n);
      await s.vault.withdraw(s.xov, 100n, s.holder);
    });
  });
});
