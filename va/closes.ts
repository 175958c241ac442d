// SPDX-License-Identifier: Apache-2.0

import { SMALLEST_DEBT } from "../offchain/lease/debts.ts";
import type { Transaction } from "./chain/applianceChain.ts";
import { awaitsStart, type LeaseView } from "./types.ts";

/** `LATE_PAYMENT_WINDOW` of Leases.sol, seconds. */
const LATE_PAYMENT_WINDOW = 86_400n;
/** `CONFIRMATION_TIME` of Leases.sol, seconds. */
const CONFIRMATION_TIME = 1_200n;
const HOUR = 3_600n;
/** A running lease in a token is settled when so many hours are earned. */
const SETTLE_HOURS = 24n;

/**
 * The transaction that records what is due for a lease and gives the provider what it holds: `close` when an end has come that
 * nobody has recorded, its own silence included, `settle` after it, or when a day is earned, `releaseCollateral` when payments can
 * no longer be under way.
 *
 * @param latest the lease at the latest block
 */
export function closing(latest: LeaseView): Transaction | undefined {
  const { leaseId, state, recorded, time, block } = latest;
  if (state === "unfunded" && block.timestamp > time) return { kind: "close", leaseId };
  if (awaitsStart(latest) && block.timestamp > latest.startBy) return { kind: "close", leaseId };
  if (state === "closed" && !recorded) return { kind: "close", leaseId };
  if (isSettlementDue(latest)) return { kind: "settle", leaseId };
  const until = recorded ? heldUntil(latest) : undefined;
  if (until !== undefined && block.timestamp >= until && latest.releasable > 0n) {
    return { kind: "releaseCollateral", leaseId };
  }
  return undefined;
}

/** Unix seconds from which {@link closing} may have something to do that only time brings; undefined when nothing. */
export function closingAt(latest: LeaseView): bigint | undefined {
  const { state, recorded, time, block, price, unsettled } = latest;
  if (state === "unfunded") return time + 1n;
  if (state === "active" && latest.confirmations === 0 && price > 0n) {
    const left = SETTLE_HOURS * price - unsettled;
    return block.timestamp + (left <= 0n ? 0n : (left * HOUR + price - 1n) / price);
  }
  return state === "closed" && recorded ? heldUntil(latest) : undefined;
}

/** Whether bitcoin is owed that has to be refunded, or a refund does not count for good yet. */
export function owes({ state, recorded, owed, refunding }: LeaseView): boolean {
  return state === "closed" && recorded && (owed >= SMALLEST_DEBT || refunding > 0n);
}

/** Whether the provider has got back what it can, now and later. */
export function isCollected(latest: LeaseView): boolean {
  if (latest.state === "none") return true;
  if (latest.state !== "closed" || !latest.recorded || latest.unsettled > 0n) return false;
  const until = heldUntil(latest);
  return until === undefined || (latest.block.timestamp >= until && latest.releasable === 0n);
}

function isSettlementDue({ state, recorded, confirmations, unsettled, price }: LeaseView): boolean {
  if (confirmations > 0 || unsettled === 0n) return false;
  return (state === "closed" && recorded) || (state === "active" && unsettled >= SETTLE_HOURS * price);
}

/** Until when a closed lease keeps its collateral, unix seconds; undefined when it keeps none for payments to come. */
function heldUntil({ confirmations, reason, time }: LeaseView): bigint | undefined {
  if (confirmations === 0 || reason === "exhausted") return undefined;
  return time + LATE_PAYMENT_WINDOW + BigInt(confirmations - 1) * CONFIRMATION_TIME;
}
