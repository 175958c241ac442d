// SPDX-License-Identifier: Apache-2.0
import type { Block } from "../bitcoin/block.ts";
import { type Hash, hexToBytes } from "../bitcoin/bytes.ts";
import { findPayments, type WatchedScripts } from "../bitcoin/findPayments.ts";
import type { BlockUpdate } from "../bitcoin/followBlocks.ts";
import type { LeaseAddress } from "../bitcoin/leaseAddress.ts";
import { strippedBytes, type Transaction, visitOutputs } from "../bitcoin/transaction.ts";
import type { BlockId, Hex, Payment } from "./types.ts";

interface Entry extends BlockId {
  /** Four bytes of each taproot output's key, so that an address watched later is found without reading all again. */
  readonly marks: Uint32Array;
  payments: readonly Payment[];
}

/** The node's best chain as far as it was followed, and the payments in it. */
export interface Ledger {
  /** The block on which what was followed stands. */
  readonly base: BlockId;
  /** @returns the payments of blocks that the update removes */
  apply(update: BlockUpdate, watched: WatchedScripts<LeaseAddress>): Payment[];
  /** The last block followed. */
  tip(): BlockId;
  /** Undefined above the tip and below the base. */
  hashAt(height: number): Hash | undefined;
  payments(): Payment[];
  /** Blocks that may pay these scripts, which have to be read again because they were not watched before. */
  candidates(scripts: WatchedScripts<LeaseAddress>): BlockId[];
  /** Forgets the blocks up to a height that was followed, but for payments to leases that are still watched. */
  trim(height: number, isWatched: (leaseId: Hex) => boolean): void;
  /** Adds what a block that is read again pays to these scripts. */
  readAgain(height: number, block: Block, scripts: WatchedScripts<LeaseAddress>): void;
}

const TAPROOT_SCRIPT = 34;

/**
 * A ledger whose first block comes on top of `from`.
 * @param before payments in blocks up to there
 */
export function createLedger(from: BlockId, before: readonly Payment[] = []): Ledger {
  let base = from;
  let older = before;
  const entries: Entry[] = [];
  const at = (height: number) => entries[height - base.height - 1];
  return {
    get base() {
      return base;
    },
    apply: (update, watched) => {
      if (update.type === "reorg") {
        const removed = entries.splice(Math.max(0, update.from - base.height - 1));
        if (update.ancestor.height >= base.height) return removed.flatMap(({ payments }) => payments);
        base = update.ancestor;
        const [kept, gone] = [true, false].map((is) => older.filter(({ block }) => block.height < update.from === is));
        older = kept ?? [];
        return [...(gone ?? []), ...removed.flatMap(({ payments }) => payments)];
      }
      const { height, hash, block } = update;
      entries.push({
        height,
        hash,
        marks: Uint32Array.from(block.transactions.flatMap(marksIn)),
        payments: paymentsOf(block, height, watched),
      });
      return [];
    },
    tip: () => entries.at(-1) ?? base,
    hashAt: (height) => (height === base.height ? base.hash : at(height)?.hash),
    payments: () => [...older, ...entries.flatMap(({ payments }) => payments)],
    candidates: (scripts) => {
      const wanted = marksOf(scripts);
      return wanted.size === 0 ? [] : entries.filter(({ marks }) => marks.some((mark) => wanted.has(mark)));
    },
    trim: (height, isWatched) => {
      const past = entries.slice(0, Math.max(0, height - base.height));
      const last = past.at(-1);
      if (last === undefined) return;
      entries.splice(0, past.length);
      older = [...older, ...past.flatMap(({ payments }) => payments)].filter(({ leaseId }) => isWatched(leaseId));
      base = { height: last.height, hash: last.hash };
    },
    readAgain: (height, block, scripts) => {
      const entry = at(height);
      if (entry === undefined || entry.hash !== block.hash) return; // a reorg came between
      const known = new Set(entry.payments.map(({ txid, vout }) => `${txid}:${vout}`));
      const found = paymentsOf(block, height, scripts);
      entry.payments = [...entry.payments, ...found.filter(({ txid, vout }) => !known.has(`${txid}:${vout}`))];
    },
  };
}

/** Only transactions with a wanted mark are looked at closely: hashing all of a block's takes long. */
function paymentsOf(block: Block, height: number, watched: WatchedScripts<LeaseAddress>): Payment[] {
  const wanted = marksOf(watched);
  return block.transactions.flatMap((transaction, index) => {
    if (!marksIn(transaction).some((mark) => wanted.has(mark))) return [];
    return findPayments([transaction], watched).map(({ to, txid, vout, value }) => ({
      leaseId: to.leaseId,
      txid,
      vout,
      sats: value,
      bytes: strippedBytes(transaction).length,
      coinbase: index === 0,
      block: { height, hash: block.hash },
    }));
  });
}

function marksOf(scripts: WatchedScripts<LeaseAddress>): Set<number> {
  return new Set([...scripts.keys()].map((script) => markOf(hexToBytes(script))));
}

function marksIn(transaction: Transaction): number[] {
  const marks: number[] = [];
  visitOutputs(
    transaction,
    (length) => length === TAPROOT_SCRIPT,
    ({ script }) => marks.push(markOf(script)),
  );
  return marks;
}

function markOf(script: Uint8Array): number {
  return new DataView(script.buffer, script.byteOffset, script.byteLength).getUint32(script.byteLength - 4);
}
