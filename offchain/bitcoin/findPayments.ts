// SPDX-License-Identifier: Apache-2.0
import type { Hash, Hex } from "./bytes.ts";
import { scriptKey, type Transaction, transactionId, visitOutputs } from "./transaction.ts";

/**
 * The scripts to look for, and what each belongs to: `watched.set(address.script, address)` with a `LeaseAddress`, or
 * whatever else the caller wants to find with the payment.
 */
export type WatchedScripts<T> = ReadonlyMap<Hex, T>;

/** An output that pays a watched script. */
export interface Payment<T> {
  /** What the map has for the script. */
  to: T;
  txid: Hash;
  vout: number;
  /** Satoshi. */
  value: bigint;
  script: Hex;
}

/** The outputs of these transactions (a block's, or one) that pay a watched script, in their order. */
export function findPayments<T>(transactions: Iterable<Transaction>, watched: WatchedScripts<T>): Payment<T>[] {
  const payments: Payment<T>[] = [];
  if (watched.size === 0) return payments;
  const lengths = new Set<number>();
  for (const script of watched.keys()) lengths.add((script.length - 2) / 2);
  const isWanted = (length: number) => lengths.has(length);
  for (const transaction of transactions) {
    let txid: Hash | undefined; // two hashes and a reversal, for the few that pay
    visitOutputs(transaction, isWanted, ({ vout, value, script }) => {
      const key = scriptKey(script);
      const to = watched.get(key);
      if (to === undefined) return;
      txid ??= transactionId(transaction);
      payments.push({ to, txid, vout, value, script: key });
    });
  }
  return payments;
}
