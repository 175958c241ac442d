// SPDX-License-Identifier: Apache-2.0
import type { LogDescription } from "ethers";
import { placeOf } from "../../offchain/lease/orderId.ts";
import type { World } from "./world.ts";

/** What the simulation does, by type. */
export const KINDS = ["ask", "bid", "taking ask", "taking bid", "sweep", "fill", "cancel", "reduce"] as const;
export type Kind = (typeof KINDS)[number];

/** How often, of a hundred. */
const SHARES: Record<Kind, number> = {
  ask: 28,
  bid: 24,
  "taking ask": 7,
  "taking bid": 10,
  sweep: 4,
  fill: 5,
  cancel: 17,
  reduce: 5,
};

/** A resting order, as the events tell of it. */
export interface Resting {
  readonly id: bigint;
  readonly isAsk: boolean;
  readonly owner: string;
  readonly appliance: number;
  readonly duration: bigint;
  quantity: bigint;
}

/** What has happened so far, as the events tell. */
export interface Ledger {
  readonly orders: Map<bigint, Resting>;
  /** By appliance and market: instances in leases. */
  readonly leased: Map<number, Map<number, bigint>>;
  /** Quote units of all leases. */
  prepaid: bigint;
}

/** What a type of operation has cost. */
export interface Tally {
  done: number;
  /** Refused by the contracts: what it was about had changed within its block. */
  refused: number;
  gas: number;
  mostGas: number;
}

const GOOD_TILL = { timeInForce: 0, selfTrade: 0, maxFills: 20 };
const IMMEDIATE = { timeInForce: 1, selfTrade: 1, maxFills: 20 };
const MIDDLE = 20_000;
const PER_BLOCK = 100;
const GAS = 3_000_000;
const NO_LAUNCH = { sealKeyHash: `0x${"00".repeat(32)}`, sealedSpec: "0x" };

interface Call {
  readonly kind: Kind;
  readonly from: string;
  readonly data: string;
}

/** Trades so many operations, a hundred a block, at random. */
export async function trade(w: World, operations: number, random: () => number) {
  const ledger: Ledger = { orders: new Map(), leased: new Map(), prepaid: 0n };
  const tallies = new Map(KINDS.map((kind) => [kind, { done: 0, refused: 0, gas: 0, mostGas: 0 } as Tally]));
  const began = performance.now();
  for (let done = 0; done < operations; done += PER_BLOCK) {
    await w.send("evm_increaseTime", [20]);
    const { timestamp } = await w.send("eth_getBlockByNumber", ["latest", false]);
    const now = Number(timestamp);
    const count = Math.min(PER_BLOCK, operations - done);
    const orders = [...ledger.orders.values()];
    const calls = Array.from({ length: count }, () => nextCall(w, orders, now, random));
    await Promise.all(calls.map((call) => submit(w, call)));
    await w.send("evm_mine", []);
    await record(w, calls, ledger, tallies);
  }
  return { ledger, tallies, seconds: (performance.now() - began) / 1_000 };
}

const to = (w: World) => w.exchange.target as string;

async function submit(w: World, { from, data }: Call): Promise<void> {
  await w.send("eth_sendTransaction", [{ from, to: to(w), data, gas: `0x${GAS.toString(16)}` }]);
}

/** Of the block just mined: what each call cost, and what it changed. */
async function record(w: World, calls: readonly Call[], ledger: Ledger, tallies: Map<Kind, Tally>): Promise<void> {
  const block = await w.send("eth_getBlockByNumber", ["latest", true]);
  const receipts = await w.send("eth_getBlockReceipts", ["latest"]);
  if (receipts.length !== calls.length) throw new Error(`${receipts.length} of ${calls.length} calls were mined`);
  const left = [...calls];
  for (const [i, { from, input }] of block.transactions.entries()) {
    const at = left.findIndex((call) => call.data === input && call.from.toLowerCase() === from);
    const [call] = left.splice(at, 1);
    const tally = tallies.get(call?.kind ?? "ask");
    if (call === undefined || tally === undefined) throw new Error("a transaction that nobody sent was mined");
    const { status, gasUsed, logs } = receipts[i];
    if (status === "0x0") {
      tally.refused++;
      continue;
    }
    tally.done++;
    tally.gas += Number(gasUsed);
    tally.mostGas = Math.max(tally.mostGas, Number(gasUsed));
    for (const log of logs) {
      const event = log.address.toLowerCase() === to(w).toLowerCase() ? w.exchange.interface.parseLog(log) : null;
      if (event !== null) note(w, event, ledger);
    }
  }
}

