// SPDX-License-Identifier: Apache-2.0
// What the book costs when it is deep: the same calls, at prices and orders that are the same whatever rests around them.
import { Gateway__factory } from "../../typechain-types/index.js";
import { generator } from "../market/random.ts";
import type { State } from "./leases.ts";
import { askOf, GOOD_TILL, ORDER } from "./market.ts";
import { gasOf, type Measure, type Operation, operationsOf } from "./operation.ts";
import { BID_PRICE, bidAt, buy, placeAsk, placeBid, TOKEN_MARKET } from "./operations/book.ts";
import type { Measured } from "./snapshot.ts";
import { HOURS_PAID, PRICES, STAKE } from "./values.ts";

/** Resting orders. */
export const DEPTHS = [10, 1_000, 10_000];
/** With `--full`. */
export const FULL_DEPTH = 100_000;
/** How much more the deepest book may cost than one of ten orders. */
const TOLERANCE = 0.01;

const PLACE_REUSED = 70_000;
const PLACE_FRESH = 95_000;
const CANCEL = 45_000;
const TAKE_ONE = 110_000;
const TAKE_TEN = 540_000;

const PRICE = BigInt(PRICES.token.code);
const BATCH = 50;
const MORE_STAKE = STAKE * 100n;

/** A level of each side is in use before anything is measured: a page with a place that was used and is free again. */
async function occupyLevels(s: State): Promise<void> {
  for (let i = 0; i < 3; i++) await placeBid(s, BID_PRICE, 2n);
  for (let i = 0; i < 3; i++) await placeAsk(s);
  // the level that becomes the first of its price is one where something rested before
  await placeAsk(s, PRICE + 1n);
  await placeBid(s, BID_PRICE - 1n);
}

const reused =
  (again: Measure, free: Measure): Measure =>
  async (s) => {
    await free(s);
    return again(s);
  };

const cancelAsk: Measure = (s) => s.exchange.connect(s.hotKey).cancel(ORDER.token + (1n << 32n));
const cancelBid: Measure = (s) => s.exchange.connect(s.holder).cancel(bidAt(1n));

const tenOrders: Measure = async (s) => {
  for (let i = 0; i < 12; i++) await placeAsk(s, PRICE - 1n, 1n);
  return buy(s, 10n);
};
const hundred: Measure = async (s) => {
  await placeAsk(s, PRICE - 1n, 101n);
  return buy(s, 100n);
};

const variants = (depth: string) =>
  operationsOf("Exchange", {
    placeAsk: {
      [`${depth}: fresh slot, existing level`]: [PLACE_FRESH, (s) => placeAsk(s)],
      [`${depth}: reused slot, existing level`]: [PLACE_REUSED, reused((s) => placeAsk(s), cancelAsk)],
      [`${depth}: fresh slot, first of its level`]: (s) => placeAsk(s, PRICE + 2n),
    },
    placeBid: {
      [`${depth}: fresh slot, existing level`]: [PLACE_FRESH, (s) => placeBid(s)],
      [`${depth}: reused slot, existing level`]: [PLACE_REUSED, reused((s) => placeBid(s), cancelBid)],
      [`${depth}: fresh slot, first of its level`]: (s) => placeBid(s, BID_PRICE + 1n),
      [`${depth}: takes one`]: [TAKE_ONE, (s) => buy(s, 1n)],
      [`${depth}: takes ten of one order`]: [TAKE_TEN, (s) => buy(s, 10n)],
      [`${depth}: takes ten orders`]: [TAKE_TEN, tenOrders],
      [`${depth}: takes a hundred of one order`]: hundred,
    },
    fill: {
      [`${depth}: one of an order by its id`]: [
        TAKE_ONE,
        (s) => s.exchange.connect(s.holder).fill(ORDER.token, PRICE, 1, HOURS_PAID, NOTHING),
      ],
    },
    cancel: { [`${depth}: ask`]: [CANCEL, cancelAsk], [`${depth}: bid`]: [CANCEL, cancelBid] },
  });

const NOTHING = { sealKeyHash: `0x${"00".repeat(32)}`, sealedSpec: "0x" };
const labelOf = (depth: number) => `${new Intl.NumberFormat("en-US").format(depth)} resting orders`;

/** How the variants of the deepest book begin. */
export const FULL_LABEL: string = labelOf(FULL_DEPTH);

/** Every row at every depth, each from the same state but for the depth. */
export async function measureDepths(s: State, depths: readonly number[]): Promise<Measured[]> {
  const random = generator(1);
  await occupyLevels(s);
  const all: Measured[] = [];
  let resting = 0;
  for (const depth of depths) {
    if (depth === FULL_DEPTH) await stakeMore(s);
    await deepen(s, depth - resting, random);
    resting = depth;
    const restore = await s.chain.save();
    for (const row of variants(labelOf(depth))) {
      all.push(await measured(s, row));
      await restore();
    }
  }
  return all;
}

/** What so many asks lock is more than the provider has. */
async function stakeMore(s: State): Promise<void> {
  await s.xov.approve(s.vault, MORE_STAKE);
  await s.vault.deposit(s.xov, MORE_STAKE, s.provider);
  await s.providers.stake(MORE_STAKE);
}

async function measured(s: State, { operation, variant, goal, measure }: Operation): Promise<Measured> {
  const result = await measure(s);
  return { operation, variant, gas: typeof result === "number" ? result : await gasOf(result), goal };
}

/** The rows that cost more, or less, in a deeper book than in the first one; one line each. */
export function depthDifferences(rows: readonly Measured[]): readonly string[] {
  const first = labelOf(DEPTHS[0] ?? 0);
  return rows.flatMap(({ operation, variant, gas }) => {
    const [depth, what] = variant.split(": ");
    if (what === undefined || !depth?.endsWith("resting orders")) return [];
    const base = rows.find((row) => row.operation === operation && row.variant === `${first}: ${what}`)?.gas ?? 0;
    const change = (gas - base) / base;
    if (Math.abs(change) < TOLERANCE) return [];
    return [`${operation} (${variant}): ${(100 * change).toFixed(2)} % from ${first}`];
  });
}

/** Random orders on both sides, none of which meets another or rests at a price that is measured. */
async function deepen(s: State, count: number, random: () => number): Promise<void> {
  const gateway = Gateway__factory.connect(await s.exchange.GATEWAY());
  const { interface: abi } = s.exchange;
  const asks: string[] = [];
  const bids: string[] = [];
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) {
      const price = PRICE + 10n + BigInt(Math.floor(random() * 20_000));
      asks.push(abi.encodeFunctionData("placeAsk", [{ ...askOf(s, "token"), price, quantity: 1n }, GOOD_TILL]));
    } else {
      const price = BigInt(Math.floor(random() * Number(BID_PRICE - 10n)));
      const bid = { market: TOKEN_MARKET, price, quantity: 1, duration: 1, expiry: 0 };
      bids.push(abi.encodeFunctionData("placeBid", [bid, GOOD_TILL]));
    }
  }
  for (let i = 0; i < asks.length; i += BATCH) await gateway.connect(s.hotKey).batch(asks.slice(i, i + BATCH));
  for (let i = 0; i < bids.length; i += BATCH) await gateway.connect(s.holder).batch(bids.slice(i, i + BATCH));
}
