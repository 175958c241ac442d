// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers, loadFixture, STAKE } from "./fixture.ts";
import { funded, Manner } from "./vaultFixture.ts";

describe("Vault.deposit", () => {
  context("given an allowance", () => {
    it("pulls the tokens and credits whom the caller names", async () => {
      const s = await loadFixture(funded);
      await expect(s.vault.deposit(s.xov, 5n, s.stranger))
        .to.emit(s.vault, "Deposited")
        .withArgs(s.xov, s.holder, s.stranger, 5n);
      expect(await s.vault.balanceOf(s.xov, s.stranger)).to.equal(5n);
      expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(0n);
      expect(await s.xov.balanceOf(s.vault)).to.equal(5n);
    });

    it("adds up", async () => {
      const s = await loadFixture(funded);
      await s.vault.deposit(s.xov, 5n, s.holder);
      await s.vault.deposit(s.xov, 7n, s.holder);
      expect(await s.vault.balanceOf(s.xov, s.holder)).to.equal(12n);
    });
  });

  it("reverts without an allowance", async () => {
    const s = await loadFixture(funded);
    await expect(s.vault.deposit(s.xov, STAKE + 1n, s.holder))
      .to.be.revertedWithCustomError(s.xov, "ERC20InsufficientAllowance")
      .withArgs(s.vault, STAKE, STAKE + 1n);
  });

  it("reverts for the zero address", async () => {
    const s = await loadFixture(funded);
    await expect(s.vault.deposit(s.xov, 1n, ZeroAddress)).to.be.revertedWithCustomError(s.vault, "Vault_ZeroAddress");
  });

  it("reverts for a token without code", async () => {
    const s = await loadFixture(funded);
    await expect(s.vault.deposit(s.stranger, 1n, s.holder)).to.be.revertedWithoutReason(ethers);
  });

  context("given a token that lies", () => {
    it("credits what arrived when it takes a fee", async () => {
      const s = await loadFixture(funded);
      await s.lying.setManner(Manner.TakesTenth);
      await expect(s.vault.deposit(s.lying, 1000n, s.holder))
        .to.emit(s.vault, "Deposited")
        .withArgs(s.lying, s.holder, s.holder, 900n);
      expect(await s.vault.balanceOf(s.lying, s.holder)).to.equal(900n);
    });

    it("credits nothing when it moves nothing", async () => {
      const s = await loadFixture(funded);
      await s.lying.setManner(Manner.MovesNothing);
      await s.vault.deposit(s.lying, 1000n, s.holder);
      expect(await s.vault.balanceOf(s.lying, s.holder)).to.equal(0n);
    });

    it("reverts when it returns false", async () => {
      const s = await loadFixture(funded);
      await s.lying.setManner(Manner.ReturnsFalse);
      await expect(s.vault.deposit(s.lying, 1000n, s.holder))
        .to.be.revertedWithCustomError(s.vault, "SafeERC20FailedOperation")
        .withArgs(s.lying);
    });

    it("takes one that returns nothing", async () => {
      const s = await loadFixture(funded);
      await s.lying.setManner(Manner.ReturnsNothing);
      await s.vault.deposit(s.lying, 1000n, s.holder);
      expect(await s.vault.balanceOf(s.lying, s.holder)).to.equal(1000n);
    });

    it("passes on its revert", async () => {
      const s = await loadFixture(funded);
      await s.lying.setManner(Manner.Reverts);
      await expect(s.vault.deposit(s.lying, 1000n, s.holder)).to.be.revertedWithCustomError(
        s.lying,
        "LyingToken_Reverts",
      );
    });

    it("reverts when it takes from the vault instead", async () => {
      const s = await loadFixture(funded);
      await s.vault.deposit(s.lying, 1000n, s.holder);
      await s.lying.setManner(Manner.Drains);
      await expect(s.vault.deposit(s.lying, 1000n, s.holder)).to.be.revertedWithPanic(0x11);
    });

    it("reverts when it deposits within the deposit, to be credited twice", async () => {
      const s = await loadFixture(funded);
      await s.lying.setManner(Manner.CallsBack);
      const again = s.vault.interface.encodeFunctionData("deposit", [
        await s.lying.getAddress(),
        1000n,
        s.holder.address,
      ]);
      await s.lying.setCall(s.vault, again);
      await expect(s.vault.deposit(s.lying, 1000n, s.holder)).to.be.revertedWithCustomError(
        s.vault,
        "ReentrancyGuardReentrantCall",
      );
    });
  });
});
