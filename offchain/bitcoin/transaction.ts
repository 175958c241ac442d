// SPDX-License-Identifier: Apache-2.0
import { crypto } from "bitcoinjs-lib";
import { TaggedError } from "../core/errors.ts";
import { bytesToHex, concatBytes, displayOrder, type Hash, type Hex } from "./bytes.ts";

/**
 * Where the parts of a serialised transaction (BIP-144) lie in `bytes`, which it shares with its block: a block of ten
 * thousand transactions is read without copying one of them.
 */
export interface Transaction {
  bytes: Uint8Array;
  start: number;
  /** The count of inputs; after marker and flag if it has a witness. */
  inputs: number;
  /** The count of outputs. */
  outputs: number;
  /** The byte after the last output: the witness if it has one, else the lock time. */
  outputsEnd: number;
  /** The byte after the lock time. */
  end: number;
  hasWitness: boolean;
}

export interface Outpoint {
  txid: Hash;
  vout: number;
}

/** Bytes that are no block or transaction. */
export class BitcoinParseError extends TaggedError<"UNPARSABLE"> {
  override readonly name = "BitcoinParseError";

  constructor(message: string, cause?: unknown) {
    super({ code: "UNPARSABLE", message, cause });
  }
}

const LOCK_TIME = 4;

/** @throws BitcoinParseError unless `bytes` is one whole transaction, with or without its witness */
export function parseTransaction(bytes: Uint8Array): Transaction {
  return reading(() => {
    const transaction = readTransaction(bytes, viewOf(bytes), 0);
    if (transaction.end !== bytes.length) {
      throw new BitcoinParseError(`${bytes.length - transaction.end} bytes follow the transaction`);
    }
    return transaction;
  });
}

/** The serialisation that the id is a hash of; the cheapest that a contract can be given. */
export function strippedBytes({ bytes, start, inputs, outputsEnd, end, hasWitness }: Transaction): Uint8Array {
  if (!hasWitness) return bytes.subarray(start, end);
  const version = bytes.subarray(start, start + 4);
  return concatBytes(version, bytes.subarray(inputs, outputsEnd), bytes.subarray(end - LOCK_TIME, end));
}

/** As a node returns it: with the witness if it has one. */
export function fullBytes({ bytes, start, end }: Transaction): Uint8Array {
  return bytes.subarray(start, end);
}

/** The id in the order in which it is hashed into the merkle tree. */
export function transactionHash(transaction: Transaction): Uint8Array {
  return crypto.hash256(strippedBytes(transaction));
}

export function transactionId(transaction: Transaction): Hash {
  return displayOrder(transactionHash(transaction));
}

/** The outputs that the transaction spends. */
export function spentOutpoints({ bytes, inputs }: Transaction): Outpoint[] {
  const view = viewOf(bytes);
  let { value: count, next } = readVarint(view, inputs);
  const outpoints: Outpoint[] = [];
  for (; count > 0; count--) {
    outpoints.push({ txid: displayOrder(bytes.subarray(next, next + 32)), vout: view.getUint32(next + 32, true) });
    next = inputEnd(view, next);
  }
  return outpoints;
}

/** One output while it is visited: `script` is part of the transaction's bytes, not a copy. */
export interface VisitedOutput {
  vout: number;
  /** Satoshi. */
  value: bigint;
  script: Uint8Array;
}

/**
 * Calls `visit` for each output whose script's length is wanted. Nothing is made for the others: in a full block they
 * are most.
 */
export function visitOutputs(
  { bytes, outputs }: Transaction,
  isWanted: (scriptLength: number) => boolean,
  visit: (output: VisitedOutput) => void,
): void {
  const view = viewOf(bytes);
  const { value: count, next } = readVarint(view, outputs);
  let offset = next;
  for (let vout = 0; vout < count; vout++) {
    const { value: length, next: script } = readVarint(view, offset + 8);
    if (isWanted(length)) {
      visit({ vout, value: view.getBigUint64(offset, true), script: bytes.subarray(script, script + length) });
    }
    offset = script + length;
  }
}

/** A script as the key of a map of watched scripts. */
export function scriptKey(script: Uint8Array): Hex {
  return bytesToHex(script);
}

/** Reads the transaction that starts at `start`; for `parseBlock`, which calls it inside `reading`. */
export function readTransaction(bytes: Uint8Array, view: DataView, start: number): Transaction {
  // A transaction without inputs cannot be in a block, so a zero here is the marker (BIP-144).
  const hasWitness = view.getUint8(start + 4) === 0;
  if (hasWitness && view.getUint8(start + 5) !== 1) throw new BitcoinParseError("unknown flag after the marker");
  const inputs = start + (hasWitness ? 6 : 4);
  let { value: inputCount, next } = readVarint(view, inputs);
  const witnesses = inputCount;
  for (; inputCount > 0; inputCount--) next = inputEnd(view, next);
  const outputs = next;
  let outputCount: number;
  ({ value: outputCount, next } = readVarint(view, outputs));
  for (; outputCount > 0; outputCount--) next = sliceEnd(view, next + 8);
  const outputsEnd = next;
  if (hasWitness) for (let i = 0; i < witnesses; i++) next = witnessEnd(view, next);
  const end = next + LOCK_TIME;
  if (end > bytes.length) throw new BitcoinParseError("the bytes end inside a transaction");
  return { bytes, start, inputs, outputs, outputsEnd, end, hasWitness };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A CompactSize. */
export function readVarint(view: DataView, offset: number): { value: number; next: number } {
  const first = view.getUint8(offset);
  if (first < 0xfd) return { value: first, next: offset + 1 };
  if (first === 0xfd) return { value: view.getUint16(offset + 1, true), next: offset + 3 };
  if (first === 0xfe) return { value: view.getUint32(offset + 1, true), next: offset + 5 };
  throw new BitcoinParseError("a count or length of more than 32 bits");
}

/** Runs a reader; DataView's RangeError is how it notices that the bytes end too early. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new BitcoinParseError("the bytes end too early", error);
    throw error;
  }
}

function inputEnd(view: DataView, offset: number): number {
  return sliceEnd(view, offset + 36) + 4; // outpoint, script, sequence
}

function witnessEnd(view: DataView, offset: number): number {
  let { value: count, next } = readVarint(view, offset);
  for (; count > 0; count--) next = sliceEnd(view, next);
  return next;
}

function sliceEnd(view: DataView, offset: number): number {
  const { value, next } = readVarint(view, offset);
  return next + value;
}
