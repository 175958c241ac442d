// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { expect } from "chai";
import type { Hex } from "viem";
import { z } from "zod";
import { type Bitcoind, startBitcoind } from "../../../scripts/devnet/bitcoind.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { bitcoindCommand } from "../../../scripts/setup/bitcoind.mjs";
import { HOUR_SATS, type Market, openMarket, openStack } from "./support/market.ts";
import { eventually, type RunningRelayer, startRelayer } from "./support/relayers.ts";

describe("relayer: faults", function () {
  this.timeout(120_000);
  let stack: Stack;
  let market: Market;
  let relayer: RunningRelayer;
  let order: bigint;
  let again: Bitcoind | undefined;

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    relayer = await startRelayer({ stack, name: "relayer", env: { XOV_BUMP_MS: "3000" } });
    order = await market.placeAsk(1);
  });

  after(async () => {
    await relayer?.stop();
    await again?.stop();
    await stack?.stop();
  });

  const isOpen = async (leaseId: Hex) => (await market.status(leaseId).catch(() => undefined)) !== undefined;
  const untilCredited = (leaseId: Hex) =>
    eventually("credited", async () => (await relayer.payments(leaseId))[0]?.status === "credited");

  async function take(): Promise<{ leaseId: Hex; address: string }> {
    const { body, leaseId, address } = await market.take(order);
    expect((await relayer.post("/takes", body)).status).to.equal(202);
    await eventually("the lease is open", () => isOpen(leaseId));
    return { leaseId, address };
  }

  it("opens a lease again that a reorg of the chain has taken back", async () => {
    for (let attempt = 1; ; attempt++) {
      const { leaseId } = await take();
      await market.reorg(1);
      // The lease may have got one block more above it than was removed.
      if ((await isOpen(leaseId)) && attempt < 10) continue;
      await eventually("open again", () => isOpen(leaseId));
      await eventually("reported", async () => (await relayer.state(leaseId)) === "unfunded");
      return;
    }
  });

  it("credits again what a reorg of the chain has taken back", async () => {
    for (let attempt = 1; ; attempt++) {
      const { leaseId, address } = await take();
      await eventually("reported", async () => (await relayer.state(leaseId)) === "unfunded");
      await stack.wallet.pay(address, HOUR_SATS);
      await stack.wallet.mine(1);
      const deposit = async () => (await market.status(leaseId)).deposit;
      await eventually("credited", async () => (await deposit()) > 0n);
      await market.reorg(1);
      if ((await deposit()) > 0n && attempt < 10) continue;
      await eventually("credited again", async () => (await deposit()) === HOUR_SATS * 1000n);
      await untilCredited(leaseId);
      return;
    }
  });

  it("finds what was paid before the lease was opened", async () => {
    const { body, leaseId, address } = await market.take(order);
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.wallet.mine(3);
    expect((await relayer.post("/takes", body)).status).to.equal(202);
    await untilCredited(leaseId);
    expect((await market.status(leaseId)).deposit).to.equal(HOUR_SATS * 1000n);
  });

  it("catches up with many blocks", async () => {
    const { leaseId, address } = await take();
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.wallet.mine(120);
    await untilCredited(leaseId);
    await eventually("at the tip", async () => {
      const { blocks } = await stack.bitcoin.blockchainInfo();
      return (await market.read<[number]>("BitcoinLightClient", "tip", []))[0] === blocks;
    });
  });

  it("goes on when bitcoind comes back", async () => {
    const { leaseId, address } = await take();
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.bitcoind.stop();
    expect((await relayer.get(`/leases/${leaseId}`)).status).to.equal(200);
    const rpcPort = Number(new URL(stack.bitcoind.rpcUrl).port);
    again = await startBitcoind({ command: bitcoindCommand(), datadir: join(stack.dir, "bitcoin"), rpcPort });
    await stack.bitcoin.blockchainInfo();
    await stack.wallet.call("loadwallet", ["user"], z.unknown());
    await stack.wallet.mine(1);
    await untilCredited(leaseId);
  });
});
