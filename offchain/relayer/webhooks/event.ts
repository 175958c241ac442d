// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { Hash } from "../../bitcoin/bytes.ts";
import { type Hex, type Outpoint, outpointKey } from "../types.ts";

export const EVENT_TYPES = [
  /** In the mempool. */
  "payment.seen",
  /** One more confirmation, from 1 to what is needed. */
  "payment.confirmation",
  /** The lease has it. */
  "payment.credited",
  /** Another transaction of the mempool spends the same coins (BIP-125). */
  "payment.replaced",
  /** Neither in the mempool nor in a block any more: evicted, or another transaction of the same coins was mined. */
  "payment.dropped",
  /** A reorg has removed its block. What was told of confirmations and of the credit counts no longer. */
  "payment.reorged",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** How a payment stands, as far as webhooks hear of it. */
export interface PaymentNow extends Outpoint {
  readonly address: string;
  readonly sats: bigint;
  readonly status: "seen" | "confirming" | "credited" | "replaced" | "dropped";
  /** In the node's best chain; undefined while it is in none. */
  readonly blockHash: Hash | undefined;
  /** Depth of its block; 0 in the mempool. */
  readonly confirmations: number;
  /** Undefined until the lease is opened. */
  readonly needed: number | undefined;
  readonly replacedBy: Hash | undefined;
}

/** Something that happened to a payment. */
export interface PaymentEvent extends Outpoint {
  readonly type: EventType;
  readonly address: string;
  readonly sats: bigint;
  readonly confirmations: number;
  readonly needed: number | undefined;
  readonly blockHash: Hash | undefined;
  readonly replacedBy: Hash | undefined;
}

/** What has been told of a payment: it follows from the events that were, in their order. */
export interface Told {
  readonly lastType: EventType;
  /** In which block, and how deep there. */
  readonly blockHash: Hash | undefined;
  readonly confirmations: number;
  readonly credited: boolean;
  readonly replacedBy: Hash | undefined;
}

/** What is told after one more event. */
export function afterEvent(told: Told | undefined, event: PaymentEvent): Told {
  const { type, blockHash, confirmations, replacedBy } = event;
  const inBlock = type === "payment.confirmation" || type === "payment.credited";
  return {
    lastType: type,
    blockHash: inBlock ? blockHash : undefined,
    confirmations: inBlock ? confirmations : 0,
    credited: type === "payment.credited" || (type === "payment.confirmation" && told?.credited === true),
    replacedBy,
  };
}

/**
 * What is still to be told of a payment: each confirmation up to what is needed comes once for each block that has the
 * payment, however many are found at once. Told all of it, there is nothing more to tell.
 */
export function eventsFor(told: Told | undefined, now: PaymentNow): PaymentEvent[] {
  const { status, confirmations, needed, blockHash, replacedBy, leaseId, txid, vout, address, sats } = now;
  const event = (type: EventType, change: Partial<PaymentEvent> = {}): PaymentEvent => {
    const where = { confirmations: 0, needed, blockHash: undefined, replacedBy: undefined };
    return { type, leaseId, txid, vout, address, sats, ...where, ...change };
  };
  const events: PaymentEvent[] = [];
  const isMoved = told?.blockHash !== undefined && told.blockHash !== blockHash;
  if (isMoved) events.push(event("payment.reorged", { blockHash: told.blockHash }));
  if (blockHash === undefined) {
    const wasUnseen = told === undefined || ["payment.replaced", "payment.dropped"].includes(told.lastType);
    if (status === "seen" && wasUnseen) events.push(event("payment.seen"));
    const isNews = told?.lastType !== "payment.replaced" || told.replacedBy !== replacedBy;
    if (status === "replaced" && isNews) events.push(event("payment.replaced", { replacedBy }));
    if (status === "dropped" && told?.lastType !== "payment.dropped") events.push(event("payment.dropped"));
    return events;
  }
  const here = isMoved ? undefined : told;
  const last = Math.min(confirmations, needed ?? 0);
  for (let depth = (here?.confirmations ?? 0) + 1; depth <= last; depth++) {
    events.push(event("payment.confirmation", { blockHash, confirmations: depth }));
  }
  if (status === "credited" && here?.credited !== true) {
    events.push(event("payment.credited", { blockHash, confirmations: Math.max(last, here?.confirmations ?? 0) }));
  }
  return events;
}

/** The name of an event, the same whenever it is told: `count` is how many came before of the same payment. */
export function eventId(event: Outpoint & { type: EventType }, count: number): string {
  const digest = createHash("sha256")
    .update(`${outpointKey(event)}:${event.type}:${count}`)
    .digest("hex");
  return `evt_${digest.slice(0, 32)}`;
}

/** Blockonomics' numbers for it: 0 unconfirmed, 1 partially confirmed, 2 confirmed. */
const STATUS = { none: 0, some: 1, all: 2 } as const;

/**
 * The body of a webhook. Beside names of its own it has those of the callbacks that shops' and wallets' code is written for:
 * `address`, `value` (satoshi), `txid`, `confirmations`; `addr` and `status` of Blockonomics; `transaction_hash` of
 * Blockchain.com.
 */
export function bodyOf(event: PaymentEvent, id: string, timeMs: number): string {
  const { type, leaseId, txid, vout, address, sats, confirmations, needed, blockHash, replacedBy } = event;
  const isWhole = type === "payment.credited" || (needed !== undefined && confirmations >= needed);
  return JSON.stringify({
    id,
    type,
    timestamp: new Date(timeMs).toISOString(),
    address,
    value: Number(sats),
    txid,
    vout,
    confirmations,
    needed: needed ?? null,
    credited: type === "payment.credited",
    lease_id: leaseId satisfies Hex,
    block_hash: blockHash ?? null,
    replaced_by: replacedBy ?? null,
    addr: address,
    status: confirmations === 0 ? STATUS.none : isWhole ? STATUS.all : STATUS.some,
    transaction_hash: txid,
  });
}
