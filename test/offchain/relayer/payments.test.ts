// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Hex } from "viem";
import { z } from "zod";
import { internalOrder } from "../../../offchain/bitcoin/bytes.ts";
import { role } from "../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { HOUR_SATS, type Market, openMarket, openStack } from "./support/market.ts";
import { eventually, type RunningRelayer, startRelayer } from "./support/relayers.ts";

const UNFUNDED = 1;
const PENDING = 2;
const CLOSED = 5;

describe("relayer: payments", function () {
  this.timeout(120_000);
  let stack: Stack;
  let market: Market;
  let relayer: RunningRelayer;
  let order: bigint;

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    relayer = await startRelayer({ stack, name: "relayer" });
    order = await market.placeAsk(2);
  });

  after(async () => {
    await relayer?.stop();
    await stack?.stop();
  });

  /** A lease that waits for its payment. */
  async function open(): Promise<{ leaseId: Hex; address: string }> {
    const { body, leaseId, address } = await market.take(order);
    expect(await relayer.post("/takes", body)).to.deep.equal({ status: 202, body: { leaseId } });
    await eventually("the lease is open", async () => (await relayer.state(leaseId)) === "unfunded");
    return { leaseId, address };
  }

  const statuses = async (leaseId: Hex) => (await relayer.payments(leaseId)).map(({ status }) => status);
  const untilStatuses = (leaseId: Hex, ...expected: string[]) =>
    eventually(`payments are ${expected}`, async () => `${await statuses(leaseId)}` === `${expected}`);
  const deposit = async (leaseId: Hex) => (await market.status(leaseId)).deposit;
  const mineEmpty = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const miner = await stack.wallet.newAddress();
      await stack.wallet.call("generateblock", [miner, []], z.unknown());
    }
  };
  const invalidate = (hash: string | undefined) => stack.wallet.call("invalidateblock", [hash], z.unknown());

  it("tells each step of a payment, and credits it at the depth that the ask names", async () => {
    const { leaseId, address } = await open();
    expect((await relayer.get(`/leases/${leaseId}`)).body.address).to.equal(address);
    const txid = await stack.wallet.pay(address, HOUR_SATS);
    await untilStatuses(leaseId, "seen");
    await stack.wallet.mine(1);
    await untilStatuses(leaseId, "confirming");
    expect(await deposit(leaseId)).to.equal(0n);
    await stack.wallet.mine(1);
    await untilStatuses(leaseId, "credited");
    const [payment] = await relayer.payments(leaseId);
    expect(payment).to.include({ txid, sats: `${HOUR_SATS}`, confirmations: 2, needed: 2 });
    expect(await market.status(leaseId)).to.include({ state: PENDING, deposit: HOUR_SATS * 1000n });
    expect(await relayer.state(leaseId)).to.equal("pending");
  });

  it("adds up a payment that is split in two", async () => {
    const { leaseId, address } = await open();
    await stack.wallet.pay(address, HOUR_SATS / 2n);
    await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited");
    expect(await market.status(leaseId)).to.include({ state: UNFUNDED, deposit: HOUR_SATS * 500n });
    await stack.wallet.pay(address, HOUR_SATS / 2n);
    await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited", "credited");
    expect(await market.status(leaseId)).to.include({ state: PENDING, deposit: HOUR_SATS * 1000n });
  });

  it("credits twice the amount in whole", async () => {
    const { leaseId, address } = await open();
    await stack.wallet.pay(address, HOUR_SATS * 4n);
    await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited");
    expect(await deposit(leaseId)).to.equal(HOUR_SATS * 4000n);
  });

  it("credits dust, which funds nothing", async () => {
    const { leaseId, address } = await open();
    await stack.wallet.pay(address, 330n);
    await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited");
    expect(await market.status(leaseId)).to.include({ state: UNFUNDED, deposit: 330_000n });
  });

  it("proves payments to many leases in one block, two of them in one transaction, at once", async () => {
    const leases = [await open(), await open(), await open()];
    const [first, second] = leases;
    const both = Object.fromEntries([first, second].map((each) => [each?.address ?? "", Number(HOUR_SATS) / 1e8]));
    await stack.wallet.call("sendmany", ["", both], z.string());
    await stack.wallet.pay(leases[2]?.address ?? "", HOUR_SATS);
    await stack.wallet.mine(2);
    for (const { leaseId } of leases) {
      await untilStatuses(leaseId, "credited");
      expect(await deposit(leaseId)).to.equal(HOUR_SATS * 1000n);
    }
    const proofs = await Promise.all(leases.map(({ leaseId }) => creditedIn(leaseId)));
    expect(new Set(proofs.flat()).size, "transactions").to.equal(1);
  });

  it("says by what a payment was replaced, and credits what replaced it", async () => {
    const { leaseId, address } = await open();
    const txid = await stack.wallet.pay(address, HOUR_SATS);
    await untilStatuses(leaseId, "seen");
    const bumped = await stack.wallet.call("bumpfee", [txid], z.object({ txid: z.string() }));
    const replaced = await eventually("replaced", async () => {
      return (await relayer.payments(leaseId)).find((each) => each.status === "replaced");
    });
    expect(replaced).to.include({ txid, replacedBy: bumped.txid });
    await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited", "replaced");
    expect(await deposit(leaseId)).to.equal(HOUR_SATS * 1000n);
  });

  it("follows a payment that a reorg removes before it is proven", async () => {
    const { leaseId, address } = await open();
    await stack.wallet.pay(address, HOUR_SATS);
    const [hash] = await stack.wallet.mine(1);
    await untilStatuses(leaseId, "confirming");
    await invalidate(hash);
    await mineEmpty(2);
    await untilStatuses(leaseId, "seen");
    expect(await deposit(leaseId)).to.equal(0n);
    await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited");
    expect(await deposit(leaseId)).to.equal(HOUR_SATS * 1000n);
  });

  it("takes back what a reorg removes after it was proven, and credits it again where it is mined again", async () => {
    const { leaseId, address } = await open();
    await stack.wallet.pay(address, HOUR_SATS);
    const [hash] = await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited");
    await invalidate(hash);
    await mineEmpty(3);
    await eventually("revoked", async () => (await deposit(leaseId)) === 0n);
    expect((await market.status(leaseId)).state).to.equal(UNFUNDED);
    await untilStatuses(leaseId, "seen");
    const [again] = await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited");
    expect(await market.status(leaseId)).to.include({ state: PENDING, deposit: HOUR_SATS * 1000n });
    expect(await recordedIn(leaseId, again)).to.equal(true);
  });

  it("moves a credit whose payment a reorg has put into another block, without taking it back", async () => {
    const { leaseId, address } = await open();
    await stack.wallet.pay(address, HOUR_SATS);
    const [hash] = await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited");
    await invalidate(hash);
    const [other] = await stack.wallet.mine(3);
    await eventually("moved", () => recordedIn(leaseId, other));
    expect(await market.status(leaseId)).to.include({ state: PENDING, deposit: HOUR_SATS * 1000n });
    expect(await market.eventsOf("PaymentRevoked", leaseId)).to.have.length(0);
  });

  it("does no harm when a proof is sent twice", async () => {
    const { leaseId, address } = await open();
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited");
    const [hash] = await creditedIn(leaseId);
    if (hash === undefined) throw new Error("no proof");
    const { input } = await market.client.getTransaction({ hash });
    await market.sendRaw(role("user"), stack.deployment.contracts.BitcoinPayments, input);
    expect(await deposit(leaseId)).to.equal(HOUR_SATS * 1000n);
    expect(await creditedIn(leaseId)).to.deep.equal([hash]);
  });

  it("credits once with two relayers at work", async () => {
    const other = await startRelayer({ stack, name: "other", by: role("user") });
    try {
      await eventually("both are at work", async () => (await other.get("/health")).body.ok === true);
      const leases = [await open(), await open(), await open(), await open()];
      for (const { address } of leases) {
        await stack.wallet.pay(address, HOUR_SATS);
        await stack.wallet.mine(1);
      }
      await stack.wallet.mine(1);
      for (const { leaseId } of leases) await untilStatuses(leaseId, "credited");
      for (const { leaseId } of leases) {
        expect(await deposit(leaseId)).to.equal(HOUR_SATS * 1000n);
        expect(await creditedIn(leaseId)).to.have.length(1);
        await eventually("the other one knows", async () => (await other.payments(leaseId))[0]?.status === "credited");
      }
      for (const each of [relayer, other]) {
        await eventually("healthy", async () => (await each.get("/health")).body.ok === true);
      }
    } finally {
      await other.stop();
    }
  });

  it("credits what is paid after the lease was closed", async () => {
    const { leaseId, address } = await open();
    const { time: payBy } = await market.read<{ time: number }>("Leases", "lease", [leaseId]);
    await market.pass(payBy + 1 - Number((await market.client.getBlock()).timestamp));
    await market.write(role("user"), { contract: "Leases", functionName: "close", args: [leaseId] });
    await stack.wallet.pay(address, HOUR_SATS);
    await stack.wallet.mine(2);
    await untilStatuses(leaseId, "credited");
    expect(await market.status(leaseId)).to.include({ state: CLOSED, deposit: HOUR_SATS * 1000n });
  });

  /** Whether the contracts have the credit of a lease's only payment recorded in this block. */
  async function recordedIn(leaseId: Hex, blockHash = ""): Promise<boolean> {
    const [payment] = await relayer.payments(leaseId);
    if (payment === undefined) return false;
    const args = [internalOrder(payment.txid), payment.vout, leaseId];
    // They keep but the first bytes of the hash.
    const [, , recorded] = await market.read<[bigint, number, Hex]>("BitcoinPayments", "creditOf", args);
    return internalOrder(blockHash).startsWith(recorded);
  }

  async function creditedIn(leaseId: Hex): Promise<Hex[]> {
    return (await market.eventsOf("PaymentCredited", leaseId)).map(({ transactionHash }) => transactionHash);
  }
});
