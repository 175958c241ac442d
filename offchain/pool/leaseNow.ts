// SPDX-License-Identifier: Apache-2.0
import type { ApplianceRow, ClassRow, LeaseRow } from "../indexer/tables.ts";
import { BEAT_WINDOW } from "../indexer/topics.ts";
import { leaseAt, secondsPaid } from "./accrual.ts";
import { type Accrual, CLOSE_REASONS, type LeaseSummary } from "./api.ts";
import { priceOf } from "./money.ts";
import { toClass } from "./offers.ts";

/** A lease with what its summary needs of other tables. */
export type LeaseWithParties = LeaseRow &
  Pick<ApplianceRow, "provider" | "region" | "grace" | "bitcoin_key" | "elapsed" | "last_beat"> &
  Omit<ClassRow, "id"> & { class_id: string };

/**
 * A lease as it is at a block's time: what the contracts' `statusOf` says, and what a person calls it. It is over by
 * arithmetic as soon as grace has ended, whether or not anybody has recorded it.
 * @param time Unix seconds
 */
export function leaseNow(row: LeaseWithParties, time: number): LeaseSummary {
  const accrual = row.state === "active" ? accrualOf(row) : null;
  const over = accrual !== null && leaseAt(accrual, time).over;
  const state = over ? "closed" : row.state;
  return {
    leaseId: row.id,
    holder: row.holder,
    state,
    phase: phaseOf(row, accrual, time),
    reason: over ? "exhausted" : (CLOSE_REASONS.find((reason) => reason === row.reason) ?? null),
    appliance: { id: row.appliance, provider: row.provider, region: row.region },
    class: toClass(row),
    price: priceOf(BigInt(row.price)),
    depositMsat: row.deposit,
    accrual: over ? null : accrual,
    payBy: row.pay_by,
    startBy: row.start_by,
    openedAt: row.opened_at,
    startedAt: row.started_at,
    closedAt: row.closed_at,
  };
}

function accrualOf(row: LeaseWithParties): Accrual {
  const periodStart = row.period_start ?? 0;
  const exhaustedAt = periodStart + secondsPaid(BigInt(row.deposit), BigInt(row.price));
  return {
    msatPerHour: row.price,
    depositMsat: row.deposit,
    periodStart,
    exhaustedAt,
    overAt: exhaustedAt + row.grace,
    clock: { elapsed: row.elapsed, lastBeat: row.last_beat, window: BEAT_WINDOW },
  };
}

function phaseOf(row: LeaseWithParties, accrual: Accrual | null, time: number): LeaseSummary["phase"] {
  switch (row.state) {
    case "unfunded":
      return time <= (row.pay_by ?? 0) ? "payment" : "lapsed";
    case "pending":
      return time <= (row.start_by ?? 0) ? "starting" : "overdue";
    case "active": {
      if (accrual === null) return "running";
      const { exhausted, over } = leaseAt(accrual, time);
      if (over) return "ended";
      return exhausted ? "grace" : "running";
    }
    case "closed":
      return "ended";
  }
}

/** What of a lease's deposit is earned and owed once it is over; null before. */
export function settlementOf(row: LeaseRow, state: LeaseSummary["state"]) {
  if (state !== "closed") return null;
  const deposit = BigInt(row.deposit);
  // Over by arithmetic, and not recorded yet: all of it is used up.
  const earned = row.earned === null ? deposit : BigInt(row.earned);
  return { earnedMsat: `${earned}`, owedMsat: `${deposit - earned}`, refundScript: row.refund_script };
}
