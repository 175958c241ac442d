// SPDX-License-Identifier: Apache-2.0
import { displayOrder, type Hex } from "../bitcoin/bytes.ts";
import { type CreditRecord, type Outpoint, outpointKey } from "./types.ts";

/** A lease paid in bitcoin, as far as the relayer cares. Times are unix seconds of the chain. */
export interface Lease {
  readonly leaseId: Hex;
  readonly appliance: number;
  /** Depth that a payment needs; 1 is the tip. */
  readonly confirmations: number;
  /** Height of the light client when the lease was opened. */
  readonly bitcoinHeight: number;
  /** While it waits for its payment, and may be closed afterwards. */
  readonly payBy: number | undefined;
  readonly closedAt: number | undefined;
}

/** An event of the contracts, with what its block adds. */
export type BookEvent =
  | { type: "headersAccepted"; height: number }
  | { type: "applianceRegistered"; appliance: number; bitcoinKey: Hex }
  | { type: "opened"; leaseId: Hex; appliance: number; confirmations: number; payBy: number }
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
  /** Events of one block of the chain, in their order. */
  apply(block: bigint, events: readonly BookEvent[]): void;
  /** Takes back everything above a block. */
  rewind(block: bigint): void;
}

/**
 * An empty book. Reorgs are rare: it replays what is left.
 * @param checkpointHeight the height at which the light client began
 */
export function createBook(checkpointHeight: number): ChainBook {
  let history: { block: bigint; events: readonly BookEvent[] }[] = [];
  let state = emptyState(checkpointHeight);
  return {
    get appliances() {
      return state.appliances;
    },
    get leases() {
      return state.leases;
    },
    get credits() {
      return state.credits;
    },
    apply: (block, events) => {
      if (events.length === 0) return;
      history.push({ block, events });
      for (const event of events) record(state, event);
    },
    rewind: (block) => {
      if (history.every((each) => each.block <= block)) return;
      history = history.filter((each) => each.block <= block);
      state = emptyState(checkpointHeight);
      for (const event of history.flatMap(({ events }) => events)) record(state, event);
    },
  };
}

interface BookState {
  bitcoinHeight: number;
  appliances: Map<number, Hex>;
  leases: Map<Hex, Lease>;
  credits: Map<string, CreditRecord>;
}

function emptyState(bitcoinHeight: number): BookState {
  return { bitcoinHeight, appliances: new Map(), leases: new Map(), credits: new Map() };
}

function record(state: BookState, event: BookEvent): void {
  switch (event.type) {
    case "headersAccepted":
      state.bitcoinHeight = event.height;
      break;
    case "applianceRegistered":
      state.appliances.set(event.appliance, event.bitcoinKey);
      break;
    case "opened": {
      const { leaseId, appliance, confirmations, payBy } = event;
      const { bitcoinHeight } = state;
      state.leases.set(leaseId, { leaseId, appliance, confirmations, bitcoinHeight, payBy, closedAt: undefined });
      break;
    }
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

function changeCredit({ credits }: BookState, event: BookEvent & { type: "credited" | "moved" | "revoked" }): void {
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
