// SPDX-License-Identifier: Apache-2.0
import { displayOrder, type Hex } from "../bitcoin/bytes.ts";
import { type CreditRecord, type Outpoint, outpointKey } from "./types.ts";

interface Payable {
  /** What its address commits to. */
  readonly leaseId: Hex;
  /** Depth that a payment needs, 1 is the tip; 0 when it is not paid in bitcoin. */
  readonly confirmations: number;
  /** The chain's block with the opening. */
  readonly openedIn: bigint;
  /** Height of the light client when it was opened. */
  readonly bitcoinHeight: number;
}

/** A lease, as far as the relayer cares. Times are unix seconds of the chain. */
export interface Lease extends Payable {
  readonly kind: "lease";
  readonly appliance: number;
  /** While it waits for its payment, and may be closed afterwards. */
  readonly payBy: number | undefined;
  readonly closedAt: number | undefined;
  /** keccak256 of the last launch spec. */
  readonly spec: Hex | undefined;
}

/** A reservation of the swap. Times are unix seconds of the chain. */
export interface Reservation extends Payable {
  readonly kind: "reservation";
  readonly offer: number;
  /** Until then its lots are kept for payments. */
  readonly deadline: number;
  /** Lots that were paid for wait until then to be checked again; undefined when none ever had to. */
  readonly heldUntil: number | undefined;
}

/** What a payment can pay: its kind says which contracts credit it. */
export type Payee = Lease | Reservation;

/** An offer of the swap. */
export interface Offer {
  /** The maker's x-only key. */
  readonly bitcoinKey: Hex;
  readonly confirmations: number;
}

/** An ask that rests on the exchange's book. */
export interface Ask {
  readonly appliance: number;
  /** The last second at which it may be filled, unix seconds. */
  readonly expiry: number;
}

/** An event of the contracts, with what its block adds. */
export type BookEvent =
  | { type: "headersAccepted"; height: number }
  | { type: "applianceRegistered"; appliance: number; bitcoinKey: Hex }
  /** Until when its stack is attested, unix seconds; 0 once a claim has ended that. */
  | { type: "attested"; appliance: number; until: number }
  | { type: "asked"; order: bigint; appliance: number; expiry: number }
  /** An order that rests no more; of a bid nothing is known. */
  | { type: "orderGone"; order: bigint }
  | { type: "opened"; leaseId: Hex; appliance: number }
  /** Opened, to be paid in bitcoin. */
  | { type: "awaited"; leaseId: Hex; confirmations: number; payBy: number }
  | { type: "launched"; leaseId: Hex; spec: Hex }
  | { type: "funded"; leaseId: Hex }
  | { type: "unfunded"; leaseId: Hex; payBy: number }
  | { type: "closed"; leaseId: Hex; time: number }
  | { type: "offered"; offer: number; bitcoinKey: Hex; confirmations: number }
  | { type: "reserved"; leaseId: Hex; offer: number; deadline: number }
  /** Taken back from a reservation, which has until then to be paid again. */
  | { type: "unpaid"; leaseId: Hex; deadline: number }
  | { type: "held"; leaseId: Hex; until: number }
  /** Hashes in internal order. */
  | { type: "credited"; leaseId: Hex; txid: Hex; vout: number; msat: bigint; height: number; blockHash: Hex }
  | { type: "moved"; leaseId: Hex; txid: Hex; vout: number; height: number; blockHash: Hex }
  | { type: "revoked"; leaseId: Hex; txid: Hex; vout: number; kept: bigint };

/** What the chain says: who is paid, for what, and the credits; and what is for sale. */
export interface Book {
  readonly appliances: ReadonlyMap<number, Hex>;
  /** The last second at which an appliance's stack counts as attested, unix seconds. */
  readonly attestedUntil: ReadonlyMap<number, number>;
  /** By their orders. */
  readonly asks: ReadonlyMap<bigint, Ask>;
  readonly offers: ReadonlyMap<number, Offer>;
  readonly payees: ReadonlyMap<Hex, Payee>;
  /** By `outpointKey`. */
  readonly credits: ReadonlyMap<string, CreditRecord>;
}

