// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { LeaseView } from "./types.ts";

/** Remembers at which finalized blocks a lease was seen to be over. Lost at a restart, which only delays a deletion. */
export interface Finality {
  /**
   * Takes one reading per endpoint, each at its own finalized block.
   *
   * @param bornAt the highest block that is known to be about the lease: of its opening, or at which one of its servers was wanted;
   * undefined when there is none. A chain that does not know the lease says something only from that block on
   * @returns whether every endpoint has said twice, at two different finalized blocks and never otherwise between, that it is over
   */
  observe(leaseId: Hex, views: readonly LeaseView[], bornAt: bigint | undefined): boolean;
  forget(leaseId: Hex): void;
}

/** An empty {@link Finality}. */
export function createFinality(): Finality {
  const first = new Map<Hex, bigint[]>();
  return {
    observe(leaseId, views, bornAt) {
      if (views.length === 0 || !views.every((view) => isOver(view, bornAt))) {
        first.delete(leaseId);
        return false;
      }
      const seen = first.get(leaseId);
      if (seen === undefined || seen.length !== views.length) {
        first.set(
          leaseId,
          views.map((view) => view.block.number),
        );
        return false;
      }
      return views.every((view, i) => view.block.number > (seen[i] ?? view.block.number));
    },
    forget: (leaseId) => void first.delete(leaseId),
  };
}

/** Closed, or never opened on the chain that became final after its server was wanted. Neither can be undone by a later block. */
function isOver(view: LeaseView, bornAt: bigint | undefined): boolean {
  if (view.state === "none") return bornAt === undefined || view.block.number > bornAt;
  return view.state === "closed";
}
