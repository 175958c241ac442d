// SPDX-License-Identifier: Apache-2.0
import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import fc from "fast-check";
import { pino } from "pino";
import { askPrice } from "../../va/askPrice.ts";
import { liveOffers } from "../../va/liveOffers.ts";
import { offersSchema } from "../../va/offers.ts";
import { decodePrice, encodePriceUp } from "../../va/price.ts";
import { createWorld, eventually, OFFER, OFFERS, PRICE, type World } from "./world.ts";

describe("encodePriceUp", () => {
  it("gives the lowest code that is at least the price", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, decodePrice(62_999)), fc.integer({ min: 0, max: 20 }), (price, decade) => {
        const code = encodePriceUp(price, decade);
        expect(decodePrice(code, decade) >= price).to.equal(true);
        if (code > 0) expect(decodePrice(code - 1, decade) < price).to.equal(true);
      }),
    );
  });
  it("gives back every code's own price", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 62_999 }), (code) => encodePriceUp(decodePrice(code)) === code));
  });
  it("refuses a price above the highest", () => {
    expect(() => encodePriceUp(decodePrice(62_999) + 1n)).to.throw(RangeError);
  });
});

describe("askPrice", () => {
  const rule = { cost: 1_000_000n, margin: 0.2, rush: 0.5 };

  it("is the offer's own when it is fixed", () => {
    expect(askPrice({ price: 27_000, maximum: 8 }, 8, 0)).to.equal(27_000);
  });
  it("is cost and margin while nothing is leased, and rises with what is, in tenths", () => {
    const at = (leased: number) => decodePrice(askPrice({ price: rule, maximum: 20 }, leased, 0));
    expect(at(0)).to.equal(1_200_000n);
    expect(at(1)).to.equal(1_200_000n);
    expect(at(2)).to.equal(1_250_000n);
    expect(at(20)).to.equal(1_700_000n);
    expect(at(30)).to.equal(1_700_000n);
  });
  it("never falls as more is leased, and never below the cost", () => {
    const rules = fc.record({
      cost: fc.bigInt(1n, 10n ** 8n),
      margin: fc.double({ min: 0, max: 9, noNaN: true }),
      rush: fc.double({ min: 0, max: 9, noNaN: true }),
    });
    fc.assert(
      fc.property(rules, fc.nat(50), fc.nat(60), fc.nat(60), (price, maximum, one, other) => {
        const [fewer, more] = [Math.min(one, other), Math.max(one, other)];
        const code = askPrice({ price, maximum }, fewer, 0);
        expect(code).to.be.at.most(askPrice({ price, maximum }, more, 0));
        expect(decodePrice(code) >= price.cost).to.equal(true);
      }),
    );
  });
});

describe("liveOffers", () => {
  it("takes over what changed, and keeps what it has when the file cannot be used, which it says once", async () => {
    const first = offersSchema.parse(OFFERS);
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(line) });
    let read = async () => first;
    const live = liveOffers(first, () => read(), log);
    await live.reload();
    expect(lines).to.deep.equal([]);
    read = async () => {
      throw new Error("not JSON");
    };
    await live.reload();
    await live.reload();
    expect(live.now()).to.equal(first);
    expect(lines.filter((line) => line.includes("not JSON"))).to.have.length(1);
    const fresh = { ...first, maintenance: true };
    read = async () => fresh;
    await live.reload();
    expect(live.now()).to.equal(fresh);
  });
});

describe("the offers file of a running appliance", function () {
  this.timeout(120_000);
  let world: World;

  before(async () => {
    world = await createWorld();
    await world.startVa();
    await eventually("an ask", async () => (await world.asks()).length === 1);
  });
  after(() => world?.stop());

  const write = (offers: object) => writeFile(world.files.offers, JSON.stringify({ ...OFFERS, ...offers }));

  it("follows a new price", async () => {
    await write({ offers: [{ ...OFFER, price: 27_500 }] });
    await eventually("the new price", async () => {
      const asks = await world.asks();
      return asks.length === 1 && asks[0]?.price === 27_500;
    });
    await write({ offers: [OFFER] });
    await eventually("the old price", async () => (await world.asks())[0]?.price === OFFER.price);
  });

  it("raises the price as more is leased", async () => {
    const price = { cost: `${PRICE}`, margin: 0, rush: 1 };
    await write({ offers: [{ ...OFFER, maximum: 5, price }] });
    await eventually("at cost", async () => (await world.asks())[0]?.price === OFFER.price);
    const { leaseId } = await world.lease();
    await world.pay(leaseId, PRICE);
    const raised = encodePriceUp((PRICE * 12n) / 10n);
    await eventually("a fifth more", async () => (await world.asks()).some((ask) => ask.price === raised));
  });

  it("sells nothing new in maintenance, while what is leased runs on", async () => {
    await write({ maintenance: true });
    await eventually("no asks", async () => (await world.asks()).length === 0);
    expect(world.cloud.control.servers().map(({ status }) => status)).to.deep.equal(["ACTIVE"]);
    await write({});
    await eventually("an ask again", async () => (await world.asks()).length === 1);
  });
});
