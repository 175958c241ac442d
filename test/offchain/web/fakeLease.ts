// SPDX-License-Identifier: Apache-2.0
import { secondsPaid } from "../../../offchain/indexer/exhaustion.ts";
import type { RefundRow } from "../../../offchain/indexer/tables.ts";
import { leaseAt } from "../../../offchain/pool/accrual.ts";
import {
  type Accrual,
  type AnyLeaseSummary,
  anyLeaseSummarySchema,
  type LeaseAnswer,
  type LeaseSummary,
  leaseAnswerSchema,
  type Offer,
  type Payment,
  type TakeBody,
  type TimelineEntry,
  tokenLeaseSchema,
} from "../../../offchain/pool/api.ts";
import type { BlockInfo } from "../../../offchain/pool/basics.ts";
import { type Happened, type RefundableRow, refundStateOf } from "../../../offchain/pool/refund.ts";

/** A lease as the fake pool keeps it. */
export interface FakeLease {
  readonly leaseId: string;
  readonly body: TakeBody;
  readonly offer: Offer;
  /** What the pool says the address is; a test may make it lie. */
  address: string;
  state: "queued" | "refused" | LeaseSummary["state"];
  /** It is shown as one that is paid in this token. */
  token?: string | undefined;
  /** Under notice: the provider clock at its end. */
  endsAt?: number | undefined;
  readonly payments: Payment[];
  readonly timeline: TimelineEntry[];
  /** msat. */
  deposit: bigint;
  watched?: boolean;
  openedAt?: number;
  payBy?: number;
  startBy?: number | undefined;
  startedAt?: number;
  periodStart?: number;
  clock?: Accrual["clock"];
  closedAt?: number;
  reason?: LeaseSummary["reason"];
  explanation?: string | null;
  sealedAccess?: string;
  /** msat that the start has cost; 0 when it was within the holder's limit. */
  feeCharged?: bigint;
  refunds?: RefundRow[];
  claim?: { msat: bigint; payableAt: number };
  happened?: Happened;
  bitcoinHeight?: number;
}

/** What the API says of a lease, checked with the API's own schema. */
export function viewOf(lease: FakeLease, block: BlockInfo): LeaseAnswer {
  const { leaseId, state, address, offer, body } = lease;
  const payments = { list: lease.payments, watched: lease.watched ?? true };
  if (state === "queued" || state === "refused") {
    const refusal = { code: "Exchange_SoldOut", title: "Sold out", detail: "The order has nothing left." };
    return leaseAnswerSchema.parse({
      leaseId,
      state,
      address,
      payments,
      refusal: state === "refused" ? refusal : null,
      block,
    });
  }
  if (lease.token !== undefined) return tokenViewOf(lease, block);
  const earned = earnedOf(lease, block);
  const sats = (BigInt(body.terms.prepayment) + 999n) / 1000n;
  return leaseAnswerSchema.parse({
    ...summaryOf(lease, block),
    block,
    terms: body.terms,
    order: offer.order,
    confirmations: offer.confirmations,
    graceSeconds: offer.graceSeconds,
    payTo: {
      address,
      sats: `${sats}`,
      minimumSats: `${(BigInt(offer.price.msatPerHour) + BigInt(body.terms.startFee) + 999n) / 1000n}`,
      uri: `bitcoin:${address}`,
    },
    payments,
    cover: { coveredMsat: body.terms.prepayment, collateral: "1000000000000000000" },
    settlement:
      state === "closed"
        ? {
            earnedMsat: `${earned}`,
            owedMsat: `${lease.deposit - earned}`,
            refundScript: body.terms.refundScript.toLowerCase(),
          }
        : null,
    refund: refundOf(lease, earned, block),
    ...detailsOf(lease, block),
  });
}

function refundOf(lease: FakeLease, earned: bigint, { time }: BlockInfo) {
  const { state, offer, body, deposit, closedAt, refunds, claim } = lease;
  const row: RefundableRow = {
    state: state === "queued" || state === "refused" ? "unfunded" : state,
    confirmations: offer.confirmations,
    closed_at: closedAt ?? null,
    deposit: `${deposit}`,
    earned: `${earned}`,
    refund_script: body.terms.refundScript.toLowerCase(),
    refund_to: null,
    collateral: "1000000000000000000",
    claimed: `${claim?.msat ?? 0n}`,
    claim_payable_at: claim?.payableAt ?? null,
  };
  return refundStateOf(row, refunds ?? [], lease.happened ?? [], { time, bitcoinHeight: lease.bitcoinHeight });
}

