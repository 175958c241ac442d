// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "ethers";
import { ContractWallet__factory } from "../../../typechain-types/index.js";
import { LAUNCH, loadFixture, orderId, SEALED_SPEC, Side, TimeInForce, time } from "../fixture.ts";
import {
  ASK,
  ask,
  askArguments,
  BID,
  bid,
  bidArguments,
  gatewayOf,
  leaseIdOf,
  MARKET,
  MONEY,
  ordersOf,
  priceOf,
  TENTH,
  traded,
} from "./fixture.ts";
import { type SigningOptions, signedBy, type TYPES } from "./signed.ts";

async function gated() {
  const s = await traded();
  const gateway = await gatewayOf(s);
  const by = (signer: typeof s.buyer) => (type: keyof typeof TYPES, message: object, options?: SigningOptions) =>
    signedBy(signer, gateway, type, message, options);
  return { ...s, gateway, byBuyer: by(s.buyer), byHotKey: by(s.hotKey), byStranger: by(s.stranger) };
}

describe("Gateway: orders that a stranger posts for who signed them", () => {
  it("places an ask of an appliance that its hot key signed", async () => {
    const s = await loadFixture(gated);
    const [params, execution] = askArguments(s, { quantity: 3 });
    const signed = await s.byHotKey("PlaceAsk", { ...params, ...execution });
    const [order, filled] = await s.gateway.placeAsk.staticCall(params, execution, signed);
    expect([order, filled]).to.deep.equal([ASK, 0n]);
    await s.gateway.placeAsk(params, execution, signed);
    expect((await s.exchange.ask(ASK)).quantity).to.equal(3n);
  });

  it("places a bid paid for by who signed it", async () => {
    const s = await loadFixture(gated);
    const [params, execution] = bidArguments();
    await s.gateway.placeBid(params, execution, await s.byBuyer("PlaceBid", { ...params, ...execution }));
    expect((await s.exchange.bid(BID)).holder).to.equal(s.buyer.address);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY - 10n * priceOf(TENTH));
  });

  it("sweeps for who signed it", async () => {
    const s = await loadFixture(gated);
    await ask(s, { quantity: 2 });
    const params = { markets: [MARKET], price: TENTH, quantity: 2, duration: 10 };
    const execution = { timeInForce: TimeInForce.FillOrKill, selfTrade: 0, maxFills: 5 };
    await s.gateway.sweep(params, execution, await s.byBuyer("Sweep", { ...params, ...execution }));
    expect((await s.leases.lease(leaseIdOf(ASK, 1))).holder).to.equal(s.buyer.address);
  });

  it("fills a chosen ask with the launch spec that was signed", async () => {
    const s = await loadFixture(gated);
    await ask(s, { quantity: 2 });
    const message = { order: ASK, maxPrice: TENTH, quantity: 1, duration: 10, launchSpecHash: keccak256(SEALED_SPEC) };
    const signed = await s.byBuyer("Fill", message);
    const other = { ...LAUNCH, sealedSpec: "0x1234" };
    await expect(s.gateway.fill(ASK, TENTH, 1, 10, other, signed)).to.be.revertedWithCustomError(
      s.gateway,
      "Gateway_InvalidSignature",
    );
    await expect(s.gateway.fill(ASK, TENTH, 1, 10, LAUNCH, signed))
      .to.emit(s.leases, "LaunchRequested")
      .withArgs(leaseIdOf(ASK, 2), LAUNCH.sealKeyHash, SEALED_SPEC);
  });

  it("reduces and cancels", async () => {
    const s = await loadFixture(gated);
    await bid(s, { quantity: 5 });
    await s.gateway.reduce(BID, 2, await s.byBuyer("Reduce", { order: BID, quantity: 2 }));
    expect((await s.exchange.bid(BID)).quantity).to.equal(2n);
    const signed = await s.byBuyer("Cancel", { orders: [BID] }, { nonce: 1n });
    await s.gateway.cancel([BID], signed);
    expect(await ordersOf(s, Side.Bid)).to.deep.equal([]);
    expect(await s.vault.balanceOf(s.token, s.buyer)).to.equal(MONEY);
  });

  it("asks a contract whether a signature is its own (ERC-1271)", async () => {
    const s = await loadFixture(gated);
    const wallet = await new ContractWallet__factory(s.buyer).deploy(s.buyer.address);
    await s.token.connect(s.treasury).approve(s.vault, MONEY);
    await s.vault.connect(s.treasury).deposit(s.token, MONEY, wallet);
    const account = await wallet.getAddress();
    const [params, execution] = bidArguments();
    const message = { ...params, ...execution };
    const wrong = await s.byStranger("PlaceBid", message, { account });
    await expect(s.gateway.placeBid(params, execution, wrong)).to.be.revertedWithCustomError(
      s.gateway,
      "Gateway_InvalidSignature",
    );
    await s.gateway.placeBid(params, execution, await s.byBuyer("PlaceBid", message, { account }));
    expect((await s.exchange.bid(BID)).holder).to.equal(account);
  });
});

