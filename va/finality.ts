// SPDX-License-Identifier: Apache-2.0
import type { Block, LeaseView } from "./types.ts";

/** What one endpoint says at its own finalized block. */
export interface Testimony {
  readonly block: Pick<Block, "number">;
}

/** Remembers at which finalized blocks something was seen to hold. Lost at a restart, which only delays a deletion. */
export interface Finality {
  /**
   * Takes one reading per endpoint, each at its own finalized block.
   *
   * @param what names what is asked
   * @param holds whether it is so, by a reading
   * @returns whether every endpoint has said twice, at two different finalized blocks and never otherwise between, that it is so
   */
  observe<T extends Testimony>(what: string, readings: readonly T[], holds: (reading: T) => boolean): boolean;
  forget(what: string): void;
}

/** An empty {@link Finality}. */
export function createFinality(): Finality {
  const first = new Map<string, bigint[]>();
  return {
    observe(what, readings, holds) {
      if (readings.length === 0 || !readings.every(holds)) {
        first.delete(what);
        return false;
      }
      const seen = first.get(what);
      if (seen === undefined || seen.length !== readings.length) {
        first.set(
          what,
          readings.map(({ block }) => block.number),
        );
        return false;
      }
      return readings.every(({ block }, i) => block.number > (seen[i] ?? block.number));
    },
    forget: (what) => void first.delete(what),
  };
}

/**
 * Closed, or never opened on the chain that became final after its server was wanted. Neither can be undone by a later block.
 *
 * @param bornAt the highest block that is known to be about the lease: of its opening, or at which one of its servers was wanted;
 * undefined when there is none. A chain that does not know the lease says something only from that block on
 */
export function isOver(view: LeaseView, bornAt: bigint | undefined): boolean {
  if (view.state === "none") return bornAt === undefined || view.block.number > bornAt;
  return view.state === "closed";
}