function tokenViewOf(lease: FakeLease, block: BlockInfo): LeaseAnswer {
  const { state, offer, body } = lease;
  const earned = earnedOf(lease, block);
  return tokenLeaseSchema.parse({
    ...summaryOf(lease, block),
    block,
    order: offer.order,
    graceSeconds: offer.graceSeconds,
    prepayment: body.terms.prepayment,
    settlement: state === "closed" ? { earned: `${earned}`, refunded: `${lease.deposit - earned}` } : null,
    ...detailsOf(lease, block),
  });
}

function detailsOf(lease: FakeLease, block: BlockInfo) {
  return {
    explanation: lease.explanation ?? null,
    access: lease.sealedAccess === undefined ? null : { sealed: lease.sealedAccess, time: lease.startedAt ?? 0 },
    timeline: lease.timeline.map((entry) => ({
      ...entry,
      finality: entry.block <= block.finalized ? "finalized" : entry.block <= block.safe ? "safe" : "latest",
    })),
  };
}

export function summaryOf(lease: FakeLease, block: BlockInfo): AnyLeaseSummary {
  const { offer, state } = lease;
  const accrual = accrualOf(lease);
  const money =
    lease.token === undefined
      ? { currency: "bitcoin", price: offer.price, depositMsat: `${lease.deposit}` }
      : { currency: "token", token: lease.token, perHour: offer.price.msatPerHour, deposit: `${lease.deposit}` };
  return anyLeaseSummarySchema.parse({
    ...money,
    leaseId: lease.leaseId,
    holder: lease.body.terms.holder,
    state,
    phase: phaseOf(lease, accrual, block.time),
    reason: lease.reason ?? null,
    stoppable: state === "pending" || state === "reserved" || state === "active",
    appliance: { id: offer.appliance, provider: offer.provider, region: offer.region },
    class: offer.class,
    accrual: state === "active" || state === "reserved" ? accrual : null,
    startFee: {
      agreed: lease.body.terms.startFee,
      earned: `${lease.feeCharged ?? 0n}`,
      charged: lease.feeCharged === undefined ? null : `${lease.feeCharged}`,
    },
    payBy: state === "unfunded" ? (lease.payBy ?? null) : null,
    startBy: state === "closed" ? null : (lease.startBy ?? null),
    openedAt: lease.openedAt ?? 0,
    startedAt: lease.startedAt ?? null,
    closedAt: lease.closedAt ?? null,
  });
}

function accrualOf(lease: FakeLease): Accrual | null {
  const { clock, periodStart = 0, offer, endsAt } = lease;
  if (clock === undefined) return null;
  const spendable = lease.deposit - (lease.feeCharged ?? 0n);
  const exhaustedAt = endsAt ?? periodStart + secondsPaid(spendable, BigInt(offer.price.msatPerHour));
  return {
    perHour: offer.price.msatPerHour,
    deposit: `${spendable}`,
    aside: "0",
    periodStart,
    exhaustedAt,
    overAt: endsAt ?? exhaustedAt + offer.graceSeconds,
    clock,
  };
}

function earnedOf(lease: FakeLease, block: BlockInfo): bigint {
  const accrual = accrualOf(lease);
  return accrual === null ? 0n : (lease.feeCharged ?? 0n) + leaseAt(accrual, block.time).earned;
}

function phaseOf(lease: FakeLease, accrual: Accrual | null, time: number): LeaseSummary["phase"] {
  if (lease.state === "unfunded") return time <= (lease.payBy ?? 0) ? "payment" : "lapsed";
  if (lease.state === "pending") return time <= (lease.startBy ?? 0) ? "starting" : "overdue";
  if (lease.state === "closed" || accrual === null) return "ended";
  if (leaseAt(accrual, time).exhausted) return "grace";
  if (lease.startBy !== undefined) return "launching";
  if (lease.endsAt !== undefined) return "notice";
  return lease.state === "reserved" ? "reserved" : "running";
}
