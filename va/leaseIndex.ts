// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";

/** What the events of one block say, as far as the appliance needs it. */
export type LeaseEvent =
  | { readonly kind: "opened"; readonly leaseId: Hex; readonly block: bigint; readonly market: number }
  | { readonly kind: "launch"; readonly leaseId: Hex; readonly block: bigint; readonly sealedSpec: Hex }
  /** Started or AccessPosted. */
  | { readonly kind: "announced"; readonly leaseId: Hex }
  | { readonly kind: "other"; readonly leaseId: Hex }
  /** The appliance placed an ask. */
  | { readonly kind: "placed"; readonly order: number }
  | { readonly kind: "removed"; readonly order: number };

/** What the events tell of one lease of the appliance. */
export interface IndexedLease {
  readonly leaseId: Hex;
  readonly openedAt: bigint;
  readonly market: number;
  /** The sealed spec of the last launch, with its block. */
  readonly launch: { readonly sealedSpec: Hex; readonly block: bigint } | undefined;
  /** How many times access details were posted. */
  readonly announcements: number;
}

/** What the events tell of the appliance: its leases by id, and its asks that are on the book. */
export interface ApplianceIndex {
  readonly leases: ReadonlyMap<Hex, IndexedLease>;
  readonly orders: ReadonlySet<number>;
}

/** Before the first event. */
export const EMPTY_INDEX: ApplianceIndex = { leases: new Map(), orders: new Set() };

/**
 * Adds events, in chain order, to an index; the index given is not changed. Events of leases that are not in it are another
 * appliance's and are passed over: a lease enters with its own `opened`.
 */
export function applyEvents(index: ApplianceIndex, events: readonly LeaseEvent[]): ApplianceIndex {
  if (events.length === 0) return index;
  const leases = new Map(index.leases);
  const orders = new Set(index.orders);
  for (const event of events) {
    if (event.kind === "placed") orders.add(event.order);
    else if (event.kind === "removed") orders.delete(event.order);
    else applyToLease(leases, event);
  }
  return { leases, orders };
}

function applyToLease(
  leases: Map<Hex, IndexedLease>,
  event: Exclude<LeaseEvent, { kind: "placed" | "removed" }>,
): void {
  const { leaseId } = event;
  if (event.kind === "opened") {
    const { block: openedAt, market } = event;
    leases.set(leaseId, { leaseId, openedAt, market, launch: undefined, announcements: 0 });
    return;
  }
  const lease = leases.get(leaseId);
  if (lease === undefined) return;
  if (event.kind === "launch") {
    leases.set(leaseId, { ...lease, launch: { sealedSpec: event.sealedSpec, block: event.block } });
  } else if (event.kind === "announced") {
    leases.set(leaseId, { ...lease, announcements: lease.announcements + 1 });
  }
}
