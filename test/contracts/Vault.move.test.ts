// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ethers, loadFixture } from "./fixture.ts";
import { funded } from "./vaultFixture.ts";

describe("Vault.move and burn", () => {
  it("are for operators only, as the vault names them", async () => {
    const s = await loadFixture(funded);
    for (const operator of [s.providers, s.exchange, s.leases])
      expect(await s.vault.isOperator(operator)).to.equal(true);
    for (const other of [s.holder, s.treasury, s.markets]) expect(await s.vault.isOperator(other)).to.equal(false);
    await expect(s.vault.move(s.xov, s.stranger, s.holder, 0n))
      .to.be.revertedWithCustomError(s.vault, "Vault_NotOperator")
      .withArgs(s.holder);
    await expect(s.vault.burn(0n)).to.be.revertedWithCustomError(s.vault, "Vault_NotOperator").withArgs(s.holder);
  });

  it("move and burn what stands in the ledger, and no more", async () => {
    const s = await loadFixture(funded);
    await s.vault.deposit(s.xov, 10n, s.holder);
    const leases = await ethers.getImpersonatedSigner(await s.leases.getAddress());
    const operator = s.vault.connect(leases);
    const gas = { gasPrice: 0n };
    await expect(operator.move.staticCall(s.xov, s.holder, s.stranger, 11n, gas))
      .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
      .withArgs(s.xov, s.holder, 10n, 11n);
    await expect(operator.burn.staticCall(1n, gas))
      .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
      .withArgs(s.xov, s.leases, 0n, 1n);
  });
});
