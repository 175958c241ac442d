// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { askParams, BITCOIN, COMPUTE_UNITS, GOOD_TILL, loadFixture, PRICE, PRICE_CODE } from "./fixture.ts";
import { tokenListed } from "./tokenFixture.ts";

/** What the usual ask costs per compute-unit-hour, rounded down. */
const UNIT_PRICE = (PRICE * 1000n) / COMPUTE_UNITS;

/** The usual asks for bitcoin and for a token, placed by anyone. */
async function markets() {
  const s = await tokenListed();
  const token = { market: 2n, confirmations: 0n, prepaidHours: 0n, bond: 0n };
  return {
    ...s,
    cold: s.providers.connect(s.provider),
    bitcoinAsk: async (from = s.hotKey, price = PRICE_CODE) =>
      s.exchange.connect(from).placeAsk(await askParams({ price }), GOOD_TILL),
    tokenAsk: async (from = s.hotKey) => s.exchange.connect(from).placeAsk(await askParams(token), GOOD_TILL),
  };
}

describe("Providers.setPriceFloor", () => {
  it("says so", async () => {
    const s = await loadFixture(markets);
    expect((await s.providers.appliance(s.appliance)).hasFloors).to.equal(false);
    await expect(s.cold.setPriceFloor(s.appliance, BITCOIN, 7))
      .to.emit(s.providers, "PriceFloorSet")
      .withArgs(s.appliance, BITCOIN, 7);
    expect(await s.providers.priceFloorOf(s.appliance, BITCOIN)).to.equal(7n);
    expect((await s.providers.appliance(s.appliance)).hasFloors).to.equal(true);
  });

  it("is the provider's only", async () => {
    const s = await loadFixture(markets);
    await expect(s.providers.connect(s.hotKey).setPriceFloor(s.appliance, BITCOIN, 7))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotProvider")
      .withArgs(s.appliance, s.hotKey, s.provider);
  });

  it("lets the hot key sell at the floor, not below", async () => {
    const s = await loadFixture(markets);
    await s.cold.setPriceFloor(s.appliance, BITCOIN, UNIT_PRICE);
    await s.bitcoinAsk();
    await expect(s.bitcoinAsk(s.hotKey, PRICE_CODE - 1))
      .to.be.revertedWithCustomError(s.providers, "Providers_PriceBelowFloor")
      .withArgs(s.appliance, ((PRICE - 1000n) * 1000n) / COMPUTE_UNITS, UNIT_PRICE);
    await s.cold.setPriceFloor(s.appliance, BITCOIN, UNIT_PRICE + 1n);
    await expect(s.bitcoinAsk()).to.be.revertedWithCustomError(s.providers, "Providers_PriceBelowFloor");
  });

  it("closes a quote without a floor to the hot key once there is one, and one whose floor is taken away", async () => {
    const s = await loadFixture(markets);
    await s.tokenAsk();
    await s.cold.setPriceFloor(s.appliance, BITCOIN, 1);
    await expect(s.tokenAsk())
      .to.be.revertedWithCustomError(s.providers, "Providers_QuoteNotAllowed")
      .withArgs(s.appliance, s.usd);
    await s.cold.setPriceFloor(s.appliance, s.usd, 1);
    await s.tokenAsk();
    await s.cold.setPriceFloor(s.appliance, BITCOIN, 0);
    await expect(s.bitcoinAsk())
      .to.be.revertedWithCustomError(s.providers, "Providers_QuoteNotAllowed")
      .withArgs(s.appliance, BITCOIN);
  });

  it("does not bind the provider", async () => {
    const s = await loadFixture(markets);
    await s.cold.setPriceFloor(s.appliance, BITCOIN, UNIT_PRICE + 1n);
    await s.bitcoinAsk(s.provider);
    await s.tokenAsk(s.provider);
  });

  it("leaves asks that rest where they are", async () => {
    const s = await loadFixture(markets);
    await s.cold.setPriceFloor(s.appliance, s.usd, UNIT_PRICE + 1n);
    expect((await s.exchange.ask(s.order)).quantity).to.equal(8n);
    await s.exchange.connect(s.hotKey).reduce(s.order, 7);
  });
});
