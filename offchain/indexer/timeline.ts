// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "viem";
import type { HandlerContext } from "./events.ts";
import type { TimelineRow } from "./tables.ts";

/**
 * What a lease's timeline tells, and with what data. Amounts are decimal strings: msat, or base units of `token` where
 * there is one.
 */
export interface TimelineData {
  opened: { prepayment: string; payBy: number };
  "opened-in-token": { prepayment: string; token: string };
  "payment-credited": { txid: string; vout: number; msat: string };
  "payment-moved": { txid: string; vout: number; height: number };
  "payment-revoked": { txid: string; vout: number; msat: string; kept: string };
  "set-aside": { msat: string };
  "topped-up": { amount: string; token: string };
  funded: { startBy: number };
  "unfunded-again": { payBy: number };
  reserved: Record<never, never>;
  "launch-asked": { startBy: number };
  started: { again: 0 | 1 };
  "access-posted": Record<never, never>;
  "period-opened": Record<never, never>;
  "start-fee": { amount: string; token: string };
  settled: { amount: string; token: string };
  "notice-given": Record<never, never>;
  declined: { explanation: string };
  evicted: { explanation: string };
  resold: Record<never, never>;
  closed: { reason: string; earned: string; owed: string; token?: string };
  "collateral-released": { amount: string; left: string };
  "refund-proven": { txid: string; vout: number; msat: string };
  "refund-confirmed": { txid: string; vout: number };
  "refund-revoked": { txid: string; vout: number; msat: string };
  "collateral-claimed": { msat: string; payableAt: number };
  /** `amount` is XOV base units. */
  "claim-paid": { msat: string; amount: string };
}

export type TimelineKind = keyof TimelineData;

/** The place of an event in the chain. */
interface Place {
  readonly transactionHash: Hash;
  readonly logIndex: number;
}

/** Adds an event to its lease's timeline. */
export function addTimeline<K extends TimelineKind>(
  { rows, block, time }: HandlerContext,
  { transactionHash, logIndex }: Place,
  kind: K,
  lease: string,
  data: TimelineData[K],
): void {
  const number = Number(block.number);
  const row: TimelineRow = {
    lease,
    block: number,
    log_index: logIndex,
    time,
    tx_hash: transactionHash,
    kind,
    data: { ...data },
  };
  rows.add("timeline", row);
}