export interface ChainBook extends Book {
  /** Events of the next block of the chain, in their order. */
  apply(block: bigint, events: readonly BookEvent[]): void;
  /** Takes back everything above a block. */
  rewind(block: bigint): void;
  /** Nothing up to this block will be taken back. */
  settle(block: bigint): void;
  /** Forgets who is past, with the credits, unless something has happened to them that is not settled. */
  forget(isPast: (payee: Payee) => boolean): void;
  /** Forgets asks that nobody can fill any more. @param time unix seconds of the chain */
  forgetAsks(time: number): void;
  /** What `createBook` makes the same book of, without what is not settled. */
  settled(): BookState;
}

/** A book to be gone on with. Reorgs are rare: it copies what is settled and replays the rest. */
export function createBook(start: BookState): ChainBook {
  const settled = copyOf(start);
  let current = copyOf(start);
  let tail: { block: bigint; events: readonly BookEvent[] }[] = [];
  const replay = (state: BookState, blocks: typeof tail) => {
    for (const { block, events } of blocks) for (const event of events) record(state, block, event);
  };
  return {
    get appliances() {
      return current.appliances;
    },
    get attestedUntil() {
      return current.attestedUntil;
    },
    get asks() {
      return current.asks;
    },
    get offers() {
      return current.offers;
    },
    get payees() {
      return current.payees;
    },
    get credits() {
      return current.credits;
    },
    apply: (block, events) => {
      if (events.length === 0) return;
      tail.push({ block, events });
      replay(current, [{ block, events }]);
    },
    rewind: (to) => {
      tail = tail.filter(({ block }) => block <= to);
      current = copyOf(settled);
      replay(current, tail);
    },
    settle: (to) => {
      const split = tail.findIndex(({ block }) => block > to);
      replay(settled, tail.splice(0, split === -1 ? tail.length : split));
    },
    forget: (isPast) => {
      const unsettled = new Set(tail.flatMap(({ events }) => events.map((each) => "leaseId" in each && each.leaseId)));
      const past = [...settled.payees.values()].filter((payee) => isPast(payee) && !unsettled.has(payee.leaseId));
      if (past.length === 0) return;
      for (const { payees } of [settled, current]) for (const { leaseId } of past) payees.delete(leaseId);
      for (const { payees, credits } of [settled, current]) {
        for (const [key, { leaseId }] of credits) if (!payees.has(leaseId)) credits.delete(key);
      }
    },
    forgetAsks: (time) => {
      for (const { asks } of [settled, current]) {
        for (const [order, { expiry }] of asks) if (expiry < time) asks.delete(order);
      }
    },
    settled: () => settled,
  };
}

/** All that a book knows. */
export interface BookState {
  /** Of the light client. */
  bitcoinHeight: number;
  appliances: Map<number, Hex>;
  attestedUntil: Map<number, number>;
  asks: Map<bigint, Ask>;
  offers: Map<number, Offer>;
  payees: Map<Hex, Payee>;
  credits: Map<string, CreditRecord>;
}

/** @param bitcoinHeight the height at which the light client began */
export function emptyBook(bitcoinHeight: number): BookState {
  const offered = { appliances: new Map(), attestedUntil: new Map(), asks: new Map(), offers: new Map() };
  return { bitcoinHeight, ...offered, payees: new Map(), credits: new Map() };
}

function copyOf({ bitcoinHeight, appliances, attestedUntil, asks, offers, payees, credits }: BookState): BookState {
  return {
    bitcoinHeight,
    appliances: new Map(appliances),
    attestedUntil: new Map(attestedUntil),
    asks: new Map(asks),
    offers: new Map(offers),
    payees: new Map(payees),
    credits: new Map(credits),
  };
}

/** The key that an address of this payee is derived from; undefined when the chain does not have it. */
export function bitcoinKeyOf(
  payee: Pick<Lease, "appliance"> | Pick<Reservation, "offer">,
  book: Book,
): Hex | undefined {
  return "offer" in payee ? book.offers.get(payee.offer)?.bitcoinKey : book.appliances.get(payee.appliance);
}

