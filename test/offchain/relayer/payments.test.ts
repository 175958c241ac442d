// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { type Market, openMarket, openStack } from "./support/market.ts";
import { eventually, type RunningRelayer, startRelayer } from "./support/relayers.ts";

describe("relayer: payments", function () {
  this.timeout(120_000);
  let stack: Stack;
  let market: Market;
  let relayer: RunningRelayer;

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    relayer = await startRelayer({ stack, name: "relayer" });
  });

  after(async () => {
    await relayer?.stop();
    await stack?.stop();
  });

  it("opens a lease by a signed take, and credits what is paid to its address", async () => {
    const order = await market.placeAsk(2);
    const { body, leaseId, address } = await market.take(order);
    expect(await relayer.post("/takes", body)).to.deep.include({ status: 202, body: { leaseId } });
    await eventually("open", async () => (await relayer.get(`/leases/${leaseId}`)).body.state === "unfunded");
    expect((await relayer.get(`/leases/${leaseId}`)).body.address).to.equal(address);
    await stack.wallet.pay(address, 2000n);
    await eventually("seen", async () => {
      const { body } = await relayer.get(`/leases/${leaseId}`);
      const [payment] = body.payments as { status: string }[];
      return payment?.status === "seen";
    });
    await stack.wallet.mine(1);
    await eventually("confirming", async () => {
      const { body } = await relayer.get(`/leases/${leaseId}`);
      const [payment] = body.payments as { status: string }[];
      return payment?.status === "confirming";
    });
    await stack.wallet.mine(1);
    await eventually("credited", async () => {
      const { body } = await relayer.get(`/leases/${leaseId}`);
      const [payment] = body.payments as { status: string }[];
      return payment?.status === "credited";
    });
    expect((await relayer.get(`/leases/${leaseId}`)).body.state).to.equal("pending");
  });
});
