// SPDX-License-Identifier: Apache-2.0
import type { Hash, Hex } from "../../offchain/bitcoin/bytes.ts";
import type { Outpoint } from "../../offchain/bitcoin/transaction.ts";
import type { Terms } from "../../offchain/lease/terms.ts";
import type { Block } from "../types.ts";

/** `REFUND_FEE` of IBitcoinDebts.sol, msat. */
export const REFUND_FEE = 2_000_000n;

/** A refund that the contracts have been shown. */
export interface ProvenRefund extends Outpoint {
  /** Of the block that it was proven in. */
  readonly height: number;
  readonly blockStands: boolean;
  /** Unix seconds; undefined once it is confirmed. */
  readonly confirmableAt: bigint | undefined;
}

/** What a closed bitcoin lease owes, as one block of the chain has it. */
export interface DebtView {
  readonly leaseId: Hex;
  readonly terms: Terms;
  /** Where the refund goes: the script of the last resale, else of the terms; `0x` for none. */
  readonly refundScript: Hex;
  /** Depth that a refund needs. */
  readonly confirmations: number;
  /** Unix seconds. */
  readonly closedAt: bigint;
  /** msat owed, less what is proven. */
  readonly owed: bigint;
  /** The same by what is final: no coin leaves for less. */
  readonly finallyOwed: bigint;
  /** The appliance's key, x-only. */
  readonly bitcoinKey: Hex;
  /** Outpoints that were credited to the lease. */
  readonly payments: readonly Outpoint[];
  readonly refunds: readonly ProvenRefund[];
}

/** A proof for BitcoinDebts. */
export interface RefundProof {
  readonly terms: Terms;
  readonly height: number;
  readonly header: Hex;
  readonly index: number;
  /** Without the witness. */
  readonly raw: Hex;
  readonly path: readonly Hex[];
  /** The output that pays the refund script. */
  readonly paid: number;
  readonly mark: number;
}

/** What the refunds need of the chain. Reads throw what the transport throws; writes resolve when mined, or throw a TransactionError. */
export interface DebtChain {
  /**
   * @param openedAt a block that is not after the lease's first event
   * @returns undefined unless it is a closed bitcoin lease of this appliance, for the latest and for the final block
   */
  debt(leaseId: Hex, openedAt: bigint, heads: { latest: Block; finalized: Block }): Promise<DebtView | undefined>;
  /** How deep the light client has a block; 0 when it does not. */
  depthOf(height: number, blockHash: Hash): Promise<number>;
  prove(proof: RefundProof): Promise<void>;
  confirm(refund: Outpoint): Promise<void>;
  revoke(refund: Outpoint): Promise<void>;
}

/** Satoshi that settle a debt of so many msat in whole: all but the flat fee, rounded up. */
export function refundUp(owed: bigint): bigint {
  return (owed - REFUND_FEE + 999n) / 1000n;
}

/** The smaller of two amounts. */
export function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
