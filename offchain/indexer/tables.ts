// SPDX-License-Identifier: Apache-2.0
import type { JSONColumnType } from "kysely";
import type { Checkpoint } from "../chain/checkpoint.ts";

// Rows as `schema.sql` has them: bigint columns are numbers (all fit in 53 bits), numeric ones decimal strings.

export interface PoolRow {
  id: number;
  name: string;
  operator: string;
}

export interface ClassRow {
  id: string;
  vcpus: number;
  memory_mib: number;
  disk_gib: number;
  gpus: number;
  /** Empty without a GPU. */
  gpu_model: string;
  architecture: string;
}

export interface MarketRow {
  id: number;
  pool: number;
  class: string;
  quote: string;
  decade: number;
  /** Thousandths. */
  compute_units: number;
}

export interface ApplianceRow {
  id: number;
  provider: string;
  pool: number;
  bitcoin_key: string;
  grace: number;
  region: string;
  hot_key: string;
  seal_key: string;
  attested_until: number;
  elapsed: number;
  last_beat: number;
  starts_asked: number;
  starts_made: number;
  starts_declined: number;
  starts_missed: number;
  start_seconds: number;
  images: readonly string[] | null;
}

export interface AskRow {
  id: string;
  appliance: number;
  market: number;
  price: string;
  quantity: number;
  unfunded: number;
  placed: number;
  expiry: number;
  confirmations: number;
  prepaid_hours: number;
  bond: string;
  start_fee: string;
  removed: boolean;
}

export type LeaseState = "unfunded" | "pending" | "reserved" | "active" | "closed";

export interface LeaseRow {
  id: string;
  holder: string;
  terms_holder: string;
  appliance: number;
  market: number;
  ask: string;
  state: LeaseState;
  reason: string | null;
  explanation: string | null;
  price: string;
  start_fee: string;
  fee_earned: string;
  fee_charged: string | null;
  prepayment: string;
  deposit: string;
  aside: string;
  earned: string | null;
  confirmations: number;
  collateral: string;
  claimed: string;
  claim_payable_at: number | null;
  refund_script: string | null;
  refund_to: string | null;
  salt: string | null;
  terms_deadline: string | null;
  launch_spec_hash: string | null;
  opened_at: number;
  opened_block: number;
  pay_by: number | null;
  funded_at: number | null;
  start_asked_at: number | null;
  start_by: number | null;
  started_at: number | null;
  period_start: number | null;
  ends_at: number | null;
  closed_at: number | null;
  sealed_access: string | null;
  access_at: number | null;
}

export interface PaymentRow {
  lease: string;
  txid: string;
  vout: number;
  amount: string;
  height: number;
  revoked: boolean;
}

export interface RefundRow {
  lease: string;
  txid: string;
  vout: number;
  value: string;
  settled: string;
  height: number;
  confirmable_at: number;
  state: "proven" | "confirmed" | "revoked";
}

export interface TimelineRow {
  lease: string;
  block: number;
  log_index: number;
  time: number;
  tx_hash: string;
  kind: string;
  data: Record<string, string | number>;
}

export interface BitcoinRow {
  id: 1;
  height: number;
  tip_hash: string;
}

/** What handlers of events read and write. */
export interface Tables {
  pools: PoolRow;
  classes: ClassRow;
  markets: MarketRow;
  appliances: ApplianceRow;
  asks: AskRow;
  leases: LeaseRow;
  payments: PaymentRow;
  refunds: RefundRow;
  timeline: TimelineRow;
  bitcoin: BitcoinRow;
}

export type TableName = keyof Tables;

/** The columns of each table's primary key. */
export const KEYS = {
  pools: ["id"],
  classes: ["id"],
  markets: ["id"],
  appliances: ["id"],
  asks: ["id"],
  leases: ["id"],
  payments: ["lease", "txid", "vout"],
  refunds: ["lease", "txid", "vout"],
  timeline: ["lease", "block", "log_index"],
  bitcoin: ["id"],
} as const satisfies { [T in TableName]: readonly (keyof Tables[T])[] };

export type Key<T extends TableName> = Pick<Tables[T], (typeof KEYS)[T][number] & keyof Tables[T]>;

export interface ProgressRow {
  id: number;
  fingerprint: string;
  epoch: string;
  seq: number;
  checkpoint: JSONColumnType<Checkpoint> | null;
  block: number;
  block_time: number;
  safe: number;
  finalized: number;
}

/** The whole schema, for Kysely. */
export interface Database extends Omit<Tables, "timeline" | "appliances"> {
  appliances: Omit<ApplianceRow, "images"> & { images: JSONColumnType<string[]> | null };
  timeline: Omit<TimelineRow, "data"> & { data: JSONColumnType<TimelineRow["data"]> };
  progress: ProgressRow;
  undo: { block: number; table_name: string; key: JSONColumnType<object>; before: JSONColumnType<object> | null };
  changes: { seq: number; topic: string };
}