/** The reservations alone. */
export function reservationsOf({ payees }: Book): Reservation[] {
  return [...payees.values()].filter((payee) => payee.kind === "reservation");
}

/** The leases alone. */
export function leasesOf({ payees }: Book): Lease[] {
  return [...payees.values()].filter((payee) => payee.kind === "lease");
}

function record(state: BookState, block: bigint, event: BookEvent): void {
  switch (event.type) {
    case "headersAccepted":
      state.bitcoinHeight = event.height;
      break;
    case "applianceRegistered":
      state.appliances.set(event.appliance, event.bitcoinKey);
      break;
    case "attested":
      state.attestedUntil.set(event.appliance, event.until);
      break;
    case "asked":
      state.asks.set(event.order, { appliance: event.appliance, expiry: event.expiry });
      break;
    case "orderGone":
      state.asks.delete(event.order);
      break;
    case "opened": {
      const { leaseId, appliance } = event;
      const { bitcoinHeight } = state;
      const unknownYet = { confirmations: 0, payBy: undefined, closedAt: undefined, spec: undefined };
      state.payees.set(leaseId, { kind: "lease", leaseId, appliance, openedIn: block, bitcoinHeight, ...unknownYet });
      break;
    }
    case "awaited":
      changeLease(state, event.leaseId, { confirmations: event.confirmations, payBy: event.payBy });
      break;
    case "launched":
      changeLease(state, event.leaseId, { spec: event.spec });
      break;
    case "funded":
      changeLease(state, event.leaseId, { payBy: undefined });
      break;
    case "unfunded":
      changeLease(state, event.leaseId, { payBy: event.payBy });
      break;
    case "closed":
      changeLease(state, event.leaseId, { closedAt: event.time });
      break;
    case "offered":
      state.offers.set(event.offer, { bitcoinKey: event.bitcoinKey, confirmations: event.confirmations });
      break;
    case "reserved":
      reserve(state, block, event);
      break;
    case "unpaid":
      changeReservation(state, event.leaseId, { deadline: event.deadline });
      break;
    case "held":
      changeReservation(state, event.leaseId, { heldUntil: event.until });
      break;
    default:
      changeCredit(state, event);
  }
}

function changeLease({ payees }: BookState, leaseId: Hex, change: Partial<Lease>): void {
  const lease = payees.get(leaseId);
  if (lease?.kind === "lease") payees.set(leaseId, { ...lease, ...change });
}

function reserve(state: BookState, openedIn: bigint, event: BookEvent & { type: "reserved" }): void {
  const { leaseId, offer, deadline } = event;
  const { bitcoinHeight } = state;
  const confirmations = state.offers.get(offer)?.confirmations ?? 0;
  const reservation = { leaseId, offer, confirmations, openedIn, bitcoinHeight, deadline, heldUntil: undefined };
  state.payees.set(leaseId, { kind: "reservation", ...reservation });
}

function changeReservation({ payees }: BookState, leaseId: Hex, change: Partial<Reservation>): void {
  const reservation = payees.get(leaseId);
  if (reservation?.kind === "reservation") payees.set(leaseId, { ...reservation, ...change });
}

function changeCredit(state: BookState, event: BookEvent & { type: "credited" | "moved" | "revoked" }): void {
  const { credits, payees } = state;
  // Of one that is forgotten, as somebody still proves payments to it.
  if (!payees.has(event.leaseId)) return;
  const outpoint: Outpoint = { leaseId: event.leaseId, txid: displayOrder(event.txid), vout: event.vout };
  const key = outpointKey(outpoint);
  const before = credits.get(key)?.msat ?? 0n;
  if (event.type === "revoked") {
    credits.set(key, { ...outpoint, msat: event.kept, block: undefined });
    return;
  }
  const msat = event.type === "credited" ? before + event.msat : before;
  credits.set(key, { ...outpoint, msat, block: { height: event.height, hash: displayOrder(event.blockHash) } });
}
