// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { sql } from "kysely";
import { emptyIndex, onBothDatabases } from "./support/databases.ts";
import { follow, newChain } from "./support/follow.ts";
import { simulation } from "./support/simulation.ts";

const BLOCKS = 2_000;
/** Far below what is measured, for a machine that has other things to do; far above what any chain brings. */
const LEAST_PER_SECOND = 200;

describe("taking in a chain's history", function () {
  this.timeout(180_000);

  onBothDatabases((db) => {
    it("is much faster than the chain grows", async () => {
      await emptyIndex(db());
      const chain = newChain();
      let state = 7;
      const random = () => {
        state = (state * 48_271) % 2_147_483_647;
        return state / 2_147_483_647;
      };
      const market = simulation(chain, random);
      for (let i = 0; i < BLOCKS; i++) market.step(4);
      chain.finalize(10);
      const begun = performance.now();
      const { events, commits, eventsPerSecond } = (await follow({ db: db(), chain })).report();
      const ms = Math.round(performance.now() - begun);
      const { rows } = await sql<{ count: number }>`select count(*) from timeline`.execute(db());
      expect(rows[0]?.count).to.be.greaterThan(BLOCKS);
      process.stdout.write(`      ${events} events in ${ms} ms and ${commits} commits: ${eventsPerSecond} events/s\n`);
      expect(eventsPerSecond).to.be.greaterThan(LEAST_PER_SECOND);
    });
  });
});