describe("Gateway: what is refused", () => {
  const { 0: params, 1: execution } = bidArguments();
  const message = { ...params, ...execution };

  for (const [name, changed] of [
    ["price", [{ ...params, price: TENTH + 1 }, execution]],
    ["quantity", [{ ...params, quantity: 2 }, execution]],
    ["duration", [{ ...params, duration: 11 }, execution]],
    ["expiry", [{ ...params, expiry: 2_000_000_000 }, execution]],
    ["market", [{ ...params, market: 1n }, execution]],
    ["time in force", [params, { ...execution, timeInForce: TimeInForce.PostOnly }]],
    ["self-trade prevention", [params, { ...execution, selfTrade: 1 }]],
    ["maxFills", [params, { ...execution, maxFills: 1 }]],
  ] as const) {
    it(`another ${name} than was signed`, async () => {
      const s = await loadFixture(gated);
      const signed = await s.byBuyer("PlaceBid", message);
      await expect(s.gateway.placeBid(changed[0], changed[1], signed)).to.be.revertedWithCustomError(
        s.gateway,
        "Gateway_InvalidSignature",
      );
    });
  }

  it("another account than signed", async () => {
    const s = await loadFixture(gated);
    const signed = await s.byStranger("PlaceBid", message, { account: s.buyer.address });
    await expect(s.gateway.placeBid(params, execution, signed)).to.be.revertedWithCustomError(
      s.gateway,
      "Gateway_InvalidSignature",
    );
  });

  it("what was posted before", async () => {
    const s = await loadFixture(gated);
    const signed = await s.byBuyer("PlaceBid", message);
    await s.gateway.placeBid(params, execution, signed);
    await expect(s.gateway.placeBid(params, execution, signed))
      .to.be.revertedWithCustomError(s.gateway, "Gateway_NonceUsed")
      .withArgs(s.buyer, 0);
  });

  it("what is too late by a second", async () => {
    const s = await loadFixture(gated);
    const deadline = (await time.latest()) + 100;
    const signed = await s.byBuyer("PlaceBid", message, { deadline });
    await time.setNextBlockTimestamp(deadline + 1);
    await expect(s.gateway.placeBid(params, execution, signed))
      .to.be.revertedWithCustomError(s.gateway, "Gateway_Expired")
      .withArgs(deadline, deadline + 1);
  });

  it("what a hot key signed that the provider has revoked since", async () => {
    const s = await loadFixture(gated);
    const [asked, how] = askArguments(s);
    const signed = await s.byHotKey("PlaceAsk", { ...asked, ...how });
    await s.providers.connect(s.provider).setHotKey(1, s.stranger);
    await expect(s.gateway.placeAsk(asked, how, signed)).to.be.revertedWithCustomError(
      s.providers,
      "Providers_NotAuthorized",
    );
  });

  it("a signature for another chain's or another contract's domain", async () => {
    const s = await loadFixture(gated);
    const signed = await signedBy(s.buyer, s.exchange, "PlaceBid", message);
    await expect(s.gateway.placeBid(params, execution, signed)).to.be.revertedWithCustomError(
      s.gateway,
      "Gateway_InvalidSignature",
    );
  });
});

describe("Gateway.useNonces", () => {
  it("cancels up to 256 signed orders at once, and no others", async () => {
    const s = await loadFixture(gated);
    const [params, execution] = bidArguments();
    const message = { ...params, ...execution };
    const nonces = [256n, 300n, 511n, 512n, 255n];
    const signed = await Promise.all(nonces.map((nonce) => s.byBuyer("PlaceBid", message, { nonce })));
    await s.gateway.connect(s.buyer).useNonces(1, 2n ** 256n - 1n);
    for (const one of signed.slice(0, 3)) {
      await expect(s.gateway.placeBid(params, execution, one)).to.be.revertedWithCustomError(
        s.gateway,
        "Gateway_NonceUsed",
      );
    }
    for (const one of signed.slice(3)) await s.gateway.placeBid(params, execution, one);
    const expected = [0n, 1n].map((lane) => orderId({ market: MARKET, price: TENTH, side: Side.Bid, lane }));
    expect(await ordersOf(s, Side.Bid)).to.deep.equal(expected);
    expect(await s.gateway.usedNonces(s.buyer, 0)).to.equal(1n << 255n);
  });

  it("uses the caller's own only", async () => {
    const s = await loadFixture(gated);
    const [params, execution] = bidArguments();
    const signed = await s.byBuyer("PlaceBid", { ...params, ...execution });
    await expect(s.gateway.connect(s.stranger).useNonces(0, 1))
      .to.emit(s.gateway, "NoncesUsed")
      .withArgs(s.stranger, 0, 1);
    await s.gateway.placeBid(params, execution, signed);
    expect((await s.exchange.bid(BID)).holder).to.equal(s.buyer.address);
  });
});
