// SPDX-License-Identifier: Apache-2.0
import type { Hash, Hex } from "../bitcoin/bytes.ts";

export type { Hex };

/** An output of a bitcoin transaction as a payment to a lease or to a reservation of the swap. */
export interface Outpoint {
  /** What its address commits to: the lease's id, or the reservation's. */
  readonly leaseId: Hex;
  readonly txid: Hash;
  readonly vout: number;
}

/** A block of Bitcoin. */
export interface BlockId {
  readonly height: number;
  /** In printed order. */
  readonly hash: Hash;
}

/** An output that pays a watched address. */
export interface Payment extends Outpoint {
  readonly sats: bigint;
  /** Bytes of its transaction without witness. */
  readonly bytes: number;
  readonly coinbase: boolean;
  /** In the node's best chain. */
  readonly block: BlockId;
}

/** What the contracts have recorded of an outpoint. */
export interface CreditRecord extends Outpoint {
  /** Credited and not taken back. */
  readonly msat: bigint;
  /** The block it was proven in; undefined once revoked. */
  readonly block: BlockId | undefined;
}

/** The name of an outpoint as a payment to what it pays, as the contracts tell them apart. */
export function outpointKey({ leaseId, txid, vout }: Outpoint): string {
  return `${leaseId}:${txid}:${vout}`;
}
