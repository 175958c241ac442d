// SPDX-License-Identifier: Apache-2.0
import type { LeaseRow } from "./tables.ts";

/** What the chain tells when a lease is opened. */
export interface OpenedLease {
  readonly id: string;
  readonly holder: string;
  readonly appliance: number;
  readonly market: number;
  readonly order: bigint;
  readonly price: string;
  readonly start_fee: string;
  readonly prepayment: string;
  readonly deposit: string;
  /** Of the block, Unix seconds. */
  readonly time: number;
  readonly block: number;
}

/** The row of a lease that is just opened: nothing is known but what it was opened with. */
export function newLease({ order, time, block, ...opened }: OpenedLease): LeaseRow {
  return {
    ...opened,
    terms_holder: opened.holder,
    ask: `${order}`,
    state: "unfunded",
    reason: null,
    explanation: null,
    aside: "0",
    fee_earned: "0",
    fee_charged: null,
    earned: null,
    confirmations: 0,
    collateral: "0",
    claimed: "0",
    claim_payable_at: null,
    refund_script: null,
    refund_to: null,
    salt: null,
    terms_deadline: null,
    launch_spec_hash: null,
    opened_at: time,
    opened_block: block,
    pay_by: null,
    funded_at: null,
    start_asked_at: null,
    start_by: null,
    started_at: null,
    period_start: null,
    ends_at: null,
    closed_at: null,
    sealed_access: null,
    access_at: null,
  };
}