function note(w: World, { name, args }: LogDescription, ledger: Ledger): void {
  const { orders, leased } = ledger;
  const found = orders.get(args.order);
  if (name === "AskPlaced" || name === "BidPlaced") {
    const isAsk = name === "AskPlaced";
    const appliance = isAsk ? Number(args.appliance) : 0;
    const owner = isAsk ? (w.sellers[appliance - 1] ?? "") : args.holder;
    const duration = isAsk ? 0n : args.duration;
    orders.set(args.order, { id: args.order, isAsk, owner, appliance, duration, quantity: args.quantity });
  } else if (name === "Filled") {
    const appliance = Number(args.appliance);
    const byMarket = leased.get(appliance) ?? new Map<number, bigint>();
    const { market } = placeOf(args.order);
    leased.set(appliance, byMarket.set(market, (byMarket.get(market) ?? 0n) + args.count));
    ledger.prepaid += (args.count as bigint) * (args.prepayment as bigint);
    if (found === undefined || found.quantity !== args.first) throw new Error("an order was filled that is not there");
    found.quantity -= args.count;
    if (found.quantity === 0n) orders.delete(args.order);
  } else if (name === "OrderReduced") {
    if (found === undefined || found.quantity <= args.quantity) throw new Error("an order grew");
    found.quantity = args.quantity;
  } else if (name === "OrderRemoved" && !orders.delete(args.order)) {
    throw new Error("an order was removed that is not there");
  }
}

function nextCall(w: World, orders: readonly Resting[], now: number, random: () => number): Call {
  const upTo = (n: number) => Math.floor(random() * n);
  const kind = pickKind(upTo(100));
  const { interface: abi } = w.exchange;
  const seller = upTo(w.sellers.length);
  const from = w.buyers[upTo(w.buyers.length)] ?? "";
  const market = w.markets[upTo(w.markets.length)] ?? 1;
  const quantity = 1 + upTo(5);
  const expiry = random() < 0.3 ? now + 400 + upTo(2_000) : 0;
  const duration = 1 + upTo(24);
  const askOf = (price: number, execution: typeof GOOD_TILL): Call => {
    const terms = { confirmations: 0, prepaidHours: 0, bond: 0, startFee: 0 };
    const params = { appliance: seller + 1, market, price, quantity, expiry, ...terms };
    return {
      kind,
      from: w.sellers[seller] ?? "",
      data: abi.encodeFunctionData("placeAsk", [params, execution]),
    };
  };
  const bidOf = (price: number, execution: typeof GOOD_TILL): Call => {
    const params = { market, price, quantity, duration, expiry };
    return { kind, from, data: abi.encodeFunctionData("placeBid", [params, execution]) };
  };
  const found = orders[upTo(orders.length)];
  switch (kind) {
    case "ask":
      return askOf(MIDDLE + upTo(400) - 20, GOOD_TILL);
    case "bid":
      return bidOf(MIDDLE - upTo(400) + 20, GOOD_TILL);
    case "taking ask":
      return askOf(MIDDLE - 300, IMMEDIATE);
    case "taking bid":
      return bidOf(MIDDLE + 300, IMMEDIATE);
    case "sweep": {
      const params = { markets: w.markets, price: MIDDLE + 300, quantity, duration };
      return { kind, from, data: abi.encodeFunctionData("sweep", [params, IMMEDIATE]) };
    }
    case "fill": {
      if (found === undefined || !found.isAsk) return { ...bidOf(MIDDLE + 300, IMMEDIATE), kind: "taking bid" };
      return { kind, from, data: abi.encodeFunctionData("fill", [found.id, 62_999, 1, duration, NO_LAUNCH]) };
    }
    case "cancel":
      if (found === undefined) return { ...bidOf(MIDDLE - 50, GOOD_TILL), kind: "bid" };
      return { kind, from: found.owner, data: abi.encodeFunctionData("cancel", [found.id]) };
    case "reduce": {
      if (found === undefined || found.quantity < 2n) return { ...bidOf(MIDDLE - 50, GOOD_TILL), kind: "bid" };
      return { kind, from: found.owner, data: abi.encodeFunctionData("reduce", [found.id, found.quantity - 1n]) };
    }
  }
}

function pickKind(share: number): Kind {
  let below = 0;
  for (const kind of KINDS) {
    below += SHARES[kind];
    if (share < below) return kind;
  }
  return "cancel";
}
