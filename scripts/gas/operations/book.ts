// SPDX-License-Identifier: Apache-2.0
// The order book in a token's market: the common ask rests at the common price, and a book in use has more around it.
import type { ContractTransactionResponse } from "ethers";
import { LAUNCH, NO_LAUNCH, type State } from "../leases.ts";
import { askOf, GOOD_TILL, ORDER, orderAt } from "../market.ts";
import { type Measure, type Operation, operationsOf } from "../operation.ts";
import { permitOf } from "../signatures.ts";
import { HOURS_PAID, PRICES, TOKEN_BALANCE } from "../values.ts";

const PLACE_REUSED = 70_000;
const PLACE_FRESH = 95_000;
const CANCEL = 45_000;
const FILL_ONE = 110_000;
const FILL_TEN = 540_000;

export const TOKEN_MARKET = 2n;
const PRICE = BigInt(PRICES.token.code);
/** Below all asks. */
export const BID_PRICE: bigint = PRICE - 100n;
const IMMEDIATE = { timeInForce: 1, selfTrade: 0, maxFills: 100 };

/** Places an ask at a price. */
export const placeAsk = (s: State, price = PRICE, quantity = 20n): Promise<ContractTransactionResponse> =>
  s.exchange.connect(s.hotKey).placeAsk({ ...askOf(s, "token"), price, quantity }, GOOD_TILL);

/** Places a bid of the holder at a price. */
export const placeBid = (
  s: State,
  price = BID_PRICE,
  quantity = 1n,
  execution = GOOD_TILL,
): Promise<ContractTransactionResponse> =>
  s.exchange
    .connect(s.holder)
    .placeBid({ market: TOKEN_MARKET, price, quantity, duration: HOURS_PAID, expiry: 0 }, execution);

/** Buys so many at once from the best. */
export const buy = (s: State, quantity: bigint): Promise<ContractTransactionResponse> =>
  placeBid(s, PRICE, quantity, IMMEDIATE);

/** A bid of the level below all asks. */
export const bidAt = (lane: bigint): bigint => orderAt(TOKEN_MARKET, BID_PRICE, 1n, lane);

/** Two bids on a level, after one more that is gone. */
async function withBids(s: State): Promise<void> {
  for (let i = 0; i < 3; i++) await placeBid(s);
}

const placing = operationsOf("Exchange", {
  placeAsk: {
    "first of its level": (s) => placeAsk(s, PRICE + 1n),
    "meets a resting bid and fills it": async (s) => {
      await withBids(s);
      return placeAsk(s, BID_PRICE, 1n);
    },
  },
  placeBid: {
    "fresh slot, existing level": [
      PLACE_FRESH,
      async (s) => {
        await withBids(s);
        return placeBid(s);
      },
    ],
    "reused slot, existing level": [
      PLACE_REUSED,
      async (s) => {
        await withBids(s);
        await s.exchange.connect(s.holder).cancel(bidAt(1n));
        return placeBid(s);
      },
    ],
    "first of its level": (s) => placeBid(s),
  },
  cancel: {
    bid: [
      CANCEL,
      async (s) => {
        await withBids(s);
        return s.exchange.connect(s.holder).cancel(bidAt(1n));
      },
    ],
  },
  cancelMany: {
    "ten bids of a level": async (s) => {
      for (let i = 0; i < 12; i++) await placeBid(s);
      return s.exchange.connect(s.holder).cancelMany(Array.from({ length: 10 }, (_, i) => bidAt(BigInt(i + 1))));
    },
  },
  reduce: {
    bid: async (s) => {
      await placeBid(s, BID_PRICE, 5n);
      return s.exchange.connect(s.holder).reduce(bidAt(0n), 2);
    },
  },
  deposit: {
    "by permit": async (s) => {
      const amount = TOKEN_BALANCE / 100n;
      return s.exchange.connect(s.holder).deposit(s.token, amount, await permitOf(s, "token", amount));
    },
  },
});

/** Ten orders of one instance each at the best price. */
async function withTenOrders(s: State, count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await placeAsk(s, PRICE - 1n, 1n);
}

const fillById =
  (quantity: number, launch = LAUNCH): Measure =>
  (s) =>
    s.exchange.connect(s.holder).fill(ORDER.token, PRICE, quantity, HOURS_PAID, launch);

const filling = operationsOf("Exchange", {
  fill: {
    "one of an order by its id → pending": [FILL_ONE, fillById(1)],
    "one of an order by its id → reserved": [FILL_ONE, fillById(1, NO_LAUNCH)],
    "ten of an order by its id → reserved": [FILL_TEN, fillById(10, NO_LAUNCH)],
  },
  placeBid: {
    "takes one of an order": [FILL_ONE, (s) => buy(s, 1n)],
    "takes ten of one order": [FILL_TEN, (s) => buy(s, 10n)],
    "takes ten orders": [
      FILL_TEN,
      async (s) => {
        await withTenOrders(s, 12);
        return buy(s, 10n);
      },
    ],
    "takes ten orders, all of their level": async (s) => {
      await withTenOrders(s);
      return buy(s, 10n);
    },
    "takes a hundred of one order": async (s) => {
      await placeAsk(s, PRICE - 1n, 101n);
      return buy(s, 100n);
    },
  },
  sweep: {
    "takes one of two markets": async (s) => {
      await s.pools.create(`0x${"61".repeat(4)}${"00".repeat(28)}`, {
        minimumStake: 0,
        collateralPerMsat: 0,
        fee: 0,
        admission: 0,
      });
      await s.markets.open(2, s.class, s.token);
      const params = { markets: [TOKEN_MARKET, 3n], price: PRICE, quantity: 1n, duration: HOURS_PAID };
      return s.exchange.connect(s.holder).sweep(params, IMMEDIATE);
    },
  },
});

/** Of the book. */
export const bookOperations: readonly Operation[] = [...placing, ...filling];
