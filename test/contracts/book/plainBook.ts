// SPDX-License-Identifier: Apache-2.0
// An order book as a page of text would tell it: two lists that are sorted whenever somebody looks.

import { SelfTrade, TimeInForce } from "../fixture.ts";

export interface PlainOrder {
  readonly id: bigint;
  readonly side: "ask" | "bid";
  readonly account: string;
  readonly price: number;
  readonly quantity: number;
  /** Of a bid, hours. */
  readonly duration: number;
  /** Its last second. */
  readonly expiry: number;
}

export interface IncomingOrder extends Omit<PlainOrder, "id"> {
  readonly timeInForce: number;
  readonly selfTrade: number;
  readonly maxFills: number;
}

/** `count` leases of one resting order. */
export interface PlainFill {
  readonly order: bigint;
  readonly count: number;
  /** Number of the first. */
  readonly first: number;
}

export type Outcome =
  | { readonly error: "Exchange_WouldCross" | "Exchange_NotFilled" }
  | {
      readonly error?: undefined;
      readonly fills: readonly PlainFill[];
      /** All that rests behind it, oldest first; without the order's own rest. */
      readonly book: readonly PlainOrder[];
      readonly filled: number;
      /** What goes on the book. */
      readonly rest: number;
    };

/** One side, best price first and oldest first; `book` is in the order of placing. */
export function sideOf(book: readonly PlainOrder[], side: PlainOrder["side"]): PlainOrder[] {
  const sign = side === "ask" ? 1 : -1;
  return book.filter((order) => order.side === side).sort((a, b) => sign * (a.price - b.price));
}

/** What an order does to a book at a time. */
export function meet(book: readonly PlainOrder[], order: IncomingOrder, now: number): Outcome {
  const crossing = (all: readonly PlainOrder[]) =>
    sideOf(all, order.side === "ask" ? "bid" : "ask").find(({ price }) =>
      order.side === "ask" ? price >= order.price : price <= order.price,
    );
  let left = order.quantity;
  let allowed = order.maxFills;
  let after = [...book];
  let gaveWay = false;
  const fills: PlainFill[] = [];
  for (let best = crossing(after); best && left > 0 && allowed > 0 && !gaveWay; best = crossing(after)) {
    const found = best;
    const without = after.filter((each) => each !== found);
    const isOwn = found.account === order.account;
    if (found.expiry < now) {
      after = without;
      allowed--;
    } else if (order.timeInForce === TimeInForce.PostOnly) {
      return { error: "Exchange_WouldCross" };
    } else if (isOwn && order.selfTrade === SelfTrade.CancelNewest) {
      gaveWay = true;
    } else if (isOwn) {
      after = without;
      allowed--;
    } else {
      const count = Math.min(left, allowed, found.quantity);
      fills.push({ order: found.id, count, first: found.quantity });
      const shrunk = { ...found, quantity: found.quantity - count };
      after = shrunk.quantity === 0 ? without : after.map((each) => (each === found ? shrunk : each));
      left -= count;
      allowed -= count;
    }
  }
  if (left > 0 && order.timeInForce === TimeInForce.FillOrKill) return { error: "Exchange_NotFilled" };
  const mayRest = order.timeInForce === TimeInForce.GoodTill || order.timeInForce === TimeInForce.PostOnly;
  const rests = mayRest && !gaveWay && crossing(after) === undefined;
  return { fills, book: after, filled: order.quantity - left, rest: rests ? left : 0 };
}
