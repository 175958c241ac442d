// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "../bitcoin/bytes.ts";
import type { LeaseAddress } from "../bitcoin/leaseAddress.ts";
import type { MempoolUpdate } from "../bitcoin/watchMempool.ts";
import { type Hex, type Outpoint, outpointKey, type Payment } from "./types.ts";

/** A payment that was seen outside of the best chain. Where a block of that has it too, the block is to be believed. */
export interface Sighting extends Outpoint {
  readonly sats: bigint;
  /** dropped: neither in the mempool nor, as far as we know, in a block any more. */
  readonly status: "seen" | "replaced" | "dropped";
  /** The transaction that spends the same coins instead. */
  readonly replacedBy: Hash | undefined;
}

/** Payments in the node's mempool, and those that were there or in a block that a reorg has removed. */
export interface Sightings {
  apply(update: MempoolUpdate<LeaseAddress>): void;
  /** A reorg has removed a payment's block; if it is back in the mempool, that will be told. */
  removed(payments: readonly Payment[]): void;
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
    removed: (payments) => {
      for (const { leaseId, txid, vout, sats } of payments) {
        const outpoint = { leaseId, txid, vout };
        if (sightings.get(outpointKey(outpoint))?.status === "seen") continue;
        sightings.set(outpointKey(outpoint), { ...outpoint, sats, status: "dropped", replacedBy: undefined });
      }
    },
    all: () => sightings.values(),
    prune: (isWatched) => {
      for (const [key, { leaseId }] of sightings) if (!isWatched(leaseId)) sightings.delete(key);
    },
  };
}
