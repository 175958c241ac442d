// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { clockAt, secondsPaid } from "../../../offchain/indexer/exhaustion.ts";
import { leaseAt } from "../../../offchain/pool/accrual.ts";
import type { Accrual } from "../../../offchain/pool/api.ts";
import { priceOf, satsExact, satsUp, xov } from "../../../offchain/pool/money.ts";

const amount = fc.bigInt({ min: 1n, max: 10n ** 13n });
const price = fc.bigInt({ min: 1_000n, max: 9_999_000_000n });

function accrual(msat: bigint, msatPerHour: bigint, overrides: Partial<Accrual> = {}): Accrual {
  const periodStart = 1_000;
  const exhaustedAt = periodStart + secondsPaid(msat, msatPerHour);
  return {
    perHour: `${msatPerHour}`,
    deposit: `${msat}`,
    aside: "0",
    periodStart,
    exhaustedAt,
    overAt: exhaustedAt + 3_600,
    clock: { elapsed: periodStart, lastBeat: 50_000, window: Number.MAX_SAFE_INTEGER },
    ...overrides,
  };
}

describe("a lease's account", () => {
  it("is earned + left = deposit at every moment, and never goes back", () => {
    fc.assert(
      fc.property(amount, price, fc.array(fc.nat({ max: 10 ** 9 }), { minLength: 2 }), (deposit, perHour, seconds) => {
        let former = -1n;
        for (const each of seconds.sort((a, b) => a - b)) {
          const { earned, left } = leaseAt(accrual(deposit, perHour), 50_000 + each);
          expect(earned + left).to.equal(deposit);
          expect(earned >= former && left >= 0n).to.equal(true);
          former = earned;
        }
      }),
    );
  });

  it("is used up exactly when the contracts say so, and not a second before", () => {
    fc.assert(
      fc.property(amount, price, (deposit, perHour) => {
        const seconds = secondsPaid(deposit, perHour);
        const at = (second: number) => leaseAt(accrual(deposit, perHour), 50_000 + second);
        expect(at(seconds)).to.include({ earned: deposit, exhausted: true, secondsLeft: 0, over: false });
        expect(at(seconds - 1).earned < deposit).to.equal(true);
        expect(at(seconds - 1)).to.include({ exhausted: false, secondsLeft: 1 });
        expect(at(seconds + 3_599)).to.include({ over: false, graceSecondsLeft: 1 });
        expect(at(seconds + 3_600)).to.include({ over: true, graceSecondsLeft: 0 });
      }),
    );
  });

  it("counts fractions of a second for a page, and earns whole ones", () => {
    const at = leaseAt(accrual(3_600_000n, 3_600_000n), 50_000.5);
    expect(at).to.include({ clock: 1_000.5, earned: 0n, secondsLeft: 3_599.5 });
  });

  it("stands still when the provider has not proved life for the window", () => {
    const clock = { elapsed: 500, lastBeat: 10_000, window: 3_600 };
    expect(clockAt(clock, 9_999)).to.equal(500);
    expect(clockAt(clock, 13_599)).to.equal(4_099);
    expect(clockAt(clock, 99_999)).to.equal(4_100);
    const base = accrual(1_000_000n, 1_000n, { clock });
    expect(leaseAt(base, 13_599).counting).to.equal(true);
    expect(leaseAt(base, 13_600).counting).to.equal(false);
  });

  it("needs a price", () => {
    expect(() => secondsPaid(1n, 0n)).to.throw(RangeError);
  });
});

describe("amounts", () => {
  it("are exact to the millisatoshi", () => {
    expect([0n, 1n, 1_000n, 12_340n, 999_999n].map(satsExact)).to.deep.equal(["0", "0.001", "1", "12.34", "999.999"]);
    expect([0n, 1n, 1_000n, 1_001n].map(satsUp)).to.deep.equal([0n, 1n, 1n, 2n]);
  });

  it("are compared by the hour and by a month of 730 hours, rounded up", () => {
    expect(priceOf(1_001n)).to.deep.equal({ msatPerHour: "1001", satsPerHour: "1.001", satsPerMonth: "731" });
  });

  it("of XOV are cut to four decimals", () => {
    expect([0n, 10n ** 18n, 1_500_049_999_999_999_999n, 99_999n].map(xov)).to.deep.equal(["0", "1", "1.5", "0"]);
  });
});
