// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { hexToString, zeroHash } from "viem";
import { createLog } from "../../offchain/core/log.ts";
import { BITCOIN } from "../../offchain/lease/terms.ts";
import { accessPolicySchema } from "../../va/accessPolicy.ts";
import { createAskKeeper } from "../../va/asks.ts";
import { beatIfDue } from "../../va/beat.ts";
import { cardOf, createCardKeeper } from "../../va/card.ts";
import type { AskView } from "../../va/chain/applianceChain.ts";
import { createMarketplace } from "../../va/marketplace.ts";
import { offersSchema } from "../../va/offers.ts";
import { type AskAction, type AskState, type OfferNow, planAsks } from "../../va/planAsks.ts";
import { decodePrice } from "../../va/price.ts";
import { fakeCompute } from "../fakes/compute.ts";
import { fakeChain, MARKET } from "./fakeChain.ts";

const NOW = 1_000_000n;
const DAY = 86_400n;

function offer(fields: Partial<OfferNow> = {}): OfferNow {
  return {
    market: 1,
    price: 27_000,
    maximum: 10,
    prepaidHours: 24,
    confirmations: 1,
    bond: 5n,
    startFee: { least: 0, placed: 0, most: 0 },
    lockPerInstance: 100n,
    leased: 0,
    placeable: true,
    fits: 8,
    takes: [],
    ...fields,
  };
}

function ask(fields: Partial<AskView> = {}): AskView {
  return {
    order: 1n,
    market: 1,
    price: 27_000,
    quantity: 8,
    unfunded: 0,
    expiry: NOW + 5n * DAY,
    confirmations: 1,
    prepaidHours: 24,
    bond: 5n,
    startFee: 0,
    lockPerInstance: 100n,
    ...fields,
  };
}

const state = (fields: Partial<AskState>): AskState => ({
  offers: [offer()],
  asks: [],
  freeStake: 10_000n,
  now: NOW,
  ...fields,
});
const brief = (actions: readonly AskAction[]) =>
  actions.map((each) =>
    each.kind === "place"
      ? `place ${each.ask.quantity}`
      : each.kind === "reduce"
        ? `reduce ${each.quantity}`
        : `cancel ${each.order}`,
  );

describe("planAsks", function () {
  this.timeout(20_000);
  it("places as many as fit, up to the offer's maximum and what the stake covers", () => {
    expect(brief(planAsks(state({})))).to.deep.equal(["place 8"]);
    expect(brief(planAsks(state({ offers: [offer({ fits: 99 })] })))).to.deep.equal(["place 10"]);
    expect(brief(planAsks(state({ offers: [offer({ leased: 7 })] })))).to.deep.equal(["place 3"]);
    expect(brief(planAsks(state({ freeStake: 350n })))).to.deep.equal(["place 3"]);
    expect(brief(planAsks(state({ freeStake: 99n })))).to.deep.equal([]);
  });
  it("leaves an ask alone that is in step", () => {
    expect(planAsks(state({ asks: [ask()] }))).to.deep.equal([]);
  });
  it("reduces at once, and cancels what has no room at all", () => {
    expect(brief(planAsks(state({ asks: [ask()], offers: [offer({ fits: 7 })] })))).to.deep.equal(["reduce 7"]);
    expect(brief(planAsks(state({ asks: [ask()], offers: [offer({ fits: -2 })] })))).to.deep.equal(["cancel 1"]);
  });
  it("grows only by a quarter or more, or when nothing is left", () => {
    expect(brief(planAsks(state({ asks: [ask({ quantity: 7 })] })))).to.deep.equal([]);
    expect(brief(planAsks(state({ asks: [ask({ quantity: 6 })] })))).to.deep.equal(["cancel 1", "place 8"]);
    expect(brief(planAsks(state({ asks: [ask({ quantity: 0 })], offers: [offer({ fits: 1 })] })))).to.deep.equal([
      "cancel 1",
      "place 1",
    ]);
    expect(brief(planAsks(state({ asks: [ask({ quantity: 0 })], offers: [offer({ fits: 0 })] })))).to.deep.equal([]);
  });
  it("renews an ask a day before it expires, for less than the exchange's longest life", () => {
    const actions = planAsks(state({ asks: [ask({ expiry: NOW + DAY - 1n })] }));
    expect(brief(actions)).to.deep.equal(["cancel 1", "place 8"]);
    const [, placed] = actions;
    if (placed?.kind !== "place") throw new Error("nothing was placed");
    expect(placed.ask.expiry > NOW + 6n * DAY && placed.ask.expiry <= NOW + 7n * DAY).to.equal(true);
  });
  it("cancels what no offer is for, and all but one of what is there twice", () => {
    const asks = [ask({ order: 1n }), ask({ order: 2n }), ask({ order: 3n, price: 5 })];
    expect(brief(planAsks(state({ asks })))).to.deep.equal(["cancel 1", "cancel 3"]);
  });
  it("gives no room away twice", () => {
    const offers = [offer({ fits: 8, maximum: 6, takes: [0, 2] }), offer({ market: 2, fits: 16 })];
    expect(brief(planAsks(state({ offers })))).to.deep.equal(["place 6", "place 4"]);
  });
  it("never locks more than the stake, offers more than fits, or keeps two asks for an offer; and then it rests", () => {
    fc.assert(
      fc.property(states, (start) => {
        // What a later offer gives back is there for an earlier one the next time.
        const end = applyAll(applyAll(applyAll(start)));
        expect(end.freeStake >= 0n, "stake").to.equal(true);
        expect(planAsks(end)).to.deep.equal([]);
        end.offers.forEach((each) => {
          const own = end.asks.filter(({ market }) => market === each.market);
          expect(own.length).to.be.at.most(1);
          const quantity = own[0]?.quantity ?? 0;
          expect(quantity).to.be.at.most(Math.max(0, Math.min(each.fits, each.maximum - each.leased)));
        });
      }),
    );
  });
});

