// SPDX-License-Identifier: Apache-2.0
import { type LeaseAddress, leaseAddress } from "../bitcoin/leaseAddress.ts";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import type { Book, Lease } from "./book.ts";
import type { Hex } from "./types.ts";

/** A lease whose take waits to be submitted: its address is known, and may be paid, before it is opened. */
export interface ComingLease {
  readonly leaseId: Hex;
  readonly appliance: number;
}

export interface WatchListParameters {
  network: BitcoinNetwork;
  /** How long after its end a lease's address is watched, seconds. */
  watchAfterEnd: number;
}

/** The addresses that the relayer watches. */
export interface WatchList {
  /** Watches what is to be watched at this time (unix seconds of the chain), and nothing else. */
  update(book: Book, coming: readonly ComingLease[], now: number): void;
  /** By script. */
  readonly scripts: ReadonlyMap<Hex, LeaseAddress>;
  has(leaseId: Hex): boolean;
  /** Undefined for a lease that is not watched. */
  addressOf(leaseId: Hex): LeaseAddress | undefined;
}

export function createWatchList({ network, watchAfterEnd }: WatchListParameters): WatchList {
  let byLease = new Map<Hex, LeaseAddress>();
  let scripts = new Map<Hex, LeaseAddress>();
  const compute = ({ leaseId, appliance }: ComingLease, { appliances }: Book) => {
    const bitcoinKey = appliances.get(appliance);
    if (bitcoinKey === undefined) return undefined;
    return byLease.get(leaseId) ?? leaseAddress(bitcoinKey, leaseId, network);
  };
  return {
    update: (book, coming, now) => {
      const open = [...book.leases.values()].filter((lease) => isWatched(lease, watchAfterEnd, now));
      const wanted = [...open, ...coming.filter(({ leaseId }) => !book.leases.has(leaseId))];
      const addresses = wanted.map((lease) => compute(lease, book));
      const known = addresses.filter((address) => address !== undefined);
      byLease = new Map(known.map((address) => [address.leaseId, address]));
      scripts = new Map(known.map((address) => [address.script, address]));
    },
    get scripts() {
      return scripts;
    },
    has: (leaseId) => byLease.has(leaseId),
    addressOf: (leaseId) => byLease.get(leaseId),
  };
}

/** Only what is paid in bitcoin. */
export function isWatched(lease: Lease, watchAfterEnd: number, now: number): boolean {
  return lease.confirmations > 0 && isPresent(lease, watchAfterEnd, now);
}

/** Not over for longer than that. An unpaid lease ends with its window, whether or not anybody has closed it. */
export function isPresent({ closedAt, payBy }: Lease, watchAfterEnd: number, now: number): boolean {
  return now <= (closedAt ?? payBy ?? Number.POSITIVE_INFINITY) + watchAfterEnd;
}
