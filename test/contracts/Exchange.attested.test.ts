// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { STACK } from "../../scripts/gas/stack.ts";
import { applianceParams, askParams, at, DAY, GOOD_TILL, loadFixture, orderId, STAKE, time } from "./fixture.ts";
import { trusting } from "./trustFixture.ts";

const WEEK = 7 * DAY;

/** An ask of an appliance that attested a moment ago. */
async function placed() {
  const s = await trusting();
  const until = Number(await s.attestations.expiryOf(1));
  await s.exchange.connect(s.hotKey).placeAsk(await askParams({ quantity: 1n }), GOOD_TILL);
  return { ...s, until, order: orderId(), va: s.exchange.connect(s.hotKey) };
}

describe("An ask's appliance", () => {
  it("has to be attested", async () => {
    const s = await loadFixture(placed);
    await s.providers.connect(s.provider).registerAppliance(applianceParams(s.hotKey.address));
    const params = await askParams({ appliance: 2n, quantity: 1n });
    await expect(s.va.placeAsk(params, GOOD_TILL))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotAttested")
      .withArgs(2, 0);
    await s.attestations.connect(s.hotKey).attest(2, STACK);
    await s.va.placeAsk(params, GOOD_TILL);
  });

  it("keeps the ask no longer than its attestation", async () => {
    const s = await loadFixture(placed);
    const now = s.until - WEEK + 100;
    await at(now);
    await expect(s.va.placeAsk(await askParams({ expiry: s.until + 1, quantity: 1n }), GOOD_TILL))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_ExpiryOutOfBounds")
      .withArgs(s.until + 1, now + 300, s.until);
    await s.va.placeAsk(await askParams({ expiry: s.until, quantity: 1n }), GOOD_TILL);
    // as late as is allowed
    await s.va.placeAsk(await askParams({ expiry: 0, price: 1, quantity: 1n }), GOOD_TILL);
    expect((await s.exchange.ask(orderId({ price: 1 }))).expiry).to.equal(s.until);
    await at(s.until + 1);
    await expect(s.va.placeAsk(await askParams({ expiry: 0, price: 2, quantity: 1n }), GOOD_TILL))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotAttested")
      .withArgs(1, s.until);
  });

  it("has its asks cancelled by anyone once a claim has ended its attestation, and by nobody else before", async () => {
    const s = await loadFixture(placed);
    const stranger = s.exchange.connect(s.stranger);
    await expect(stranger.cancel(s.order)).to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized");
    await s.attestations.connect(s.asClaims).revoke(1);
    await stranger.cancel(s.order);
    const { free, locked } = await s.providers.stakeOf(s.provider);
    expect([free, locked]).to.deep.equal([STAKE, 0n]);
    await expect(s.va.placeAsk(await askParams({ quantity: 1n }), GOOD_TILL)).to.be.revertedWithCustomError(
      s.providers,
      "Providers_NotAttested",
    );
    await time.increase(WEEK);
    await s.attestations.connect(s.hotKey).attest(1, STACK);
    await s.va.placeAsk(await askParams({ quantity: 1n }), GOOD_TILL);
  });

  it("is attested by Attestations alone", async () => {
    const s = await loadFixture(placed);
    await expect(s.providers.connect(s.provider).setAttested(1, 2n ** 40n - 1n))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotAttestations")
      .withArgs(s.provider);
  });
});
