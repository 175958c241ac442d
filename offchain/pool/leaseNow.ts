// SPDX-License-Identifier: Apache-2.0
import { zeroAddress } from "viem";
import { secondsPaid } from "../indexer/exhaustion.ts";
import type { ApplianceRow, ClassRow, LeaseRow } from "../indexer/tables.ts";
import { BEAT_WINDOW } from "../indexer/topics.ts";
import { leaseAt } from "./accrual.ts";
import { type Accrual, type AnyLeaseSummary, CLOSE_REASONS } from "./api.ts";
import { priceOf } from "./money.ts";
import { toClass } from "./offers.ts";

/** A lease with what its summary needs of other tables. */
export type LeaseWithParties = LeaseRow &
  Pick<ApplianceRow, "provider" | "region" | "grace" | "bitcoin_key" | "elapsed" | "last_beat"> &
  Omit<ClassRow, "id"> & { class_id: string; quote: string };

type Reason = AnyLeaseSummary["reason"];

/**
 * A lease as it is at a block's time: what the contracts' `statusOf` says, and what a person calls it. It is over by
 * arithmetic as soon as grace has ended, whether or not anybody has recorded it.
 * @param time Unix seconds
 */
export function leaseNow(row: LeaseWithParties, time: number): AnyLeaseSummary {
  const accrual = accrualOf(row);
  const over = accrual !== null && leaseAt(accrual, time).over;
  const common = {
    leaseId: row.id,
    holder: row.holder,
    state: over ? ("closed" as const) : row.state,
    phase: phaseOf(row, accrual, time),
    reason: over ? endOf(row, time) : (CLOSE_REASONS.find((reason) => reason === row.reason) ?? null),
    stoppable: !over && row.state !== "unfunded" && row.state !== "closed",
    appliance: { id: row.appliance, provider: row.provider, region: row.region },
    class: toClass(row),
    accrual: over ? null : accrual,
    payBy: row.pay_by,
    startBy: row.start_by,
    startFee: { agreed: row.start_fee, earned: row.fee_earned, charged: row.fee_charged },
    openedAt: row.opened_at,
    startedAt: row.started_at,
    closedAt: row.closed_at,
  };
  if (row.quote !== zeroAddress) {
    return { ...common, currency: "token", token: row.quote, perHour: row.price, deposit: row.deposit };
  }
  return { ...common, currency: "bitcoin", price: priceOf(BigInt(row.price)), depositMsat: row.deposit };
}

/** Null unless time costs. */
function accrualOf(row: LeaseWithParties): Accrual | null {
  if (row.state !== "reserved" && row.state !== "active") return null;
  const periodStart = row.period_start ?? 0;
  const spendable = BigInt(row.deposit) - BigInt(row.aside) - BigInt(row.fee_earned);
  const exhaustedAt = row.ends_at ?? periodStart + secondsPaid(spendable, BigInt(row.price));
  return {
    perHour: row.price,
    deposit: `${spendable}`,
    aside: row.aside,
    periodStart,
    exhaustedAt,
    overAt: row.ends_at ?? exhaustedAt + row.grace,
    clock: { elapsed: row.elapsed, lastBeat: row.last_beat, window: BEAT_WINDOW },
  };
}

/** Whether a start is awaited that has not come in its window. */
function missedStart({ start_by }: LeaseRow, time: number): boolean {
  return start_by !== null && time > start_by;
}

/** How a lease has ended by itself: a start that was missed comes first. */
function endOf(row: LeaseRow, time: number): Reason {
  if (missedStart(row, time)) return "not-started";
  return row.ends_at === null ? "exhausted" : "ended";
}

function phaseOf(row: LeaseWithParties, accrual: Accrual | null, time: number): AnyLeaseSummary["phase"] {
  switch (row.state) {
    case "unfunded":
      return time <= (row.pay_by ?? 0) ? "payment" : "lapsed";
    case "pending":
      return missedStart(row, time) ? "overdue" : "starting";
    case "reserved":
    case "active": {
      const { exhausted = false, over = false } = accrual === null ? {} : leaseAt(accrual, time);
      if (over) return "ended";
      if (missedStart(row, time)) return "overdue";
      if (exhausted) return "grace";
      if (row.start_by !== null) return "launching";
      if (row.ends_at !== null) return "notice";
      return row.state === "reserved" ? "reserved" : "running";
    }
    case "closed":
      return "ended";
  }
}

/**
 * What of a lease's deposit is earned once it is over, and what is not: refunded, or in bitcoin owed.
 * @returns null before it is over
 */
export function settlementOf(row: LeaseWithParties, time: number): { earned: bigint; refundable: bigint } | null {
  const deposit = BigInt(row.deposit);
  if (row.state === "closed") {
    const earned = BigInt(row.earned ?? 0);
    return { earned, refundable: deposit - earned };
  }
  const accrual = accrualOf(row);
  const at = accrual === null ? undefined : leaseAt(accrual, time);
  if (at === undefined || !at.over) return null;
  // Over by arithmetic, and not recorded yet. What never started because of its provider has earned nothing.
  const earned = row.state === "reserved" && missedStart(row, time) ? 0n : at.earned + BigInt(row.fee_earned);
  return { earned, refundable: deposit - earned };
}
