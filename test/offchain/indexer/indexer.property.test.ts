// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { emptyIndex, onBothDatabases } from "./support/databases.ts";
import { dump } from "./support/dump.ts";
import { follow, newChain } from "./support/follow.ts";
import { simulation } from "./support/simulation.ts";

type Op = { kind: "mine" | "reorg" | "finalize" | "restart"; n: number };

const op: fc.Arbitrary<Op> = fc.record({
  kind: fc.constantFrom("mine" as const, "mine" as const, "mine" as const, "reorg", "finalize", "restart"),
  n: fc.nat({ max: 6 }),
});

/** Lehmer's generator: numbers in [0, 1) that a failing run can repeat. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe("the index after reorgs and restarts", function () {
  this.timeout(300_000);

  onBothDatabases((db) => {
    it("is the one that is built from the chain that is left", async () => {
      const scenario = fc.record({
        ops: fc.array(op, { minLength: 5, maxLength: 30 }),
        seed: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
      });
      await fc.assert(
        fc.asyncProperty(scenario, async ({ ops, seed }) => {
          const chain = newChain();
          const market = simulation(chain, randomOf(seed));
          await emptyIndex(db());
          for (const { kind, n } of ops) {
            if (kind === "mine") for (let i = 0; i <= n; i++) market.step(n);
            if (kind === "reorg") market.reorg(n);
            if (kind === "finalize") chain.finalize(n);
            // Now and then, at any point of the work, so that some commits take in many blocks.
            if (kind === "restart") await follow({ db: db(), chain, until: ({ seq }) => seq % (n + 1) === 0 });
          }
          market.step(1);
          await follow({ db: db(), chain });
          const grown = await dump(db());
          await emptyIndex(db());
          await follow({ db: db(), chain });
          expect(grown).to.deep.equal(await dump(db()));
        }),
        { numRuns: 25 },
      );
    });
  });
});
