// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { loadFixture, SelfTrade, Side, TimeInForce, time } from "../fixture.ts";
import { ask, bid, leaseIdOf, MARKET, ordersOf, TENTH, type Traded, traded } from "./fixture.ts";
import { type IncomingOrder, meet, type PlainOrder, sideOf } from "./plainBook.ts";

/** Whose orders meet: two sellers, of which one buys too, and two buyers. */
const SELLERS = ["provider", "rival"] as const;
const BUYERS = ["buyer", "other", "provider"] as const;
const LEAST_LIFE = 300;

const order = fc.record({
  kind: fc.constant("order"),
  side: fc.constantFrom("ask", "bid"),
  who: fc.nat(5),
  price: fc.integer({ min: TENTH, max: TENTH + 4 }),
  quantity: fc.integer({ min: 1, max: 6 }),
  duration: fc.integer({ min: 1, max: 3 }),
  life: fc.oneof(fc.constant(0), fc.integer({ min: LEAST_LIFE, max: 2_000 })),
  timeInForce: fc.constantFrom(...Object.values(TimeInForce), TimeInForce.GoodTill, TimeInForce.GoodTill),
  selfTrade: fc.constantFrom(...Object.values(SelfTrade)),
  maxFills: fc.oneof(fc.constant(20), fc.nat(3)),
} as const);
const cancel = fc.record({ kind: fc.constant("cancel"), which: fc.nat() } as const);
const reduce = fc.record({ kind: fc.constant("reduce"), which: fc.nat(), to: fc.nat() } as const);
const pass = fc.record({ kind: fc.constant("pass"), seconds: fc.nat(900) } as const);

const actions = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: order },
    { weight: 2, arbitrary: cancel },
    { weight: 1, arbitrary: reduce },
    { weight: 1, arbitrary: pass },
  ),
  { minLength: 30, maxLength: 45 },
);

type Action = typeof actions extends fc.Arbitrary<(infer A)[]> ? A : never;
type OrderAction = Extract<Action, { kind: "order" }>;

/** The time of the next transaction's block. */
async function nextTime(): Promise<number> {
  const now = (await time.latest()) + 1;
  await time.setNextBlockTimestamp(now);
  return now;
}

async function place(s: Traded, book: readonly PlainOrder[], action: OrderAction): Promise<readonly PlainOrder[]> {
  const { side, price, quantity, duration, timeInForce, selfTrade, maxFills } = action;
  const names = side === "ask" ? SELLERS : BUYERS;
  const name = names[action.who % names.length] ?? names[0];
  const now = await nextTime();
  const expiry = action.life === 0 ? 0 : now + action.life;
  const lasts = expiry || (side === "ask" ? now + 7 * 86_400 : 2 ** 32 - 1);
  const incoming: IncomingOrder = {
    ...{ side, account: name, price, quantity, duration, expiry: lasts },
    ...{ timeInForce, selfTrade, maxFills },
  };
  const outcome = meet(book, incoming, now);
  const options = { price, quantity, expiry, from: s[name], execution: { timeInForce, selfTrade, maxFills } };
  const appliance = name === "rival" ? 2 : 1;
  const tx = side === "ask" ? ask(s, { ...options, appliance }) : bid(s, { ...options, duration });
  if (outcome.error !== undefined) {
    await expect(tx).to.be.revertedWithCustomError(s.exchange, outcome.error);
    return book;
  }
  const receipt = await (await tx).wait();
  const events = (receipt?.logs ?? []).flatMap((log) => s.exchange.interface.parseLog(log) ?? []);
  const told = events.flatMap(({ name: event, args }) =>
    event === "Filled" ? [{ order: args.order, count: Number(args.count), first: Number(args.first) }] : [],
  );
  expect(told).to.deep.equal(outcome.fills);
  for (const { order: id, first, count } of outcome.fills) {
    for (let n = 0; n < count; n++) {
      const made = book.find((each) => each.id === id);
      const holder = side === "bid" ? name : made?.account;
      const lease = await s.leases.lease(leaseIdOf(id, first - n));
      expect(lease.holder).to.equal(s[holder as (typeof BUYERS)[number]].address);
    }
  }
  const placed = events.find(({ name: event }) => event === "AskPlaced" || event === "BidPlaced");
  expect(placed?.args.quantity ?? 0n).to.equal(BigInt(outcome.rest));
  if (placed === undefined) return outcome.book;
  const { timeInForce: _, selfTrade: __, maxFills: ___, ...resting } = incoming;
  return [...outcome.book, { ...resting, id: placed.args.order as bigint, quantity: outcome.rest }];
}

async function act(s: Traded, book: readonly PlainOrder[], action: Action): Promise<readonly PlainOrder[]> {
  if (action.kind === "order") return place(s, book, action);
  if (action.kind === "pass") {
    await time.increase(action.seconds + 1);
    return book;
  }
  const found = book[action.which % Math.max(1, book.length)];
  if (found === undefined) return book;
  const owner = s.exchange.connect(s[found.account as (typeof BUYERS)[number]]);
  if (action.kind === "cancel") {
    await owner.cancel(found.id);
    return book.filter((each) => each !== found);
  }
  if (found.quantity < 2) return book;
  const quantity = 1 + (action.to % (found.quantity - 1));
  await owner.reduce(found.id, quantity);
  return book.map((each) => (each === found ? { ...found, quantity } : each));
}

/** The exchange's whole book, best and oldest first. */
async function wholeBook(s: Traded) {
  const [asks, bids] = [await ordersOf(s, Side.Ask), await ordersOf(s, Side.Bid)];
  return {
    asks: await Promise.all(
      asks.map(async (id) => {
        const { quantity, expiry, appliance } = await s.exchange.ask(id);
        return { id, quantity: Number(quantity), expiry: Number(expiry), account: SELLERS[Number(appliance) - 1] };
      }),
    ),
    bids: await Promise.all(
      bids.map(async (id) => {
        const { quantity, expiry, holder } = await s.exchange.bid(id);
        const account = BUYERS.find((name) => s[name].address === holder);
        return { id, quantity: Number(quantity), expiry: Number(expiry), account };
      }),
    ),
  };
}

describe("The exchange and two sorted lists", function () {
  this.timeout(600_000);

  it("hold the same orders in the same places after any orders, cancellations, reductions and time", async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (todo) => {
        const s = await loadFixture(traded);
        let book: readonly PlainOrder[] = [];
        for (const action of todo) book = await act(s, book, action);
        const shown = ({ id, quantity, expiry, account }: PlainOrder) => ({ id, quantity, expiry, account });
        expect(await wholeBook(s)).to.deep.equal({
          asks: sideOf(book, "ask").map(shown),
          bids: sideOf(book, "bid").map(shown),
        });
        const [found, best] = await s.exchange.best(MARKET, Side.Ask);
        expect(found ? Number(best) : undefined).to.equal(sideOf(book, "ask")[0]?.price);
      }),
      { numRuns: 25, seed: 20_090_103 },
    );
  });
});
