// SPDX-License-Identifier: Apache-2.0

import { leaseAt } from "../../pool/accrual.ts";
import type { AnyLeaseSummary } from "../../pool/api.ts";

export type Phase = AnyLeaseSummary["phase"];

/** What a phase is called, and how it is coloured. */
export const PHASE_WORDS: Readonly<Record<Phase, { text: string; tone: "wait" | "good" | "warn" | "bad" | "off" }>> = {
  payment: { text: "Waiting for payment", tone: "wait" },
  lapsed: { text: "Not paid in time", tone: "bad" },
  starting: { text: "Starting", tone: "wait" },
  overdue: { text: "Not started in time", tone: "bad" },
  reserved: { text: "Reserved", tone: "good" },
  launching: { text: "Launching", tone: "wait" },
  running: { text: "Running", tone: "good" },
  notice: { text: "Running, under notice", tone: "warn" },
  grace: { text: "Used up", tone: "warn" },
  ended: { text: "Ended", tone: "off" },
};

/** Why a lease is over, for a person. */
export const REASON_WORDS: Readonly<Record<NonNullable<AnyLeaseSummary["reason"]>, string>> = {
  stopped: "You stopped it.",
  exhausted: "What was paid was used up, and the grace period passed without a payment.",
  declined: "The provider declined it.",
  "not-started": "The provider did not start it in time, and was penalised for that.",
  ended: "The provider ended it with notice.",
  evicted: "The provider ended it at once.",
  unpaid: "It was not paid within the hour.",
};

/**
 * The phase at a moment, between two answers of the pool: windows pass and balances run out by arithmetic alone.
 * @param now Unix seconds of the chain; undefined takes the pool's word
 */
export function phaseAt(lease: AnyLeaseSummary, now: number | undefined): Phase {
  const { phase, accrual, payBy, startBy } = lease;
  if (now === undefined) return phase;
  if (phase === "payment" && payBy !== null && now > payBy) return "lapsed";
  const isOverdue = startBy !== null && now > startBy;
  if (phase === "starting" && isOverdue) return "overdue";
  if (accrual === null) return phase;
  const { exhausted, over } = leaseAt(accrual, now);
  if (over) return "ended";
  if (isOverdue) return "overdue";
  if (exhausted) return "grace";
  return phase;
}
