// SPDX-License-Identifier: Apache-2.0
import { type LeaseAddress, leaseAddress } from "../bitcoin/leaseAddress.ts";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import { type Book, bitcoinKeyOf, type Lease, type Payee } from "./book.ts";
import type { Hex } from "./types.ts";

/** A lease whose take waits to be submitted: its address is known, and may be paid, before it is opened. */
export type ComingLease = Pick<Lease, "leaseId" | "appliance">;

export interface WatchListParameters {
  network: BitcoinNetwork;
  /** How long after its end a lease's or reservation's address is watched, seconds. */
  watchAfterEnd: number;
}

/** The addresses that the relayer watches. */
export interface WatchList {
  /** Watches what is to be watched at this time (unix seconds of the chain), and nothing else. */
  update(book: Book, coming: readonly ComingLease[], now: number): void;
  /** By script. */
  readonly scripts: ReadonlyMap<Hex, LeaseAddress>;
  has(leaseId: Hex): boolean;
  /** Undefined for what is not watched. */
  addressOf(leaseId: Hex): LeaseAddress | undefined;
}

export function createWatchList({ network, watchAfterEnd }: WatchListParameters): WatchList {
  let byLease = new Map<Hex, LeaseAddress>();
  let scripts = new Map<Hex, LeaseAddress>();
  const compute = (payee: ComingLease | Payee, book: Book) => {
    const bitcoinKey = bitcoinKeyOf(payee, book);
    if (bitcoinKey === undefined) return undefined;
    return byLease.get(payee.leaseId) ?? leaseAddress(bitcoinKey, payee.leaseId, network);
  };
  return {
    update: (book, coming, now) => {
      const open = [...book.payees.values()].filter((payee) => isWatched(payee, watchAfterEnd, now));
      const wanted = [...open, ...coming.filter(({ leaseId }) => !book.payees.has(leaseId))];
      const addresses = wanted.map((payee) => compute(payee, book));
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
export function isWatched(payee: Payee, watchAfterEnd: number, now: number): boolean {
  return payee.confirmations > 0 && isPresent(payee, watchAfterEnd, now);
}

/** Not over for longer than that. */
export function isPresent(payee: Payee, watchAfterEnd: number, now: number): boolean {
  return now <= endOf(payee) + watchAfterEnd;
}

/** An unpaid lease ends with its window, and a reservation with its deadline, whether or not anybody has told the contracts. */
function endOf(payee: Payee): number {
  if (payee.kind === "reservation") return Math.max(payee.deadline, payee.heldUntil ?? 0);
  return payee.closedAt ?? payee.payBy ?? Number.POSITIVE_INFINITY;
}
