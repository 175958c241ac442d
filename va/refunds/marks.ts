// SPDX-License-Identifier: Apache-2.0
import { bytesToHex, concatBytes, type Hash, type Hex, hexToBytes } from "../../offchain/bitcoin/bytes.ts";
import { type Transaction, transactionId, visitOutputs } from "../../offchain/bitcoin/transaction.ts";

/** OP_RETURN and a push of 32 bytes: what marks a refund of the lease of this id. */
const PREFIX = Uint8Array.of(0x6a, 0x20);
const LENGTH = 34;

/** The script that marks a refund. */
export function markScript(leaseId: Hex): Hex {
  return bytesToHex(concatBytes(PREFIX, hexToBytes(leaseId)));
}

/** The leases that a transaction says it refunds, each with the output that says so. */
export function marksOf(transaction: Transaction): { leaseId: Hex; vout: number }[] {
  const marks: { leaseId: Hex; vout: number }[] = [];
  visitOutputs(
    transaction,
    (length) => length === LENGTH,
    ({ vout, script }) => {
      if (script[0] === PREFIX[0] && script[1] === PREFIX[1])
        marks.push({ leaseId: bytesToHex(script.slice(2)), vout });
    },
  );
  return marks;
}

/** A transaction's payment of a refund script that is marked with the lease. */
export interface Marked {
  readonly txid: Hash;
  /** The output that pays the refund script. */
  readonly paid: number;
  /** Satoshi. */
  readonly value: bigint;
  readonly mark: number;
}

/** How a transaction refunds a lease, by the first output that pays its script; undefined when it does not. */
export function refundIn(transaction: Transaction, leaseId: Hex, refundScript: Hex): Marked | undefined {
  const mark = marksOf(transaction).find((each) => each.leaseId === leaseId);
  if (mark === undefined) return undefined;
  const script = hexToBytes(refundScript);
  let found: Marked | undefined;
  visitOutputs(
    transaction,
    (length) => length === script.length,
    (output) => {
      if (found !== undefined || !output.script.every((byte, i) => byte === script[i])) return;
      found = { txid: transactionId(transaction), paid: output.vout, value: output.value, mark: mark.vout };
    },
  );
  return found;
}
