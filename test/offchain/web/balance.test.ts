// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { secondsPaid } from "../../../offchain/indexer/exhaustion.ts";
import type { Accrual, LeaseSummary, Payment } from "../../../offchain/pool/api.ts";
import {
  accountAt,
  balanceAt,
  coverAfter,
  LOW_SECONDS,
  secondsAdded,
  secondsBought,
} from "../../../offchain/web/lease/balance.ts";
import { paidOf, stillToPay } from "../../../offchain/web/lease/paid.ts";
import { phaseAt } from "../../../offchain/web/lease/phase.ts";
import { feeDue, startFeeState } from "../../../offchain/web/lease/startFee.ts";

const BEAT = 1_000_000;

function accrual(deposit: bigint, price = 3_600_000n, grace = 86_400): Accrual {
  const exhaustedAt = 500 + secondsPaid(deposit, price);
  return {
    perHour: `${price}`,
    deposit: `${deposit}`,
    aside: "0",
    periodStart: 500,
    exhaustedAt,
    overAt: exhaustedAt + grace,
    clock: { elapsed: 500, lastBeat: BEAT, window: 3_600 },
  };
}

describe("web: a lease's balance", () => {
  it("is low in the last 15 minutes, or the last tenth of what was paid", () => {
    const twoHours = accrual(7_200_000n);
    const short = accrual(1_800_000n);
    expect(balanceAt(twoHours, BEAT + 3_600).low, "an hour left").to.equal(false);
    const beaten = { ...twoHours, clock: { ...twoHours.clock, elapsed: 500 + 6_481 } };
    expect(balanceAt(beaten, BEAT).low, "under a tenth").to.equal(true);
    expect(balanceAt(short, BEAT + 1_800 - LOW_SECONDS).low, "15 minutes").to.equal(false);
    expect(balanceAt(short, BEAT + 1_801 - LOW_SECONDS).low, "under 15 minutes").to.equal(true);
    expect(balanceAt(short, BEAT + 1_800).low, "used up is not low").to.equal(false);
  });

  it("shows the share that is left", () => {
    expect(balanceAt(accrual(7_200_000n), BEAT + 1_800).share).to.equal(0.75);
    expect(balanceAt(accrual(7_200_000n), BEAT).share).to.equal(1);
    expect(balanceAt(accrual(0n), BEAT).share).to.equal(0);
  });

  it("never lets covered and uncovered differ from the unspent", () => {
    const msat = fc.bigInt({ min: 0n, max: 10n ** 12n });
    fc.assert(
      fc.property(msat, msat, msat, (left, payment, agreed) => {
        const { unspentMsat, coveredMsat, uncoveredMsat } = coverAfter(left, payment, agreed);
        expect(coveredMsat + uncoveredMsat).to.equal(left + payment);
        expect(unspentMsat).to.equal(left + payment);
        expect(coveredMsat <= agreed && uncoveredMsat >= 0n).to.equal(true);
      }),
    );
  });

  it("buys whole seconds, rounded down", () => {
    expect(secondsBought(3_599n, 3_600n)).to.equal(3_599);
    expect(secondsBought(1n, 3_601n)).to.equal(0);
  });
});

describe("web: the fee for the start", () => {
  const fee = (agreed: string, charged: string | null) => ({ agreed, earned: charged ?? "0", charged });

  it("is due until a start has decided, then charged or waived, and never charged without one", () => {
    expect(startFeeState(fee("0", null), false)).to.deep.equal({ kind: "none" });
    expect(startFeeState(fee("700", null), false)).to.deep.equal({ kind: "due", amount: 700n });
    expect(startFeeState(fee("700", null), true)).to.deep.equal({ kind: "never" });
    expect(startFeeState(fee("700", "0"), false)).to.deep.equal({ kind: "waived" });
    // Of a deposit that does not reach, only as much.
    expect(startFeeState(fee("700", "600"), true)).to.deep.equal({ kind: "charged", amount: 600n });
    expect([fee("700", null), fee("700", "0"), fee("700", "700")].map(feeDue)).to.deep.equal([700n, 0n, 0n]);
  });

  it("buys no time, and what comes before it is enough buys none either", () => {
    const before = { feeMsat: 1_500n, msatPerHour: 3_600n };
    expect(secondsAdded(5_100n, { ...before, paidMsat: 0n })).to.equal(3_600);
    expect(secondsAdded(1_500n, { ...before, paidMsat: 0n })).to.equal(0);
    expect(secondsAdded(4_100n, { ...before, paidMsat: 1_000n })).to.equal(3_600);
    expect(secondsAdded(10n, { ...before, paidMsat: 2_000n })).to.equal(10);
  });

  it("adds up with what time has used and what is left, at any moment", () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 11n });
    fc.assert(
      fc.property(amount, amount, amount, fc.nat(200_000), (deposit, startFee, aside, seconds) => {
        const lease = {
          currency: "bitcoin",
          depositMsat: `${deposit + startFee + aside}`,
          startFee: fee(`${startFee}`, `${startFee}`),
          accrual: { ...accrual(deposit), aside: `${aside}` },
        } as LeaseSummary;
        const at = accountAt(lease, BEAT + seconds);
        expect(at.startFee + at.used + at.left + at.aside).to.equal(at.paid);
        expect(at.earned + at.refundable).to.equal(at.paid);
        expect(at.left).to.equal(balanceAt(lease.accrual as Accrual, BEAT + seconds).left);
        expect(at.earned).to.equal(startFee + at.used);
      }),
    );
  });
});

describe("web: what has been paid", () => {
  const payment = (status: Payment["status"], sats: string): Payment => ({
    txid: "00".repeat(32),
    vout: 0,
    sats,
    status,
    confirmations: null,
    needed: 3,
    replacedBy: null,
  });

  it("counts what is there and what is under way, and nothing that was undone", () => {
    const paid = paidOf([
      payment("credited", "100"),
      payment("seen", "20"),
      payment("confirming", "3"),
      payment("replaced", "1000"),
      payment("dropped", "1000"),
      payment("revoked", "1000"),
    ]);
    expect(paid).to.deep.equal({ credited: 100n, underWay: 23n });
    expect(stillToPay(200n, paid)).to.equal(77n);
    expect(stillToPay(50n, paid)).to.equal(0n);
  });
});

describe("web: a lease's phase between two answers", () => {
  const lease = (part: Partial<LeaseSummary>) =>
    ({ phase: "payment", accrual: null, payBy: null, startBy: null, ...part }) as LeaseSummary;

  it("lapses when the payment window passes", () => {
    const waiting = lease({ payBy: 100 });
    expect([99, 100, 101].map((now) => phaseAt(waiting, now))).to.deep.equal(["payment", "payment", "lapsed"]);
  });

  it("is overdue when the start window passes", () => {
    const starting = lease({ phase: "starting", startBy: 100 });
    expect([100, 101].map((now) => phaseAt(starting, now))).to.deep.equal(["starting", "overdue"]);
  });

  it("runs, is used up and is over by arithmetic", () => {
    const running = lease({ phase: "running", accrual: accrual(60_000n, 3_600_000n, 10) });
    expect([59, 60, 69, 70].map((after) => phaseAt(running, BEAT + after))).to.deep.equal([
      "running",
      "grace",
      "grace",
      "ended",
    ]);
  });

  it("is the pool's word while the chain's time is not known", () => {
    expect(phaseAt(lease({ payBy: 1 }), undefined)).to.equal("payment");
  });
});
