// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { Signature } from "ethers";
import { BITCOIN, ethers, loadFixture, orderId, Side, SPEC, time } from "../fixture.ts";
import { ask, BID, bidArguments, gatewayOf, MONEY, ordersOf, TENTH, traded } from "./fixture.ts";

describe("Gateway.batchInMarket", () => {
  async function batched() {
    const s = await traded();
    const [params, execution] = bidArguments({ market: 3n });
    const place = s.exchange.interface.encodeFunctionData("placeBid", [params, execution]);
    return { ...s, gateway: await gatewayOf(s), place };
  }

  it("opens the market of its first order in the same transaction", async () => {
    const s = await loadFixture(batched);
    const spec = { ...SPEC, vcpus: 3 };
    await s.classes.register(spec);
    const class_ = await s.classes.idOf(spec);
    await s.gateway.connect(s.buyer).batchInMarket(1, class_, s.token, 3, [s.place]);
    expect(await ordersOf(s, Side.Bid, 3n)).to.deep.equal([orderId({ market: 3n, price: TENTH, side: Side.Bid })]);
  });

  it("reverts when the market has another id than expected", async () => {
    const s = await loadFixture(batched);
    await expect(s.gateway.connect(s.buyer).batchInMarket(1, s.class, BITCOIN, 3, [s.place]))
      .to.be.revertedWithCustomError(s.gateway, "Gateway_MarketMismatch")
      .withArgs(1, 3);
  });
});

describe("Gateway.batch", () => {
  it("deposits by permit what an order in the same transaction needs", async () => {
    const s = await loadFixture(traded);
    await s.token.connect(s.treasury).transfer(s.stranger, MONEY);
    const { chainId } = await ethers.provider.getNetwork();
    const deadline = (await time.latest()) + 3600;
    const fields = { owner: "address", spender: "address", value: "uint256", nonce: "uint256", deadline: "uint256" };
    const signature = await s.stranger.signTypedData(
      { name: "XOV", version: "1", chainId, verifyingContract: await s.token.getAddress() },
      { Permit: Object.entries(fields).map(([name, type]) => ({ name, type })) },
      { owner: s.stranger.address, spender: await s.vault.getAddress(), value: MONEY, nonce: 0, deadline },
    );
    const { v, r, s: s_ } = Signature.from(signature);
    const token = await s.token.getAddress();
    const deposit = s.exchange.interface.encodeFunctionData("deposit", [token, MONEY, { deadline, v, r, s: s_ }]);
    const [params, execution] = bidArguments();
    const place = s.exchange.interface.encodeFunctionData("placeBid", [params, execution]);
    const gateway = await gatewayOf(s);
    await gateway.connect(s.stranger).batch([deposit, place]);
    expect((await s.exchange.bid(BID)).holder).to.equal(s.stranger.address);
  });

  it("reverts as a whole with the error of the call that fails", async () => {
    const s = await loadFixture(traded);
    const gateway = await gatewayOf(s);
    const calls = [bidArguments(), bidArguments({ quantity: 0 })].map(([params, execution]) =>
      s.exchange.interface.encodeFunctionData("placeBid", [params, execution]),
    );
    await expect(gateway.connect(s.buyer).batch(calls)).to.be.revertedWithCustomError(
      s.exchange,
      "Exchange_QuantityOutOfBounds",
    );
    expect(await ordersOf(s, Side.Bid)).to.deep.equal([]);
  });

  it("calls for nobody but its caller, whatever follows the arguments", async () => {
    const s = await loadFixture(traded);
    await ask(s);
    const [params, execution] = bidArguments();
    const place = s.exchange.interface.encodeFunctionData("placeBid", [params, execution]);
    const gateway = await gatewayOf(s);
    await expect(gateway.connect(s.stranger).batch([place + s.buyer.address.slice(2)])).to.be.revertedWithCustomError(
      s.vault,
      "Vault_BalanceTooSmall",
    );
    await expect(
      s.stranger.sendTransaction({ to: s.exchange, data: place + s.buyer.address.slice(2) }),
    ).to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall");
  });
});
