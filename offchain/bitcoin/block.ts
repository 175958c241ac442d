// SPDX-License-Identifier: Apache-2.0
import { crypto } from "bitcoinjs-lib";
import { bytesToHex, displayOrder, type Hash, type Hex } from "./bytes.ts";
import { BitcoinParseError, reading, readTransaction, readVarint, type Transaction, viewOf } from "./transaction.ts";

/** A block as a node serialises it. */
export interface Block {
  hash: Hash;
  previousHash: Hash;
  /** 80 bytes. */
  header: Hex;
  /** In internal order. */
  merkleRoot: Hex;
  /** In the block's order; the first is the coinbase. */
  transactions: readonly Transaction[];
}

const HEADER_LENGTH = 80;

/**
 * Reads a block without copying its transactions. Checks the form only: that the transactions hash to the header's
 * merkle root is checked where a proof is made, and proof of work and validity are the node's affair.
 * @throws BitcoinParseError
 */
export function parseBlock(bytes: Uint8Array): Block {
  return reading(() => {
    const view = viewOf(bytes);
    const { value: count, next } = readVarint(view, HEADER_LENGTH);
    const transactions: Transaction[] = [];
    let offset = next;
    for (let i = 0; i < count; i++) {
      const transaction = readTransaction(bytes, view, offset);
      transactions.push(transaction);
      offset = transaction.end;
    }
    if (offset !== bytes.length) throw new BitcoinParseError(`${bytes.length - offset} bytes follow the block`);
    const header = bytes.subarray(0, HEADER_LENGTH);
    return { ...readHeader(header), transactions };
  });
}

/** @throws BitcoinParseError unless `header` is 80 bytes long */
export function readHeader(header: Uint8Array): Omit<Block, "transactions"> {
  if (header.length !== HEADER_LENGTH) throw new BitcoinParseError(`a header of ${header.length} bytes`);
  return {
    hash: displayOrder(crypto.hash256(header)),
    previousHash: displayOrder(header.subarray(4, 36)),
    merkleRoot: bytesToHex(header.subarray(36, 68)),
    header: bytesToHex(header),
  };
}
