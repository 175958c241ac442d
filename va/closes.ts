// SPDX-License-Identifier: Apache-2.0
import type { Transaction } from "./chain/applianceChain.ts";
import type { LeaseView } from "./types.ts";

/**
 * The transaction that records what is due for a lease and gives the provider back what it still holds: `close` when an end has
 * come that nobody has recorded, its own silence included, and `releaseCollateral` once nothing is waited for any more.
 *
 * @param latest the lease at the latest block
 */
export function closing({ leaseId, state, recorded, time, block, held }: LeaseView): Transaction | undefined {
  const waits = state === "unfunded" || state === "pending";
  if (waits && block.timestamp > time) return { kind: "close", leaseId };
  if (state === "closed" && !recorded) return { kind: "close", leaseId };
  if (held !== undefined && block.timestamp >= held.until) return { kind: "releaseCollateral", leaseId };
  return undefined;
}

/** Unix seconds from which {@link closing} has something to do that only time brings; undefined when nothing. */
export function closingAt({ state, time, held }: LeaseView): bigint | undefined {
  return state === "unfunded" ? time + 1n : held?.until;
}

/** Whether nothing is left to be recorded or given back, now or later. */
export function isClosedOut({ state, recorded, held }: LeaseView): boolean {
  return state === "none" || (state === "closed" && recorded && held === undefined);
}
