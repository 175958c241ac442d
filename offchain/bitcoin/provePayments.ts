// SPDX-License-Identifier: Apache-2.0
import type { Block } from "./block.ts";
import { bytesToHex, type Hash, type Hex } from "./bytes.ts";
import type { Payment } from "./findPayments.ts";
import { merkleProofIn, merkleTree } from "./merkleProof.ts";
import { fullBytes, strippedBytes, type Transaction } from "./transaction.ts";

/** A transaction of a block with its payments, as `IBitcoinPayments` takes it. */
export interface TransactionProof<T> {
  txid: Hash;
  /** Place in the block; 0 is the coinbase. */
  index: number;
  /** Siblings from the leaf to the root, in internal order. */
  path: Hex[];
  /** Without the witness: what the id is a hash of, and the cheapest to send. */
  stripped: Hex;
  /** With the witness if it has one. */
  full: Hex;
  /** At least one; with `to` a LeaseAddress, `to.outputKey.y` and `to.leaseId` are the rest of what a contract asks. */
  payments: Payment<T>[];
}

/** The longest form without witness that the contracts read, in bytes; more than any standard transaction has. */
export const MAX_PROVABLE_BYTES = 400_000;

/** A transaction that no contract would take, found out before it costs anything. */
export interface UnprovableTransaction<T> {
  txid: Hash;
  /** Bytes without the witness: what it has, and what it may have. */
  have: number;
  max: number;
  payments: Payment<T>[];
}

/** All that a contract needs to credit the payments of one block. */
export interface BlockProof<T> {
  height: number;
  blockHash: Hash;
  /** 80 bytes. */
  header: Hex;
  /** In the block's order. */
  transactions: TransactionProof<T>[];
  /** Those too long to be proven. Their payments are the provider's, but no contract can credit them. */
  unprovable: UnprovableTransaction<T>[];
}

export interface ProvePaymentsParameters<T> {
  block: Block;
  height: number;
  /** Outputs of transactions of this block, as `findPayments` gives them. */
  payments: readonly Payment<T>[];
}

/**
 * Proves payments of one block; its merkle tree is computed once, however many they are.
 * @throws MerkleProofError when a payment is not of this block, or the block not that of its header
 */
export function provePayments<T>({ block, height, payments }: ProvePaymentsParameters<T>): BlockProof<T> {
  const proof: BlockProof<T> = {
    height,
    blockHash: block.hash,
    header: block.header,
    transactions: [],
    unprovable: [],
  };
  if (payments.length === 0) return proof;
  const tree = merkleTree(block);
  const paymentsOf = Map.groupBy(payments, ({ txid }) => txid);
  for (const [txid, ofTransaction] of paymentsOf) {
    const { path, index } = merkleProofIn(block, tree, txid);
    const transaction = block.transactions[index] as Transaction; // the tree has a leaf for each
    const bytes = strippedBytes(transaction);
    if (bytes.length > MAX_PROVABLE_BYTES) {
      proof.unprovable.push({ txid, have: bytes.length, max: MAX_PROVABLE_BYTES, payments: ofTransaction });
      continue;
    }
    const stripped = bytesToHex(bytes);
    const full = bytesToHex(fullBytes(transaction));
    proof.transactions.push({ txid, index, path, stripped, full, payments: ofTransaction });
  }
  proof.transactions.sort((a, b) => a.index - b.index);
  return proof;
}

/**
 * The transactions of one call of `proveMany`, each without what its path shares with the one before it: it ends below the
 * level where the two are each other's sibling. Cheaper from two payments on; see `BitcoinProof.proveNext`.
 * @param transactions of one block, in its order, with whole paths
 */
export function sharePaths<P extends { index: number; path: readonly Hex[] }>(transactions: readonly P[]): P[] {
  return transactions.map((transaction, i) => {
    const before = transactions[i - 1];
    if (before === undefined) return transaction;
    const meeting = 31 - Math.clz32(transaction.index ^ before.index);
    return { ...transaction, path: transaction.path.slice(0, meeting) };
  });
}
