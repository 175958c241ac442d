// SPDX-License-Identifier: Apache-2.0
import { displayOrder, type Hex } from "../bitcoin/bytes.ts";
import { type CreditRecord, type Outpoint, outpointKey } from "./types.ts";

/** A lease, as far as the relayer cares. Times are unix seconds of the chain. */
export interface Lease {
  readonly leaseId: Hex;
  readonly appliance: number;
  /** Depth that a payment needs, 1 is the tip; 0 when it is not paid in bitcoin. */
  readonly confirmations: number;
  /** The chain's block with the opening. */
  readonly openedIn: bigint;
  /** Height of the light client when the lease was opened. */
  readonly bitcoinHeight: number;
  /** While it waits for its payment, and may be closed afterwards. */
  readonly payBy: number | undefined;
  readonly closedAt: number | undefined;
  /** keccak256 of the last launch spec. */
  readonly spec: Hex | undefined;
}

/** An event of the contracts, with what its block adds. */
export type BookEvent =
  | { type: "headersAccepted"; height: number }
  | { type: "applianceRegistered"; appliance: number; bitcoinKey: Hex }
  | { type: "opened"; leaseId: Hex; appliance: number }
  /** Opened, to be paid in bitcoin. */
  | { type: "awaited"; leaseId: Hex; confirmations: number; payBy: number }
  | { type: "launched"; leaseId: Hex; spec: Hex }
  | { type: "funded"; leaseId: Hex }
  | { type: "unfunded"; leaseId: Hex; payBy: number }
  | { type: "closed"; leaseId: Hex; time: number }
  /** Hashes in internal order. */
  | { type: "credited"; leaseId: Hex; txid: Hex; vout: number; msat: bigint; height: number; blockHash: Hex }
  | { type: "moved"; leaseId: Hex; txid: Hex; vout: number; height: number; blockHash: Hex }
  | { type: "revoked"; leaseId: Hex; txid: Hex; vout: number; kept: bigint };

/** What the chain says: appliances, leases and credits. */
export interface Book {
  readonly appliances: ReadonlyMap<number, Hex>;
  readonly leases: ReadonlyMap<Hex, Lease>;
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
  /** Forgets leases with their credits, unless something has happened to them that is not settled. */
  forget(isPast: (lease: Lease) => boolean): void;
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
    get leases() {
      return current.leases;
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
      const past = [...settled.leases.values()].filter((lease) => isPast(lease) && !unsettled.has(lease.leaseId));
      if (past.length === 0) return;
      for (const { leases } of [settled, current]) for (const { leaseId } of past) leases.delete(leaseId);
      for (const { leases, credits } of [settled, current]) {
        for (const [key, { leaseId }] of credits) if (!leases.has(leaseId)) credits.delete(key);
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
  leases: Map<Hex, Lease>;
  credits: Map<string, CreditRecord>;
}

/** @param bitcoinHeight the height at which the light client began */
export function emptyBook(bitcoinHeight: number): BookState {
  return { bitcoinHeight, appliances: new Map(), leases: new Map(), credits: new Map() };
}

function copyOf({ bitcoinHeight, appliances, leases, credits }: BookState): BookState {
  return { bitcoinHeight, appliances: new Map(appliances), leases: new Map(leases), credits: new Map(credits) };
}

function record(state: BookState, block: bigint, event: BookEvent): void {
  switch (event.type) {
    case "headersAccepted":
      state.bitcoinHeight = event.height;
      break;
    case "applianceRegistered":
      state.appliances.set(event.appliance, event.bitcoinKey);
      break;
    case "opened": {
      const { leaseId, appliance } = event;
      const { bitcoinHeight } = state;
      const unknownYet = { confirmations: 0, payBy: undefined, closedAt: undefined, spec: undefined };
      state.leases.set(leaseId, { leaseId, appliance, openedIn: block, bitcoinHeight, ...unknownYet });
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
    default:
      changeCredit(state, event);
  }
}

function changeLease(state: BookState, leaseId: Hex, change: Partial<Lease>): void {
  const lease = state.leases.get(leaseId);
  if (lease !== undefined) state.leases.set(leaseId, { ...lease, ...change });
}

function changeCredit(state: BookState, event: BookEvent & { type: "credited" | "moved" | "revoked" }): void {
  const { credits, leases } = state;
  // Of one that is forgotten, as somebody still proves payments to it.
  if (!leases.has(event.leaseId)) return;
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
