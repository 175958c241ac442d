// SPDX-License-Identifier: Apache-2.0

import { leaseAt } from "../../pool/accrual.ts";
import type { LeaseSummary } from "../../pool/api.ts";

export type Phase = LeaseSummary["phase"];

/** What a phase is called, and how it is coloured. */
export const PHASE_WORDS: Readonly<Record<Phase, { text: string; tone: "wait" | "good" | "warn" | "bad" | "off" }>> = {
  payment: { text: "Waiting for payment", tone: "wait" },
  lapsed: { text: "Not paid in time", tone: "bad" },
  starting: { text: "Starting", tone: "wait" },
  overdue: { text: "Not started in time", tone: "bad" },
  running: { text: "Running", tone: "good" },
  grace: { text: "Used up", tone: "warn" },
  ended: { text: "Ended", tone: "off" },
};

/** Why a lease is over, for a person. */
export const REASON_WORDS: Readonly<Record<NonNullable<LeaseSummary["reason"]>, string>> = {
  stopped: "You stopped it.",
  exhausted: "What was paid was used up, and the grace period passed without a payment.",
  declined: "The provider declined it.",
  "not-started": "The provider did not start it in time, and was penalised for that.",
  ended: "The provider ended it with notice.",
  evicted: "The provider evicted it.",
  unpaid: "It was not paid within the hour.",
};

/**
 * The phase at a moment, between two answers of the pool: windows pass and balances run out by arithmetic alone.
 * @param now Unix seconds of the chain; undefined takes the pool's word
 */
export function phaseAt(lease: LeaseSummary, now: number | undefined): Phase {
  const { phase, accrual, payBy, startBy } = lease;
  if (now === undefined) return phase;
  if (phase === "payment" && payBy !== null && now > payBy) return "lapsed";
  if (phase === "starting" && startBy !== null && now > startBy) return "overdue";
  if ((phase === "running" || phase === "grace") && accrual !== null) {
    const { exhausted, over } = leaseAt(accrual, now);
    if (over) return "ended";
    return exhausted ? "grace" : "running";
  }
  return phase;
}