const states: fc.Arbitrary<AskState> = fc
  .record({
    offers: fc.array(fc.record({ fits: fc.integer({ min: -3, max: 20 }), maximum: fc.nat(20), leased: fc.nat(5) }), {
      maxLength: 3,
    }),
    asks: fc.array(
      fc.record({
        market: fc.integer({ min: 1, max: 4 }),
        quantity: fc.nat(20),
        days: fc.nat(7),
        price: fc.constantFrom(27_000, 1),
      }),
      { maxLength: 5 },
    ),
    freeStake: fc.nat(3_000).map(BigInt),
  })
  .map(({ offers, asks, freeStake }) => ({
    now: NOW,
    freeStake,
    offers: offers.map((fields, i) => offer({ ...fields, market: i + 1 })),
    asks: asks.map(({ days, ...fields }, i) =>
      ask({ ...fields, order: BigInt(i + 1), expiry: NOW + BigInt(days) * DAY }),
    ),
  }));

function applyAll(start: AskState): AskState {
  let { asks, freeStake } = start;
  for (const action of planAsks(start)) {
    if (action.kind === "place") {
      const order = BigInt(100 + asks.length);
      freeStake -= BigInt(action.ask.quantity) * 100n;
      asks = [...asks, ask({ ...action.ask, order })];
      continue;
    }
    const old = asks.find(({ order }) => order === action.order);
    if (old === undefined) throw new Error("no such ask");
    const left = action.kind === "reduce" ? action.quantity : 0;
    expect(left).to.be.below(Math.max(1, old.quantity));
    freeStake += BigInt(old.quantity - left) * 100n;
    asks = asks.filter((each) => each !== old);
    if (left > 0) asks = [...asks, { ...old, quantity: left }];
  }
  return { ...start, asks, freeStake };
}

