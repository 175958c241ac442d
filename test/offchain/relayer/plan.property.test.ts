// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { LIMITS, plan } from "../../../offchain/relayer/plan.ts";
import { outpointKey } from "../../../offchain/relayer/types.ts";
import { Model, type Transfer } from "./support/model.ts";

/** Leases 0 to 2 are on the chain; 3 is not, and cannot be paid yet. */
const agreed = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 3, maxLength: 3 });
const transfer: fc.Arbitrary<Transfer> = fc.record({
  lease: fc.integer({ min: 0, max: 3 }),
  sats: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 9, arbitrary: fc.integer({ min: 1, max: 9999 }) }),
  coinbase: fc.boolean(),
  bytes: fc.integer({ min: 100, max: 60_000 }),
});

type Step =
  | { do: "mine"; transfers: Transfer[] }
  | { do: "reorg"; depth: number; keep: boolean }
  | { do: "act"; which: number[] };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("mine" as const), transfers: fc.array(transfer, { maxLength: 5 }) }),
  fc.record({ do: fc.constant("reorg" as const), depth: fc.integer({ min: 1, max: 8 }), keep: fc.boolean() }),
  fc.record({ do: fc.constant("act" as const), which: fc.array(fc.nat(), { maxLength: 6 }) }),
);
const history = fc.record({
  agreed,
  batchSize: fc.integer({ min: 1, max: 10 }),
  steps: fc.array(step, { maxLength: 40, size: "max" }),
});

function play(model: Model, steps: readonly Step[]): void {
  for (const each of steps) {
    if (each.do === "mine") model.mine(each.transfers);
    else if (each.do === "reorg") model.reorg(each.depth, each.keep);
    else {
      // Some of the actions, in any order: the others fail, or the relayer is killed. None is refused.
      const actions = plan(model.view());
      const chosen = new Set(each.which.map((i) => actions[i % actions.length]));
      for (const action of chosen) if (action !== undefined) model.apply(action);
    }
  }
}

/** Acts until there is nothing to do. */
function settle(model: Model): void {
  for (let rounds = 0; ; rounds++) {
    const actions = plan(model.view());
    if (actions.length === 0) return;
    expect(rounds, "rounds").to.be.lessThan(100);
    for (const action of actions) model.apply(action);
  }
}

describe("plan", () => {
  it("only ever does what the contracts accept, and ends with every payment credited exactly where it is", () => {
    fc.assert(
      fc.property(history, ({ agreed: depths, batchSize, steps }) => {
        const model = new Model(depths, batchSize);
        play(model, steps);
        settle(model);
        expect(model.client).to.deep.equal(model.node.map(({ hash }) => hash).slice(0, model.client.length));
        const due = model.payments().filter(({ leaseId, sats, coinbase, block }) => {
          const depth = depths[Number(BigInt(leaseId))];
          return depth !== undefined && sats > 0n && model.client.length - block.height >= (coinbase ? 100 : depth);
        });
        const credited = [...model.credits.values()].filter(({ block }) => block !== undefined);
        const standing = credited.filter((credit) => model.stands(credit));
        expect(standing.map(outpointKey)).to.have.members(due.map(outpointKey));
        // What else is credited has only been moved, and waits until it is deep enough to be proven there.
        const mined = new Set(model.payments().map(outpointKey));
        for (const credit of credited) expect(mined.has(outpointKey(credit)), "credited and gone").to.equal(true);
      }),
      { numRuns: 500 },
    );
  });

  it("proves deepest first, one block at a time, within what a transaction may hold", () => {
    fc.assert(
      fc.property(fc.array(fc.array(transfer, { maxLength: 90 }), { minLength: 1, maxLength: 5 }), (blocks) => {
        const model = new Model([1, 1, 1], 1000);
        for (const transfers of blocks) model.mine(transfers);
        for (const action of plan(model.view())) if (action.kind === "submitHeaders") model.apply(action);
        const proofs = plan(model.view()).flatMap((action) => (action.kind === "prove" ? [action.payments] : []));
        const heights = proofs.map((payments) => new Set(payments.map(({ block }) => block.height)));
        for (const each of heights) expect(each.size).to.equal(1);
        const inOrder = heights.flatMap((each) => [...each]);
        expect(inOrder).to.deep.equal(inOrder.toSorted((a, b) => a - b));
        for (const payments of proofs) {
          expect(payments.length).to.be.within(1, LIMITS.payments);
          const bytes = payments.reduce((sum, each) => sum + each.bytes, 0);
          if (payments.length > 1) expect(bytes).to.be.at.most(LIMITS.bytes);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("submits nothing, and takes nothing back, for a node that is behind", () => {
    const model = new Model([1], 10);
    for (let i = 0; i < 3; i++) model.mine([{ lease: 0, sats: 1, coinbase: false, bytes: 100 }]);
    settle(model);
    expect(plan({ ...model.view(), headers: undefined, payments: [], caughtUp: false })).to.deep.equal([]);
  });

  it("leaves alone what is set aside", () => {
    const model = new Model([1], 10);
    model.mine([{ lease: 0, sats: 1, coinbase: false, bytes: 100 }]);
    for (const action of plan(model.view())) model.apply(action);
    const [payment] = model.payments();
    if (payment === undefined) throw new Error("no payment");
    expect(plan(model.view()).map(({ kind }) => kind)).to.deep.equal(["prove"]);
    expect(plan({ ...model.view(), setAside: new Set([outpointKey(payment)]) })).to.deep.equal([]);
  });
});
