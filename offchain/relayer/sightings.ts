// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "../bitcoin/bytes.ts";
import type { LeaseAddress } from "../bitcoin/leaseAddress.ts";
import type { MempoolUpdate } from "../bitcoin/watchMempool.ts";
import { type Hex, type Outpoint, outpointKey } from "./types.ts";

/** A payment that is, or was, in the mempool. Where a block has it too, the block is to be believed. */
export interface Sighting extends Outpoint {
  readonly sats: bigint;
  readonly status: "seen" | "replaced" | "dropped";
  /** The transaction that spends the same coins instead. */
  readonly replacedBy: Hash | undefined;
}

/** Payments that the node's mempool has shown us. */
export interface Sightings {
  apply(update: MempoolUpdate<LeaseAddress>): void;
  all(): Iterable<Sighting>;
  /** Forgets what pays leases that are not watched any more. */
  prune(isWatched: (leaseId: Hex) => boolean): void;
}

export function createSightings(): Sightings {
  const sightings = new Map<string, Sighting>();
  return {
    apply: (update) => {
      const { to, txid, vout, value } = update.payment;
      const outpoint = { leaseId: to.leaseId, txid, vout };
      const key = outpointKey(outpoint);
      if (update.type === "gone" && update.reason === "mined") sightings.delete(key);
      else if (update.type === "seen") {
        sightings.set(key, { ...outpoint, sats: value, status: "seen", replacedBy: undefined });
      } else if (update.reason !== "mined") {
        sightings.set(key, { ...outpoint, sats: value, status: update.reason, replacedBy: update.replacedBy });
      }
    },
    all: () => sightings.values(),
    prune: (isWatched) => {
      for (const [key, { leaseId }] of sightings) if (!isWatched(leaseId)) sightings.delete(key);
    },
  };
}
