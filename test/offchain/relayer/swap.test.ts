// SPDX-License-Identifier: Apache-2.0

import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { Hex } from "viem";
import { z } from "zod";
import type { ReservationNow } from "../../../offchain/swap/read.ts";
import { role } from "../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { HOUR_SATS, type Market, openMarket, openStack } from "./support/market.ts";
import { eventually, type ReportedPayment, type RunningRelayer, startRelayer } from "./support/relayers.ts";
import { LOT, LOT_SATS, openSwapDesk, type SwapDesk } from "./support/swap.ts";

const DAY = 86_400;
const LOTS = 10n;
const PRICE = LOTS * LOT_SATS;
/** Satoshi: all that is paid here, or nothing, leaves at once. */
const ALL = 10n ** 8n;
const NONE = 0n;

describe("relayer: payments to the swap", function () {
  this.timeout(120_000);
  let stack: Stack;
  let market: Market;
  let desk: SwapDesk;
  let relayer: RunningRelayer;

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    desk = openSwapDesk(stack);
    relayer = await start();
  });

  after(async () => {
    await relayer?.stop();
    await stack?.stop();
  });

  const start = () => startRelayer({ stack, name: "relayer" });
  const payments = async ({ id }: ReservationNow) =>
    ((await relayer.get(`/reservations/${id}`)).body.payments ?? []) as ReportedPayment[];
  const untilStatuses = (reservation: ReservationNow, ...expected: string[]) =>
    eventually(`payments are ${expected}`, async () => {
      return `${(await payments(reservation)).map(({ status }) => status)}` === `${expected}`;
    });
  const untilState = (id: Hex, state: string) =>
    eventually(state, async () => ((await desk.read(id)).state === state ? true : undefined));
  const inVault = () => {
    const { XovToken } = stack.deployment.contracts;
    return market.read<bigint>("Vault", "balanceOf", [XovToken, role("user").address]);
  };
  const mineEmpty = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await stack.wallet.call("generateblock", [await stack.wallet.newAddress(), []], z.unknown());
    }
  };
  const invalidate = (hash: string | undefined) => stack.wallet.call("invalidateblock", [hash], z.unknown());
  const logsOf = async (eventName: "PaymentCredited" | "PaymentMoved" | "PaymentRevoked", leaseId: Hex) =>
    await market.eventsOf(eventName, leaseId, "SwapPayments");

  it("tells each step of a payment, and proves it at the depth that the offer names", async () => {
    const reservation = await desk.reserve(await desk.offer(ALL), LOTS);
    const before = await inVault();
    const { address } = reservation.payTo;
    await eventually("known", async () => (await relayer.get(`/reservations/${reservation.id}`)).status === 200);
    expect((await relayer.get(`/reservations/${reservation.id}`)).body.address).to.equal(address);
    const txid = await stack.wallet.pay(address, PRICE);
    await untilStatuses(reservation, "seen");
    await stack.wallet.mine(1);
    await untilStatuses(reservation, "confirming");
    expect((await desk.read(reservation.id)).paid).to.equal(0n);
    await stack.wallet.mine(1);
    await untilStatuses(reservation, "credited");
    expect((await payments(reservation))[0]).to.include({ txid, sats: `${PRICE}`, confirmations: 2, needed: 2 });
    expect(await desk.read(reservation.id)).to.include({ state: "delivered", delivered: LOTS });
    expect((await inVault()) - before).to.equal(LOTS * LOT);
  });

  it("knows no reservation that there is not", async () => {
    expect((await relayer.get(`/reservations/0x${"12".repeat(32)}`)).status).to.equal(404);
    expect((await relayer.get("/reservations/1")).status).to.equal(400);
  });

  it("proves what one transaction pays to a lease and to a reservation, to each by its own contracts", async () => {
    const order = await market.placeAsk(2);
    const { body, leaseId, address } = await market.take(order);
    expect((await relayer.post("/takes", body)).status).to.equal(202);
    await eventually("the lease is open", async () => (await relayer.state(leaseId)) === "unfunded");
    const reservation = await desk.reserve(await desk.offer(ALL), LOTS);
    const both = { [address]: Number(HOUR_SATS) / 1e8, [reservation.payTo.address]: Number(PRICE) / 1e8 };
    await stack.wallet.call("sendmany", ["", both], z.string());
    await stack.wallet.mine(2);
    await untilState(reservation.id, "delivered");
    await eventually("the lease is paid", async () => (await market.status(leaseId)).deposit === HOUR_SATS * 1000n);
    expect(await logsOf("PaymentCredited", reservation.id)).to.have.length(1);
    expect(await logsOf("PaymentCredited", leaseId)).to.have.length(0);
  });

  it("takes back what a reorg removes while it is held, and proves it again where it is mined again", async () => {
    const reservation = await desk.reserve(await desk.offer(NONE), LOTS);
    await stack.wallet.pay(reservation.payTo.address, PRICE);
    const [hash] = await stack.wallet.mine(2);
    await untilState(reservation.id, "held");
    await invalidate(hash);
    await mineEmpty(3);
    await untilState(reservation.id, "reserved");
    expect(await desk.read(reservation.id)).to.include({ paid: 0n, held: 0n, reserved: LOTS });
    await untilStatuses(reservation, "seen");
    await stack.wallet.mine(2);
    await untilState(reservation.id, "held");
    expect(await logsOf("PaymentRevoked", reservation.id)).to.have.length(1);
  });

  it("moves a payment that a reorg has put into another block, without taking it back", async () => {
    const reservation = await desk.reserve(await desk.offer(NONE), LOTS);
    await stack.wallet.pay(reservation.payTo.address, PRICE);
    const [hash] = await stack.wallet.mine(2);
    await untilState(reservation.id, "held");
    await invalidate(hash);
    await stack.wallet.mine(3);
    await eventually("moved", async () => (await logsOf("PaymentMoved", reservation.id)).length === 1);
    expect(await logsOf("PaymentRevoked", reservation.id)).to.have.length(0);
    expect((await desk.read(reservation.id)).payments.map(({ stands }) => stands)).to.deep.equal([true]);
  });

  it("finds after a restart what was paid while it was down, with a cache and without", async () => {
    const cacheFile = join(stack.dir, "relayer", "data", "cache.json");
    const first = await desk.reserve(await desk.offer(ALL), LOTS);
    // Deep enough for the cache, which is saved once after each start.
    await stack.wallet.mine(101);
    await relayer.kill9();
    await rm(cacheFile, { force: true });
    relayer = await start();
    const saved = await eventually("the cache", () => readFile(cacheFile, "utf8").catch(() => undefined));
    expect(saved).to.contain(first.id);
    await relayer.kill9();
    await stack.wallet.pay(first.payTo.address, PRICE);
    await stack.wallet.mine(2);
    relayer = await start();
    await untilState(first.id, "delivered");
    const second = await desk.reserve(await desk.offer(ALL), LOTS);
    await relayer.kill9();
    await rm(join(stack.dir, "relayer", "data"), { recursive: true });
    await stack.wallet.pay(second.payTo.address, PRICE);
    await stack.wallet.mine(2);
    relayer = await start();
    await untilState(second.id, "delivered");
    expect(await logsOf("PaymentCredited", first.id)).to.have.length(1);
    expect(await logsOf("PaymentCredited", second.id)).to.have.length(1);
  });

  it("proves nothing more, of leases or of the swap, once the day's gas is spent", async () => {
    await relayer.stop();
    // Enough to be ready, and too little for any proof.
    relayer = await startRelayer({ stack, name: "poor", env: { XOV_SPEND_ETH_PER_DAY: "0.000000001" } });
    const reservation = await desk.reserve(await desk.offer(ALL), LOTS);
    await stack.wallet.pay(reservation.payTo.address, PRICE);
    await stack.wallet.mine(2);
    await eventually("it has stopped", async () => (await relayer.get("/health")).status === 503);
    await untilStatuses(reservation, "confirming");
    expect((await desk.read(reservation.id)).paid).to.equal(0n);
    await relayer.stop();
    relayer = await start();
    await untilState(reservation.id, "delivered");
  });

  it("releases what was held for three days, and buys free lots with a late payment", async () => {
    const offer = await desk.offer(NONE);
    const early = await desk.reserve(offer, LOTS);
    const late = await desk.reserve(offer, LOTS);
    await stack.wallet.pay(early.payTo.address, PRICE);
    await stack.wallet.mine(2);
    await untilState(early.id, "held");
    await market.pass(3 * DAY - 600);
    expect((await desk.read(early.id)).state).to.equal("held");
    await market.pass(600);
    await untilState(early.id, "delivered");
    await market.write(role("user"), { contract: "Swap", functionName: "expire", args: [late.id] });
    await stack.wallet.pay(late.payTo.address, PRICE);
    await stack.wallet.mine(2);
    await untilState(late.id, "held");
    expect((await desk.read(late.id)).paid).to.equal(PRICE * 1000n);
  });
});
