// SPDX-License-Identifier: Apache-2.0
import type { ApplianceChain, Transaction } from "./chain/applianceChain.ts";
import type { LeaseView } from "./types.ts";

/** `LATE_PAYMENT_WINDOW` of Leases.sol, seconds. */
const LATE_PAYMENT_WINDOW = 86_400n;

/**
 * The transaction that gives the provider back what an ended lease still holds: `close` when an end has come that nobody has
 * recorded (bond and stake), `releaseCollateral` a day after an unpaid one.
 *
 * @param latest the lease at the latest block
 */
export async function closing(chain: ApplianceChain, latest: LeaseView): Promise<Transaction | undefined> {
  const { leaseId, state, recorded, time, block } = latest;
  if (state === "unfunded" && block.timestamp > time) return { kind: "close", leaseId };
  if (state === "closed" && !recorded) return { kind: "close", leaseId };
  if (awaitsCollateral(latest) && block.timestamp >= time + LATE_PAYMENT_WINDOW) {
    return (await chain.collateral(leaseId)) > 0n ? { kind: "releaseCollateral", leaseId } : undefined;
  }
  return undefined;
}

/** Unix seconds from which {@link closing} has something to do that only time brings; undefined when nothing. */
export function closingAt(latest: LeaseView): bigint | undefined {
  if (latest.state === "unfunded") return latest.time + 1n;
  return awaitsCollateral(latest) ? latest.time + LATE_PAYMENT_WINDOW : undefined;
}

/** Whether nothing is left to be given back, now or later. */
export async function isClosedOut(chain: ApplianceChain, latest: LeaseView): Promise<boolean> {
  if (latest.state === "none") return true;
  if (latest.state !== "closed" || !latest.recorded) return false;
  return latest.reason !== "unpaid" || (await chain.collateral(latest.leaseId)) === 0n;
}

function awaitsCollateral({ state, recorded, reason }: LeaseView): boolean {
  return state === "closed" && recorded && reason === "unpaid";
}
