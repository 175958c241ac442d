// SPDX-License-Identifier: Apache-2.0
import { zeroAddress } from "viem";
import type { TimelineData, TimelineKind } from "../indexer/timeline.ts";
import { satsExact, xov } from "./money.ts";

const sats = (msat: string) => {
  const amount = satsExact(BigInt(msat));
  return `${amount} ${amount === "1" ? "sat" : "sats"}`;
};
/** What a unit of a token is worth only the token says. */
const units = (amount: string, token: string) => `${amount} base units of token ${token}`;

const CLOSED: Readonly<Record<string, string>> = {
  stopped: "Stopped by the holder.",
  exhausted: "Used up, and not paid again before the end of grace.",
  declined: "Closed, because the provider declined.",
  "not-started": "The provider did not start the instance in time, for which it loses stake.",
  "not-rebuilt": "The provider did not launch the new spec in time.",
  ended: "Ended by the provider, with notice.",
  evicted: "Ended by the provider, at once.",
  unpaid: "Not paid in time.",
};

const TEXTS: { [K in TimelineKind]: (data: TimelineData[K]) => string } = {
  "opened-in-token": ({ prepayment, token }) => `Opened, with ${units(prepayment, token)} in escrow.`,
  opened: ({ prepayment }) => `Reserved for a prepayment of ${sats(prepayment)}. Waiting for the payment.`,
  "payment-credited": ({ msat }) => `A payment of ${sats(msat)} was credited.`,
  "payment-moved": ({ height }) => `Bitcoin was reorganised: a payment is in block ${height} now, and still counts.`,
  "payment-revoked": ({ msat, kept }) =>
    `Bitcoin was reorganised, and a payment is no longer in it: ${sats(msat)} taken back${
      kept === "0" ? "." : `, ${sats(kept)} had been used up.`
    }`,
  "set-aside": ({ msat }) =>
    `${sats(msat)} came in grace, too little for ten minutes. They are kept for you until enough comes.`,
  "topped-up": ({ amount, token }) => `${units(amount, token)} were added.`,
  funded: () => "Paid. The provider is asked to start the instance.",
  "unfunded-again": () => "What was paid no longer suffices. Waiting for a payment again.",
  reserved: () => "Paid and reserved: the place is yours and is charged, and nothing runs on it until you launch.",
  "launch-asked": () => "A launch was asked for. The provider is asked to start the instance.",
  started: ({ again }) =>
    again === 1 ? "Rebuilt. The new access details are here." : "Started. The access details are here.",
  "start-fee": ({ amount, token }) =>
    `The start fee was charged: ${token === zeroAddress ? sats(amount) : units(amount, token)}, since the start was beyond the holder's limit.`,
  "access-posted": () => "The provider posted new access details.",
  "period-opened": () => "Paid again within grace. The time in between is not charged.",
  settled: ({ amount, token }) => `${units(amount, token)} that were earned went to the provider.`,
  "notice-given": () =>
    "The provider gave notice: the lease ends when what is paid now is used up. What is paid later does not extend it.",
  declined: ({ explanation }) =>
    explanation === "" ? "The provider declined, without a reason." : `The provider declined: ${explanation}`,
  evicted: ({ explanation }) =>
    explanation === ""
      ? "The provider ends the lease, without a reason."
      : `The provider ends the lease: ${explanation}`,
  resold: () => "Sold: another holder has the lease now.",
  closed: ({ reason, earned, owed, token }) => {
    const why = CLOSED[reason] ?? "Closed.";
    if (owed === "0") return why;
    if (token !== undefined) {
      return `${why} The provider keeps ${earned} base units of token ${token}; ${owed} went back to your vault balance.`;
    }
    return `${why} The provider keeps ${sats(earned)} and owes back ${sats(owed)}.`;
  },
  "collateral-released": ({ amount, left }) =>
    `${xov(BigInt(amount))} XOV of the provider's collateral is free again, ${xov(BigInt(left))} XOV is still locked.`,
  "refund-proven": ({ msat }) => `The provider refunded ${sats(msat)} in bitcoin.`,
  "refund-confirmed": () => "A refund counts for good: Bitcoin has kept it for three days.",
  "refund-revoked": ({ msat }) =>
    `Bitcoin was reorganised, and a refund is no longer in it: ${sats(msat)} are owed again.`,
  "collateral-claimed": ({ msat }) =>
    `The provider's collateral for ${sats(msat)} was claimed for you. It is paid in two weeks, unless the refund comes before.`,
  "claim-paid": ({ msat, amount }) =>
    msat === "0"
      ? "The claim has lapsed: what it was for had been refunded."
      : `${xov(BigInt(amount))} XOV of the provider's collateral went to your vault balance for ${sats(msat)} that were owed.`,
};

/** What an entry of a lease's timeline says to a person. */
export function timelineText<K extends TimelineKind>(kind: K, data: TimelineData[K]): string {
  return TEXTS[kind](data);
}
