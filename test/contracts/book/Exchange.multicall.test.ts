// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { Signature } from "ethers";
import { BITCOIN, ethers, loadFixture, orderId, Side, SPEC, time } from "../fixture.ts";
import { BID, bidArguments, MONEY, ordersOf, TENTH, traded } from "./fixture.ts";

describe("Exchange.openMarket", () => {
  it("opens the market of the first order in the same call", async () => {
    const s = await loadFixture(traded);
    const spec = { ...SPEC, vcpus: 3 };
    await s.classes.register(spec);
    const class_ = await s.classes.idOf(spec);
    const { interface: abi } = s.exchange;
    const open = abi.encodeFunctionData("openMarket", [1, class_, await s.token.getAddress(), 3]);
    const [params, options] = bidArguments({ market: 3n });
    const place = abi.encodeFunctionData("placeBid", [params, options]);
    await s.exchange.connect(s.buyer).multicall([open, place]);
    expect(await ordersOf(s, Side.Bid, 3n)).to.deep.equal([orderId({ market: 3n, price: TENTH, side: Side.Bid })]);
  });

  it("reverts when the market has another id than expected", async () => {
    const s = await loadFixture(traded);
    await expect(s.exchange.openMarket(1, s.class, BITCOIN, 3))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_MarketMismatch")
      .withArgs(1, 3);
  });
});

describe("Exchange.deposit", () => {
  it("pays for what follows in the same call, by permit", async () => {
    const s = await loadFixture(traded);
    await s.token.connect(s.treasury).transfer(s.stranger, MONEY);
    const { chainId } = await ethers.provider.getNetwork();
    const deadline = (await time.latest()) + 3600;
    const signature = await s.stranger.signTypedData(
      { name: "XOV", version: "1", chainId, verifyingContract: await s.token.getAddress() },
      {
        Permit: [
          { name: "owner", type: "address" },
          { name: "spender", type: "address" },
          { name: "value", type: "uint256" },
          { name: "nonce", type: "uint256" },
          { name: "deadline", type: "uint256" },
        ],
      },
      { owner: s.stranger.address, spender: await s.vault.getAddress(), value: MONEY, nonce: 0, deadline },
    );
    const { v, r, s: s_ } = Signature.from(signature);
    const token = await s.token.getAddress();
    const deposit = s.exchange.interface.encodeFunctionData("deposit", [token, MONEY, { deadline, v, r, s: s_ }]);
    const [params, options] = bidArguments();
    const place = s.exchange.interface.encodeFunctionData("placeBid", [params, options]);
    await s.exchange.connect(s.stranger).multicall([deposit, place]);
    expect((await s.exchange.bid(BID)).holder).to.equal(s.stranger.address);
  });
});
