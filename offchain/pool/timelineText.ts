// SPDX-License-Identifier: Apache-2.0
import type { TimelineData, TimelineKind } from "../indexer/timeline.ts";
import { satsExact, xov } from "./money.ts";

const sats = (msat: string) => `${satsExact(BigInt(msat))} sat`;

const CLOSED: Readonly<Record<string, string>> = {
  stopped: "Stopped by the holder.",
  exhausted: "Used up, and not paid again before the end of grace.",
  declined: "Closed without a start.",
  "not-started": "The provider did not start the instance in time, for which it loses stake.",
  ended: "Ended by the provider, with notice.",
  evicted: "The provider gave the place to somebody else.",
  unpaid: "Not paid in time.",
};

const TEXTS: { [K in TimelineKind]: (data: TimelineData[K]) => string } = {
  opened: ({ prepayment }) => `Reserved for a prepayment of ${sats(prepayment)}. Waiting for the payment.`,
  "payment-credited": ({ msat }) => `A payment of ${sats(msat)} was credited.`,
  "payment-moved": ({ height }) => `Bitcoin was reorganised: a payment is in block ${height} now, and still counts.`,
  "payment-revoked": ({ msat, kept }) =>
    `Bitcoin was reorganised, and a payment is no longer in it: ${sats(msat)} taken back${
      kept === "0" ? "." : `, ${sats(kept)} had been used up.`
    }`,
  funded: () => "Paid. The provider is asked to start the instance.",
  "unfunded-again": () => "What was paid no longer suffices. Waiting for a payment again.",
  started: () => "Started. The access details are here.",
  "access-posted": () => "The provider posted new access details.",
  "period-opened": () => "Paid again within grace. The time in between is not charged.",
  declined: ({ explanation }) =>
    explanation === "" ? "The provider declined, without a reason." : `The provider declined: ${explanation}`,
  closed: ({ reason, earned, owed }) => {
    const why = CLOSED[reason] ?? "Closed.";
    if (owed === "0") return why;
    return `${why} The provider keeps ${sats(earned)} and owes back ${sats(owed)}.`;
  },
  "collateral-released": ({ amount, left }) =>
    `${xov(BigInt(amount))} XOV of the provider's collateral is free again, ${xov(BigInt(left))} XOV is still locked.`,
};

/** What an entry of a lease's timeline says to a person. */
export function timelineText<K extends TimelineKind>(kind: K, data: TimelineData[K]): string {
  return TEXTS[kind](data);
}
