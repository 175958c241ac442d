// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import {
  type BookEvent,
  type BookState,
  type ChainBook,
  createBook,
  emptyBook,
} from "../../../offchain/relayer/book.ts";
import { leaseId } from "./support/model.ts";

const id = fc.integer({ min: 0, max: 3 }).map(leaseId);
const bytes32 = fc.integer({ min: 0, max: 3 }).map(leaseId);
const small = fc.nat({ max: 1000 });
const event: fc.Arbitrary<BookEvent> = fc.oneof(
  fc.record({ type: fc.constant("headersAccepted" as const), height: small }),
  fc.record({ type: fc.constant("applianceRegistered" as const), appliance: small, bitcoinKey: bytes32 }),
  fc.record({
    type: fc.constant("opened" as const),
    leaseId: id,
    appliance: small,
    confirmations: fc.integer({ min: 1, max: 144 }),
    payBy: small,
  }),
  fc.record({ type: fc.constant("funded" as const), leaseId: id }),
  fc.record({ type: fc.constant("unfunded" as const), leaseId: id, payBy: small }),
  fc.record({ type: fc.constant("closed" as const), leaseId: id, time: small }),
  fc.record({
    type: fc.constant("credited" as const),
    leaseId: id,
    txid: bytes32,
    vout: fc.constant(0),
    msat: fc.bigInt({ min: 1n, max: 1000n }),
    height: small,
    blockHash: bytes32,
  }),
  fc.record({
    type: fc.constant("moved" as const),
    leaseId: id,
    txid: bytes32,
    vout: fc.constant(0),
    height: small,
    blockHash: bytes32,
  }),
  fc.record({
    type: fc.constant("revoked" as const),
    leaseId: id,
    txid: bytes32,
    vout: fc.constant(0),
    kept: fc.bigInt({ min: 0n, max: 1000n }),
  }),
);
const swapEvent: fc.Arbitrary<BookEvent> = fc.oneof(
  fc.record({
    type: fc.constant("offered" as const),
    offer: fc.integer({ min: 1, max: 2 }),
    bitcoinKey: bytes32,
    confirmations: fc.integer({ min: 1, max: 100 }),
  }),
  fc.record({
    type: fc.constant("reserved" as const),
    leaseId: id,
    offer: fc.integer({ min: 1, max: 2 }),
    deadline: small,
  }),
  fc.record({ type: fc.constant("unpaid" as const), leaseId: id, deadline: small }),
  fc.record({ type: fc.constant("held" as const), leaseId: id, until: small }),
);
const order = fc.bigInt({ min: 1n, max: 4n });
const askEvent: fc.Arbitrary<BookEvent> = fc.oneof(
  fc.record({ type: fc.constant("attested" as const), appliance: fc.nat({ max: 2 }), until: small }),
  fc.record({ type: fc.constant("asked" as const), order, appliance: fc.nat({ max: 2 }), expiry: small }),
  fc.record({ type: fc.constant("orderGone" as const), order }),
);
const block = fc.array(
  fc.oneof({ weight: 3, arbitrary: event }, { weight: 1, arbitrary: swapEvent }, { weight: 1, arbitrary: askEvent }),
  { maxLength: 4 },
);

type Step = { do: "block"; events: BookEvent[] } | { do: "reorg"; depth: number } | { do: "settle"; depth: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("block" as const), events: block }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reorg" as const), depth: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("settle" as const), depth: fc.nat({ max: 5 }) }) },
);

function read({ payees, credits, appliances, attestedUntil, asks, offers }: ChainBook) {
  return {
    attestedUntil: new Map(attestedUntil),
    asks: new Map(asks),
    payees: new Map(payees),
    credits: new Map(credits),
    appliances: new Map(appliances),
    offers: new Map(offers),
  };
}

/** The book of a chain without reorgs. */
function plain(blocks: readonly BookEvent[][], start: BookState = emptyBook(0)): ChainBook {
  const book = createBook(start);
  for (const [i, events] of blocks.entries()) book.apply(BigInt(i), events);
  return book;
}

