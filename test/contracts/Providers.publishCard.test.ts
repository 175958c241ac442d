// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { loadFixture, marketed } from "./fixture.ts";

describe("Providers.publishCard", () => {
  it("emits the card, from the provider or the hot key", async () => {
    const s = await loadFixture(marketed);
    for (const account of [s.provider, s.hotKey]) {
      await expect(s.providers.connect(account).publishCard(s.appliance, "0xca4d"))
        .to.emit(s.providers, "CardPublished")
        .withArgs(s.appliance, "0xca4d");
    }
  });

  it("takes 4096 bytes and refuses 4097", async () => {
    const s = await loadFixture(marketed);
    const publish = s.providers.connect(s.hotKey).publishCard;
    await expect(publish(s.appliance, `0x${"00".repeat(4096)}`)).to.emit(s.providers, "CardPublished");
    await expect(publish(s.appliance, `0x${"00".repeat(4097)}`))
      .to.be.revertedWithCustomError(s.providers, "Providers_CardTooLong")
      .withArgs(4097, 4096);
  });

  it("reverts for anyone else, and for an unknown appliance", async () => {
    const s = await loadFixture(marketed);
    await expect(s.providers.connect(s.stranger).publishCard(s.appliance, "0x"))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
      .withArgs(s.appliance, s.stranger);
    await expect(s.providers.connect(s.provider).publishCard(9, "0x"))
      .to.be.revertedWithCustomError(s.providers, "Providers_UnknownAppliance")
      .withArgs(9);
  });
});
