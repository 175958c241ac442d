// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";

/** Leases to be looked at, in the order in which they need it. */
export interface Backlog {
  /** Something happened to a lease. Before the first {@link Backlog.wake} it only waits for that. */
  news(leaseId: Hex): void;
  /** The cloud has been looked at: these are due. Those of `without` have no server. */
  wake(leases: readonly Hex[], without: ReadonlySet<Hex>): void;
}

/**
 * After an absence all leases are due at once, and what is new is what waits for something to be done: leases without a server
 * come first, then those of the latest events.
 *
 * @param queue those that wake with all others come after what is added to it otherwise
 */
export function createBacklog(queue: { add(leaseId: Hex): void; addLast(leaseId: Hex): void }): Backlog {
  /** In the order of their last news; undefined once the cloud has been looked at. */
  let missed: Set<Hex> | undefined = new Set();
  return {
    news(leaseId) {
      if (missed === undefined) return queue.add(leaseId);
      missed.delete(leaseId);
      missed.add(leaseId);
    },
    wake(leases, without) {
      const rank = new Map([...(missed ?? [])].map((leaseId, index) => [leaseId, index + 1]));
      const urgency = (leaseId: Hex) => (without.has(leaseId) ? rank.size + 1 : 0) + (rank.get(leaseId) ?? 0);
      missed = undefined;
      for (const leaseId of leases.toSorted((a, b) => urgency(b) - urgency(a))) queue.addLast(leaseId);
    },
  };
}
