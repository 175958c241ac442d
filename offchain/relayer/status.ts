// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "../bitcoin/bytes.ts";
import type { Book } from "./book.ts";
import type { Ledger } from "./ledger.ts";
import { depthNeeded } from "./plan.ts";
import type { Sightings } from "./sightings.ts";
import { type Hex, outpointKey, type Payment } from "./types.ts";

/** How far a payment has come, for the one who made it. */
export interface PaymentStatus {
  readonly txid: Hash;
  readonly vout: number;
  readonly sats: bigint;
  /**
   * - seen: in the mempool
   * - confirming: in a block; `confirmations` of `needed`
   * - credited: the lease has it
   * - replaced: another transaction, `replacedBy`, spends the same coins (BIP-125)
   * - dropped: neither in the mempool nor in a block any more
   */
  readonly status: "seen" | "confirming" | "credited" | "replaced" | "dropped";
  /** Depth of its block in the node's best chain; 0 in the mempool. */
  readonly confirmations: number;
  /** Undefined until the lease is opened: the ask says. */
  readonly needed: number | undefined;
  readonly replacedBy: Hash | undefined;
}

export interface StatusSources {
  readonly book: Book;
  readonly ledger: Ledger;
  readonly sightings: Sightings;
}

/** All payments to a lease or reservation: those in blocks first, deepest first. */
export function paymentsOf(leaseId: Hex, { book, ledger, sightings }: StatusSources): PaymentStatus[] {
  const agreed = book.payees.get(leaseId)?.confirmations;
  const mined = ledger.payments().filter((payment) => payment.leaseId === leaseId);
  const known = new Set(mined.map(outpointKey));
  const elsewhere = [...sightings.all()].filter((each) => each.leaseId === leaseId && !known.has(outpointKey(each)));
  const inBlocks = mined.map((payment) => ofMined(payment, agreed, { book, ledger }));
  return [
    ...inBlocks.sort((a, b) => b.confirmations - a.confirmations),
    ...elsewhere.map(({ txid, vout, sats, status, replacedBy }) => {
      return { txid, vout, sats, status, confirmations: 0, needed: agreed, replacedBy };
    }),
  ];
}

function ofMined(
  payment: Payment,
  agreed: number | undefined,
  { book, ledger }: Pick<StatusSources, "book" | "ledger">,
): PaymentStatus {
  const { txid, vout, sats, block } = payment;
  const credit = book.credits.get(outpointKey(payment));
  return {
    txid,
    vout,
    sats,
    // A credit in a block that a reorg has removed has yet to be moved to this one.
    status: credit?.block?.hash === block.hash ? "credited" : "confirming",
    confirmations: ledger.tip().height - block.height + 1,
    needed: agreed === undefined ? undefined : depthNeeded(agreed, payment),
    replacedBy: undefined,
  };
}