describe("ask keeper", function () {
  this.timeout(20_000);
  const offers = offersSchema.parse({
    network: "xov-net",
    access: accessPolicySchema.parse({}),
    images: [{ name: "debian-12", user: "debian" }],
    offers: [
      {
        class: { vcpus: 1, memoryMiB: 256, diskGiB: 2, architecture: "x86_64" },
        flavor: "m1.small",
        price: 27_000,
        maximum: 8,
        prepaidHours: 24,
        confirmations: 1,
        bond: "5",
      },
    ],
  });
  const signal = new AbortController().signal;
  const log = createLog({ name: "test", level: "silent" });

  it("acts on what it sees twice, and counts what is reserved and not booted", async () => {
    const [chain, compute] = [fakeChain(), fakeCompute()];
    compute.room = 5;
    const keeper = createAskKeeper({
      chain,
      compute,
      marketplace: createMarketplace(chain, () => offers),
      offers: () => offers,
      log,
    });
    const waiting = { market: MARKET, state: "pending", servers: "", owes: false } as const;
    const latest = { number: 2n, hash: zeroHash, timestamp: NOW };
    const now = { latest, orders: [], holdings: [waiting, { ...waiting, state: "closed" as const }] };
    await keeper.keep(now, signal);
    expect(chain.sent).to.deep.equal([]);
    await keeper.keep(now, signal);
    const [placed] = chain.sent;
    expect(placed?.kind === "place" && placed.ask.quantity).to.equal(4);
    for (let i = 0; i < 3; i++) await keeper.keep(now, signal);
    expect(chain.sent, "before the events tell of it").to.have.length(1);
  });
  describe("with price floors", () => {
    const PRICE = decodePrice(27_000);
    const lines: string[] = [];
    const heard = createLog({ name: "test", destination: { write: (line: string) => void lines.push(line) } });
    const told = () => lines.filter((line) => line.includes("setPriceFloor"));
    const latest = { number: 2n, hash: zeroHash, timestamp: NOW };

    async function keep(floors: ReadonlyMap<string, bigint> | undefined, computeUnits: number, book: AskView[] = []) {
      const chain = fakeChain();
      chain.room.floors = floors;
      chain.room.market = { ...chain.room.market, computeUnits };
      chain.asksOnBook = book;
      const marketplace = createMarketplace(chain, () => offers);
      const keeper = createAskKeeper({ chain, compute: fakeCompute(), marketplace, offers: () => offers, log: heard });
      lines.length = 0;
      const now = { latest, orders: book.map(({ order }) => order), holdings: [] };
      for (let i = 0; i < 6; i++) await keeper.keep({ ...now, latest: { ...latest, number: BigInt(20 * i) } }, signal);
      return { chain, keeper, sent: chain.sent.map(({ kind }) => kind) };
    }

    it("places what is at its floor, by the compute unit", async () => {
      expect((await keep(new Map([[BITCOIN, PRICE]]), 1_000)).sent).to.include("place");
      expect((await keep(new Map([[BITCOIN, PRICE / 2n]]), 2_000)).sent).to.include("place");
      expect(told()).to.deep.equal([]);
    });
    it("leaves out what is below it, and says so once", async () => {
      const { sent, chain, keeper } = await keep(new Map([[BITCOIN, PRICE]]), 1_001);
      expect(sent).to.deep.equal([]);
      expect(told()).to.have.length(1);
      expect(told()[0]).to.contain("m1.small").and.contain(`${PRICE}`);
      chain.room.floors = undefined;
      await keeper.keep({ latest: { ...latest, number: 200n }, orders: [], holdings: [] }, signal);
      chain.room.floors = new Map([[BITCOIN, 2n * PRICE]]);
      await keeper.keep({ latest: { ...latest, number: 201n }, orders: [], holdings: [] }, signal);
      expect(told(), "again, after it was well").to.have.length(2);
    });
    it("leaves out what is paid with something that is closed to the hot key", async () => {
      expect((await keep(new Map(), 1_000)).sent).to.deep.equal([]);
      expect(told()).to.have.length(1);
      expect(told()[0]).to.contain("has no price floor");
    });
    it("lets an ask stand that is there, and only makes it smaller", async () => {
      const standing = { market: MARKET, lockPerInstance: 10n, expiry: NOW + 10n };
      expect((await keep(new Map(), 1_000, [ask({ ...standing, quantity: 4 })])).sent).to.deep.equal([]);
      const { chain } = await keep(new Map(), 1_000, [ask({ ...standing, quantity: 20 })]);
      expect(chain.sent[0]).to.deep.equal({ kind: "reduce", order: 1n, quantity: 8 });
    });
  });

  it("opens markets and registers classes that are not there", async () => {
    const chain = fakeChain();
    const market = chain.room.market;
    chain.room.market = { ...market, market: 0, computeUnits: 0 };
    const send = chain.send;
    chain.send = async (transaction) => {
      const block = await send(transaction);
      if (transaction.kind === "openMarket") chain.room.market = market;
      return block;
    };
    const marketplace = createMarketplace(chain, () => offers);
    expect(await marketplace.offerOf(MARKET)).to.equal(undefined);
    await marketplace.ensure();
    await marketplace.ensure();
    expect(chain.sent.map(({ kind }) => kind)).to.deep.equal(["registerClass", "openMarket"]);
    expect((await marketplace.offerOf(MARKET))?.flavor).to.equal("m1.small");
  });
});

