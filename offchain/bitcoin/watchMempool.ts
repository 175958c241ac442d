// SPDX-License-Identifier: Apache-2.0
import { type Hash, type Hex, hexToBytes } from "./bytes.ts";
import { findPayments, type Payment, type WatchedScripts } from "./findPayments.ts";
import type { MempoolReader } from "./node.ts";
import { type PollingParameters, polling } from "./polling.ts";
import { type Outpoint, spentOutpoints, type Transaction, transactionId, visitOutputs } from "./transaction.ts";

/** What happened to a payment that is not mined. */
export type MempoolUpdate<T> =
  /** It is in the mempool, and was not before. It comes again when a reorg throws it back there. */
  | { type: "seen"; payment: Payment<T> }
  | {
      type: "gone";
      payment: Payment<T>;
      /**
       * `mined`: in a block. `replaced`: another transaction of the mempool, `replacedBy`, spends the same coins
       * (BIP-125). `dropped`: expired, evicted, or a conflicting transaction was mined; also, rarely, mined and
       * spent again before we looked, so a block that has it is to be believed over this.
       */
      reason: "mined" | "replaced" | "dropped";
      replacedBy?: Hash;
    };

export interface WatchMempoolParameters<T> extends PollingParameters {
  node: MempoolReader;
  /** Asked at each poll. A script that is new in it is looked for in what is in the mempool already. */
  watched: () => WatchedScripts<T>;
}

/** How many transactions are fetched before what they pay is told. */
const BATCH = 500;

/**
 * Watches the node's mempool for payments to the watched scripts. Each update comes once; a payment is followed until it
 * is gone, also when its script is no longer watched. The first poll reads every transaction of the mempool, later ones
 * read what is new.
 */
export async function* watchMempool<T>(
  parameters: WatchMempoolParameters<T>,
): AsyncGenerator<MempoolUpdate<T>, void, void> {
  const { node, watched, signal } = parameters;
  const known: Known<T> = { outputs: new Map(), paying: new Map(), searched: new Set() };
  // A copy, since the caller's map may grow while we wait for the node.
  yield* polling(parameters, () => poll({ node, known, watched: new Map(watched()), signal }));
}

interface Known<T> {
  /** Of each transaction, some bytes of its outputs' scripts: finds a script that is watched later. */
  outputs: Map<Hash, readonly number[]>;
  paying: Map<Hash, { payments: Payment<T>[]; spends: readonly Outpoint[] }>;
  /** The scripts that `outputs` has been searched for. */
  searched: ReadonlySet<Hex>;
}

interface Poll<T> {
  node: MempoolReader;
  known: Known<T>;
  watched: WatchedScripts<T>;
  signal: AbortSignal;
}

type Updates<T> = AsyncGenerator<MempoolUpdate<T>, void, void>;

async function* poll<T>(context: Poll<T>): Updates<T> {
  const { node, known, watched, signal } = context;
  const { loaded, txids } = await node.mempool(signal);
  if (!loaded) return; // what is still missing is not gone
  yield* searchAgain(context);
  known.searched = new Set(watched.keys());
  const unread = txids.filter((txid) => !known.outputs.has(txid));
  yield* read(context, unread, watched);
  yield* forget(context, new Set(txids));
}

/** Looks for newly watched scripts in what was read before. */
async function* searchAgain<T>(context: Poll<T>): Updates<T> {
  const { known, watched } = context;
  const added = new Map([...watched].filter(([script]) => !known.searched.has(script)));
  if (added.size === 0) return;
  const marks = new Set([...added.keys()].map((script) => markOf(hexToBytes(script))));
  const candidates = [...known.outputs].filter(([, outputs]) => outputs.some((mark) => marks.has(mark)));
  const txids = candidates.map(([txid]) => txid);
  yield* read(context, txids, added);
}

async function* read<T>(
  { node, known, signal }: Poll<T>,
  txids: readonly Hash[],
  scripts: WatchedScripts<T>,
): Updates<T> {
  for (let i = 0; i < txids.length; i += BATCH) {
    for (const transaction of await node.transactions(txids.slice(i, i + BATCH), signal)) {
      if (transaction === undefined) continue; // it left since we heard of it
      known.outputs.set(transactionId(transaction), marksOf(transaction));
      for (const payment of findPayments([transaction], scripts)) {
        if (note(known, transaction, payment)) yield { type: "seen", payment };
      }
    }
  }
}

/** @returns false when the payment was noted before */
function note<T>(known: Known<T>, transaction: Transaction, payment: Payment<T>): boolean {
  const paying = known.paying.get(payment.txid);
  if (paying === undefined) {
    known.paying.set(payment.txid, { payments: [payment], spends: spentOutpoints(transaction) });
    return true;
  }
  if (paying.payments.some(({ vout }) => vout === payment.vout)) return false;
  paying.payments.push(payment);
  return true;
}

async function* forget<T>({ node, known, signal }: Poll<T>, present: ReadonlySet<Hash>): Updates<T> {
  for (const txid of known.outputs.keys()) {
    if (present.has(txid)) continue;
    const paying = known.paying.get(txid);
    const why = paying && (await whyGone(node, txid, paying, signal));
    known.outputs.delete(txid);
    known.paying.delete(txid);
    if (paying === undefined || why === undefined) continue;
    for (const payment of paying.payments) yield { type: "gone", payment, ...why };
  }
}

async function whyGone<T>(
  node: MempoolReader,
  txid: Hash,
  { payments, spends }: { payments: readonly Payment<T>[]; spends: readonly Outpoint[] },
  signal: AbortSignal,
): Promise<Pick<MempoolUpdate<T> & { type: "gone" }, "reason" | "replacedBy">> {
  for (const { vout } of payments) {
    if (await node.isUnspentInChain({ txid, vout }, signal)) return { reason: "mined" };
  }
  const spenders = await node.mempoolSpenders(spends, signal);
  const replacedBy = spenders.find((spender) => spender !== undefined);
  return replacedBy === undefined ? { reason: "dropped" } : { reason: "replaced", replacedBy };
}

function marksOf(transaction: Transaction): number[] {
  const marks: number[] = [];
  visitOutputs(
    transaction,
    () => true,
    ({ script }) => marks.push(markOf(script)),
  );
  return marks;
}

/** The last four bytes: of a taproot script, part of its key. */
function markOf(script: Uint8Array): number {
  let mark = 0;
  for (const byte of script.subarray(-4)) mark = (mark << 8) | byte;
  return mark;
}
