// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { Launch } from "./launch.ts";

/** What the events of one block say, as far as the appliance needs it. */
export type LeaseEvent =
  | { readonly kind: "opened"; readonly leaseId: Hex; readonly block: bigint; readonly market: number }
  | { readonly kind: "launch"; readonly leaseId: Hex; readonly block: bigint; readonly sealedSpec: Hex }
  /** Started or AccessPosted. */
  | { readonly kind: "announced"; readonly leaseId: Hex }
  /** The holder wants to see the console. */
  | { readonly kind: "consoleRequested"; readonly leaseId: Hex; readonly block: bigint }
  /** Credited. */
  | { readonly kind: "credited"; readonly leaseId: Hex }
  | { readonly kind: "other"; readonly leaseId: Hex }
  /** The appliance placed an ask. */
  | { readonly kind: "placed"; readonly order: bigint }
  | { readonly kind: "removed"; readonly order: bigint }
  /** The appliance's card was published. */
  | { readonly kind: "card"; readonly card: Hex };

/** What the events tell of one lease of the appliance. */
export interface IndexedLease {
  readonly leaseId: Hex;
  readonly openedAt: bigint;
  readonly market: number;
  /** Its last launches, oldest first. */
  readonly launches: readonly Launch[];
  /** How many times access details were posted. */
  readonly announcements: number;
  /** Block of the holder's last request for the console that no access details have come after. */
  readonly consoleRequest?: bigint | undefined;
}

/** What the events tell of the appliance: its leases by id, its asks that are on the book, and its card. */
export interface ApplianceIndex {
  readonly leases: ReadonlyMap<Hex, IndexedLease>;
  readonly orders: ReadonlySet<bigint>;
  readonly card: Hex | undefined;
}

/** More than a holder has reason to ask for between the latest and the safe block; what is older is forgotten. */
const MOST_LAUNCHES = 16;

/** The launch that counts at a block; undefined when there was none yet. */
export function launchAt(lease: IndexedLease | undefined, block: bigint): Launch | undefined {
  return lease?.launches.findLast((launch) => launch.block <= block);
}

/** Before the first event. */
export const EMPTY_INDEX: ApplianceIndex = { leases: new Map(), orders: new Set(), card: undefined };

/**
 * Adds events, in chain order, to an index; the index given is not changed. Events of leases that are not in it are another
 * appliance's and are passed over: a lease enters with its own `opened`.
 */
export function applyEvents(index: ApplianceIndex, events: readonly LeaseEvent[]): ApplianceIndex {
  if (events.length === 0) return index;
  const leases = new Map(index.leases);
  const orders = new Set(index.orders);
  let { card } = index;
  for (const event of events) {
    if (event.kind === "placed") orders.add(event.order);
    else if (event.kind === "removed") orders.delete(event.order);
    else if (event.kind === "card") card = event.card;
    else applyToLease(leases, event);
  }
  return { leases, orders, card };
}

function applyToLease(leases: Map<Hex, IndexedLease>, event: Extract<LeaseEvent, { leaseId: Hex }>): void {
  const { leaseId } = event;
  if (event.kind === "opened") {
    const { block: openedAt, market } = event;
    leases.set(leaseId, { leaseId, openedAt, market, launches: [], announcements: 0 });
    return;
  }
  const lease = leases.get(leaseId);
  if (lease === undefined) return;
  if (event.kind === "launch") {
    const launch = {
      number: (lease.launches.at(-1)?.number ?? 0) + 1,
      block: event.block,
      sealedSpec: event.sealedSpec,
    };
    leases.set(leaseId, { ...lease, launches: [...lease.launches, launch].slice(-MOST_LAUNCHES) });
  } else if (event.kind === "announced") {
    leases.set(leaseId, { ...lease, announcements: lease.announcements + 1, consoleRequest: undefined });
  } else if (event.kind === "consoleRequested") {
    leases.set(leaseId, { ...lease, consoleRequest: event.block });
  }
}