describe("asks in a token", function () {
  this.timeout(20_000);
  const TOKEN = "0x00000000000000000000000000000000000000e1";
  const terms = { flavor: "m1.small", price: 27_000, maximum: 8, prepaidHours: 720 };
  const file = (offer: object) => ({
    network: "xov-net",
    access: accessPolicySchema.parse({}),
    images: [{ name: "debian-12", user: "debian" }],
    offers: [{ class: { vcpus: 1, memoryMiB: 256, diskGiB: 2, architecture: "x86_64" }, ...terms, ...offer }],
  });

  it("need no cover, no confirmations and no bond", async () => {
    const [chain, compute] = [fakeChain(), fakeCompute()];
    chain.room.freeStake = 2n * chain.room.market.startPenalty;
    chain.room.market = { ...chain.room.market, decade: 15 };
    const log = createLog({ name: "test", level: "silent" });
    const offers = offersSchema.parse(file({ quote: TOKEN }));
    const keeper = createAskKeeper({
      chain,
      compute,
      marketplace: createMarketplace(chain, () => offers),
      offers: () => offers,
      log,
    });
    const now = { latest: { number: 2n, hash: zeroHash, timestamp: NOW }, orders: [], holdings: [] };
    for (let i = 0; i < 2; i++) await keeper.keep(now, new AbortController().signal);
    const [placed] = chain.sent;
    if (placed?.kind !== "place") throw new Error("nothing was placed");
    expect(placed.ask).to.deep.include({ quantity: 2, confirmations: 0, prepaidHours: 0, bond: 0n });
  });
  it("are told from those in bitcoin when the offers are read", () => {
    const isGood = (offer: object) => offersSchema.safeParse(file(offer)).success;
    expect(isGood({ quote: TOKEN })).to.equal(true);
    expect(isGood({ quote: TOKEN, confirmations: 1 })).to.equal(false);
    expect(isGood({ quote: TOKEN, bond: "1" })).to.equal(false);
    expect(isGood({ quote: TOKEN, prepaidHours: 721 })).to.equal(false);
    expect(isGood({ quote: "0x12" })).to.equal(false);
    expect(isGood({})).to.equal(false);
    expect(isGood({ confirmations: 1, prepaidHours: 168 })).to.equal(true);
    expect(isGood({ confirmations: 1, prepaidHours: 169 })).to.equal(false);
  });
});

describe("the card", function () {
  this.timeout(20_000);
  it("is published when another one is, and once", async () => {
    const chain = fakeChain();
    const card = cardOf([{ name: "debian-12", user: "debian" }]);
    expect(hexToString(card)).to.equal('{"images":[{"name":"debian-12","user":"debian"}]}');
    const keeper = createCardKeeper(chain, () => card, createLog({ name: "test", level: "silent" }));
    await keeper.keep(card, 10n);
    expect(chain.sent).to.have.length(0);
    await keeper.keep(undefined, 1n);
    await keeper.keep(undefined, 1n);
    expect(chain.sent).to.deep.equal([{ kind: "publishCard", card }]);
    await keeper.keep("0x12", 100n);
    expect(chain.sent).to.have.length(2);
  });
});

describe("beatIfDue", function () {
  this.timeout(20_000);
  it("beats once its last proof is old enough", async () => {
    const chain = fakeChain();
    const { lastBeat } = chain.room;
    expect(await beatIfDue(chain, lastBeat + 1_199n, 1_200)).to.equal(false);
    expect(await beatIfDue(chain, lastBeat + 1_200n, 1_200)).to.equal(true);
    expect(chain.sent.map(({ kind }) => kind)).to.deep.equal(["beat"]);
  });
});
