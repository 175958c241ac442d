// SPDX-License-Identifier: Apache-2.0
// The simulation's arithmetic is the contract's, and what the docs show is what it gives.

import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { TRUST_PARAMETERS } from "../../scripts/deploy/trustParameters.ts";
import { plotOf } from "../../scripts/simulate/plot.ts";
import { ATTEMPTS, attemptsOf, PHASES, randoms, SEED, simulate, summaryOf } from "../../scripts/simulate/scenario.ts";
import {
  deliver,
  excessOf,
  globalRate,
  marginalPrice,
  startAnonymously,
  targetRate,
  youngMarket,
} from "../../scripts/simulate/startMarket.ts";
import { at, loadFixture, time } from "./fixture.ts";
import { trusting } from "./trustFixture.ts";

/** For the provider, in one start; XOV base units. */
const AFFORDABLE = 300n * 10n ** 18n;

describe("the simulation of anonymous starts", () => {
  it("computes as the contract does, to the last base unit", async () => {
    const s = await loadFixture(trusting);
    const trust = s.trust.connect(s.asLeases);
    const random = randoms(1);
    let now = (await time.latest()) + 1;
    let granted = 0;
    let market = youngMarket(TRUST_PARAMETERS, BigInt(now));
    for (let i = 0; i < 120; i += 1) {
      now += 1 + Math.floor(random() ** 4 * 20_000);
      await at(now);
      if (random() < 0.3) {
        const compute = BigInt(Math.floor(random() ** 3 * 1e12));
        market = deliver(market, compute, BigInt(now)).market;
        await trust.delivered(s.holder, s.relayer, s.pool, compute);
      } else {
        const units = 400n + BigInt(Math.floor(random() ** 2 * 30_000));
        const started = startAnonymously(market, units, BigInt(now));
        if (started === undefined) {
          await expect(trust.started(s.stranger, s.provider, units)).to.be.revertedWithCustomError(
            trust,
            "Trust_StartsExhausted",
          );
          continue;
        }
        if (started.cost > AFFORDABLE) continue;
        market = started.market;
        granted += 1;
        await expect(trust.started(s.stranger, s.provider, units))
          .to.emit(trust, "StartPaid")
          .withArgs(s.provider, s.stranger, units, started.cost, market.clearsAt);
      }
      expect(await s.trust.globalRate()).to.equal(globalRate(market, BigInt(now)));
      expect(await s.trust.targetRate()).to.equal(targetRate(market, BigInt(now)));
      const { perUnit, excess } = await s.trust.pricing();
      expect([perUnit, excess]).to.deep.equal([marginalPrice(market, BigInt(now)), excessOf(market, BigInt(now))]);
    }
    expect(granted > 50).to.equal(true);
  });

  it("is drawn in the docs as it comes out", async () => {
    const steps = simulate(TRUST_PARAMETERS, attemptsOf(SEED));
    expect(steps.length).to.equal(ATTEMPTS);
    const plot = await readFile(new URL("../../contracts/trust/starts.svg", import.meta.url), "utf8");
    expect(plot === plotOf(steps)).to.equal(true);
  });

  it("gives a thousand keys what one has", () => {
    const many = summaryOf(simulate(TRUST_PARAMETERS, attemptsOf(SEED)));
    const one = summaryOf(simulate(TRUST_PARAMETERS, attemptsOf(SEED, 1)));
    expect(many).to.deep.equal(one);
  });

  it("bounds the price, lets users start in quiet times, and recovers at the target's speed", () => {
    const steps = simulate(TRUST_PARAMETERS, attemptsOf(SEED));
    const { floor } = TRUST_PARAMETERS;
    // e^16 = 8886110.52…
    expect(steps.every((s) => s.price >= floor && s.price <= floor * 8_886_111n)).to.equal(true);
    const quiet = steps.filter((s) => !s.attacker && s.at < PHASES.rush.from);
    expect(quiet.every((s) => s.granted)).to.equal(true);
    const { attacker } = summaryOf(steps);
    // each start beyond the target multiplies the price: most of the attack is refused, the rest costs what it should
    expect(attacker.granted < attacker.asked / 10 && attacker.paid > 100 * attacker.granted * 0.0128).to.equal(true);
    const last = steps.filter((s) => !s.attacker && s.at > PHASES.end - 24 * 3600);
    expect(last.every((s) => s.granted)).to.equal(true);
  });
});
