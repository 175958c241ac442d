// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "../bitcoin/bytes.ts";
import type { HeaderBatch } from "../bitcoin/headersSince.ts";
import type { Payee } from "./book.ts";
import { type CreditRecord, type Hex, type Outpoint, outpointKey, type Payment } from "./types.ts";

/** What is known at one moment. Hashes are in printed order. */
export interface View {
  /** The light client on chain. */
  readonly client: {
    readonly height: number;
    /** The canonical hash at a height; undefined above the tip and for heights that are no longer kept. */
    hashAt(height: number): Hash | undefined;
  };
  /** The next headers that bring the light client nearer to the node's tip; undefined when it has the best chain. */
  readonly headers: HeaderBatch | undefined;
  /** Whom a payment pays, as far as its credit is concerned; undefined when the chain does not have it (yet). */
  payee(leaseId: Hex): Pick<Payee, "kind" | "confirmations"> | undefined;
  /** What pays watched addresses in the node's best chain. */
  readonly payments: readonly Payment[];
  /** Whether `payments` goes up to the node's tip. */
  readonly caughtUp: boolean;
  /** What the contracts have recorded, by `outpointKey`. */
  readonly credits: ReadonlyMap<string, CreditRecord>;
  /** Outpoints to leave alone for now, by `outpointKey`: the contracts have refused them lately. */
  readonly setAside: ReadonlySet<string>;
}

export type Action =
  | { readonly kind: "submitHeaders"; readonly batch: HeaderBatch }
  /** Payments of one block, at least one, all to leases or all to reservations. */
  | { readonly kind: "prove"; readonly to: Payee["kind"]; readonly payments: readonly Payment[] }
  | { readonly kind: "revoke"; readonly to: Payee["kind"]; readonly outpoint: Outpoint };

/** Bounds that keep one proof within what chains accept (EIP-7825; the 128 KiB of public mempools). */
export const LIMITS = {
  /** At most 120,000 gas each. */
  payments: 64,
  /** Of raw transactions. */
  bytes: 96 * 1024,
} as const;

/** Outputs of a coinbase cannot be spent, nor credited, before. */
const COINBASE_MATURITY = 100;

/**
 * What to do next, each action good for itself, in the order in which to do them: the light client first, then
 * proofs, deepest first and together for one block, then revocations. Nothing that is credited is proven, and a
 * credit whose payment a reorg has only moved to another block is not revoked: proving it again, once it is deep
 * enough, moves it.
 */
export function plan(view: View): Action[] {
  const headers: Action[] = view.headers === undefined ? [] : [{ kind: "submitHeaders", batch: view.headers }];
  return [...headers, ...planProofs(view), ...planRevocations(view)];
}

/** Depth at which the contracts take a payment to one who asks for `agreed`. */
export function depthNeeded(agreed: number, { coinbase }: Pick<Payment, "coinbase">): number {
  return coinbase ? Math.max(agreed, COINBASE_MATURITY) : agreed;
}

/** Whether the contracts still count a credit: its block is canonical, or so old that it is final. */
export function stands({ client }: Pick<View, "client">, { block }: CreditRecord): boolean {
  if (block === undefined || block.height > client.height) return false;
  const canonical = client.hashAt(block.height);
  return canonical === undefined || canonical === block.hash;
}

function planProofs(view: View): Action[] {
  const provable = view.payments.filter((payment) => isProvable(view, payment));
  const byHeight = Map.groupBy(provable, ({ block }) => block.height);
  const deepestFirst = [...byHeight].sort(([a], [b]) => a - b);
  return deepestFirst.flatMap(([, payments]) =>
    KINDS.flatMap((to) => {
      const itsOwn = payments.filter(({ leaseId }) => view.payee(leaseId)?.kind === to);
      return batches(itsOwn).map((batch): Action => ({ kind: "prove", to, payments: batch }));
    }),
  );
}

const KINDS: readonly Payee["kind"][] = ["lease", "reservation"];

function isProvable(view: View, payment: Payment): boolean {
  const { client, credits, setAside } = view;
  const { block, sats, leaseId } = payment;
  const agreed = view.payee(leaseId)?.confirmations ?? 0;
  const key = outpointKey(payment);
  if (agreed === 0 || sats === 0n || setAside.has(key)) return false;
  if (client.hashAt(block.height) !== block.hash) return false;
  if (client.height - block.height + 1 < depthNeeded(agreed, payment)) return false;
  const credit = credits.get(key);
  return credit === undefined || !stands(view, credit);
}

function planRevocations(view: View): Action[] {
  if (!view.caughtUp) return [];
  const mined = new Set(view.payments.map(outpointKey));
  const gone = [...view.credits].filter(
    ([key, credit]) =>
      credit.block !== undefined && !stands(view, credit) && !mined.has(key) && !view.setAside.has(key),
  );
  return gone.flatMap(([, { leaseId, txid, vout }]): Action[] => {
    const to = view.payee(leaseId)?.kind;
    return to === undefined ? [] : [{ kind: "revoke", to, outpoint: { leaseId, txid, vout } }];
  });
}

/** Outputs of one transaction share its bytes, so they follow each other. */
function batches(payments: readonly Payment[]): Payment[][] {
  const sorted = payments.toSorted((a, b) => compare(a.txid, b.txid) || a.vout - b.vout);
  const all: Payment[][] = [];
  let batch: Payment[] = [];
  let bytes = 0;
  for (const payment of sorted) {
    const more = batch.at(-1)?.txid === payment.txid ? 0 : payment.bytes;
    if (batch.length === 0 || batch.length === LIMITS.payments || bytes + more > LIMITS.bytes) {
      batch = [];
      bytes = payment.bytes;
      all.push(batch);
    } else bytes += more;
    batch.push(payment);
  }
  return all;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
