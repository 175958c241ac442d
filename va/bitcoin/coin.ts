// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "../../offchain/bitcoin/bytes.ts";
import type { Outpoint } from "../../offchain/bitcoin/transaction.ts";

/** An output that may be spent. */
export interface Coin extends Outpoint {
  /** Satoshi. */
  readonly value: bigint;
  /** scriptPubKey. */
  readonly script: Hex;
  /** How the appliance's key makes the script; undefined for a coin of the wallet. */
  readonly derived: Derivation | undefined;
}

/** From the appliance's key to an output key (BIP-341). */
export interface Derivation {
  /** x-only. */
  readonly internalKey: Hex;
  /** Undefined for the key's own address, where change goes. */
  readonly merkleRoot: Hex | undefined;
}

/** A total order of outpoints. */
export function byOutpoint(a: Outpoint, b: Outpoint): number {
  if (a.txid !== b.txid) return a.txid < b.txid ? -1 : 1;
  return a.vout - b.vout;
}

/** `txid:vout`, as the key of a map. */
export function outpointKey({ txid, vout }: Outpoint): string {
  return `${txid}:${vout}`;
}