describe("book", () => {
  it("after any reorgs is that of the chain that is left, and what is settled that of the blocks that are final", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30, size: "max" }), (steps) => {
        const book = createBook(emptyBook(0));
        const chain: BookEvent[][] = [];
        let final = 0;
        for (const each of steps) {
          if (each.do === "block") {
            book.apply(BigInt(chain.length), each.events);
            chain.push(each.events);
          } else if (each.do === "reorg") {
            chain.length = Math.max(final, chain.length - each.depth);
            book.rewind(BigInt(chain.length - 1));
          } else {
            final = Math.max(final, chain.length - each.depth);
            book.settle(BigInt(final - 1));
          }
        }
        expect(read(book)).to.deep.equal(read(plain(chain)));
        const settled = plain(chain.slice(0, final));
        settled.settle(BigInt(final));
        expect(book.settled()).to.deep.equal(settled.settled());
      }),
      { numRuns: 300 },
    );
  });

  it("goes on from what was settled", () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 10 }), fc.nat({ max: 10 }), (blocks, cut) => {
        const first = plain(blocks.slice(0, cut));
        first.settle(BigInt(cut));
        const second = createBook(first.settled());
        for (const [i, events] of blocks.slice(cut).entries()) second.apply(BigInt(cut + i), events);
        expect(read(second)).to.deep.equal(read(plain(blocks)));
      }),
    );
  });

  it("forgets leases that are past with their credits, but none with news that is not settled; nothing brings them back", () => {
    const payment = { txid: leaseId(9), vout: 0, msat: 5n, height: 7, blockHash: leaseId(8) };
    const open = (n: number): BookEvent[] => [
      { type: "opened", leaseId: leaseId(n), appliance: 1 },
      { type: "credited", leaseId: leaseId(n), ...payment },
    ];
    const book = createBook(emptyBook(0));
    book.apply(1n, [...open(1), ...open(2), ...open(3)]);
    book.settle(1n);
    book.apply(2n, [{ type: "funded", leaseId: leaseId(2) }]);
    book.forget(({ leaseId: id }) => id !== leaseId(3));
    const known = () => [...book.payees.keys()];
    expect(known()).to.deep.equal([leaseId(2), leaseId(3)]);
    expect([...book.credits.values()].map((credit) => credit.leaseId)).to.deep.equal([leaseId(2), leaseId(3)]);
    book.rewind(1n);
    expect(known()).to.deep.equal([leaseId(2), leaseId(3)]);
    // Somebody proves a late payment to it.
    book.apply(2n, [{ type: "credited", leaseId: leaseId(1), ...payment }]);
    expect(known()).to.deep.equal([leaseId(2), leaseId(3)]);
    expect(book.credits.size).to.equal(2);
    expect([...book.settled().payees.keys()]).to.deep.equal([leaseId(2), leaseId(3)]);
  });

  it("knows the asks that rest, and forgets those that have expired, settled or not", () => {
    const book = createBook(emptyBook(0));
    const ask = (order: bigint, expiry: number): BookEvent => ({ type: "asked", order, appliance: 7, expiry });
    book.apply(1n, [ask(1n, 100), ask(2n, 200), { type: "attested", appliance: 7, until: 300 }]);
    book.settle(1n);
    book.apply(2n, [ask(3n, 150), ask(4n, 400), { type: "orderGone", order: 2n }]);
    expect([...book.asks.keys()]).to.deep.equal([1n, 3n, 4n]);
    book.forgetAsks(100);
    expect([...book.asks.keys()], "its last second").to.deep.equal([1n, 3n, 4n]);
    book.forgetAsks(151);
    expect([...book.asks.keys()]).to.deep.equal([4n]);
    book.rewind(1n);
    expect([...book.asks.keys()]).to.deep.equal([2n]);
    expect([...book.settled().asks.keys()]).to.deep.equal([2n]);
    expect(book.attestedUntil.get(7)).to.equal(300);
  });
});
