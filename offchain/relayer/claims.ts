// SPDX-License-Identifier: Apache-2.0
import type { BitcoinNode } from "../bitcoin/node.ts";
import { createMarkScan, type MarkScan, placeOf } from "../bitcoin/refundScan.ts";
import { abis } from "../chain/abis.ts";
import { leaseLogs } from "../chain/leaseLogs.ts";
import type { WriteCall } from "../chain/sender.ts";
import { TransactionError } from "../chain/transactionError.ts";
import type { Clock } from "../core/clock.ts";
import { bitcoinTerms } from "../lease/bitcoinTerms.ts";
import { SMALLEST_DEBT } from "../lease/debts.ts";
import type { Book, Lease, Payee } from "./book.ts";
import { type ClaimStep, claimStep, type DebtState, type UnprovenRefund } from "./claim.ts";
import { contractProblem } from "./contractProblem.ts";
import { type Addresses, debtsAbi } from "./contracts.ts";
import { pendingRefunds, unprovenRefunds } from "./refunds.ts";
import { type ReleaseParameters, release } from "./release.ts";
import type { Hex } from "./types.ts";

export interface ClaimsParameters extends ReleaseParameters {
  readonly addresses: Pick<Addresses, "debts" | "leases" | "lightClient" | "markets" | "swap">;
  readonly node: BitcoinNode;
  readonly pollMs: number;
  readonly clock: Clock;
}

/** What is kept from one look to the next. */
interface Memory {
  readonly scan: MarkScan;
  /** Refunds that the contracts do not take, such as of before the close: they hold up no claim. */
  readonly refused: Set<string>;
}

/** Days pass before there is anything to do. */
const IDLE_POLLS = 20;
/** Refunds, those in Bitcoin's chain and those whose blocks it may have removed, are looked for so often, seconds of the chain. */
const RECHECK_S = 3_600;

/**
 * Does for those without gas what anyone may, for all in the book, until the signal ends it: for holders of leases, takes back
 * refunds that Bitcoin has removed, claims collateral that is due, and collects it; for providers whose appliance is down,
 * proves refunds; for takers of the swap, releases what was held. Nothing is sent that the contracts would refuse.
 */
export async function runClaims(parameters: ClaimsParameters): Promise<void> {
  const { book, node, chainTime, pollMs, clock, log, signal } = parameters;
  const memory = { scan: createMarkScan(node), refused: new Set<string>() };
  /** When one is worth a look again, unless more was paid. */
  const resting = new Map<Hex, { until: number; credited: bigint }>();
  while (!signal.aborted) {
    const credited = creditedOf(book);
    for (const leaseId of resting.keys()) if (!book.payees.has(leaseId)) resting.delete(leaseId);
    for (const payee of [...book.payees.values()]) {
      if (!isPursued(payee)) continue;
      const { leaseId } = payee;
      const paid = credited.get(leaseId) ?? 0n;
      const rest = resting.get(leaseId);
      if (rest !== undefined && rest.credited === paid && chainTime() < rest.until) continue;
      try {
        const until = await (payee.kind === "lease" ? pursue(payee, memory, parameters) : release(payee, parameters));
        if (until !== undefined) resting.set(leaseId, { until, credited: paid });
      } catch (error) {
        signal.throwIfAborted();
        const refusal = contractProblem(error);
        // Whoever counts the money says so, once.
        const isSpent = error instanceof TransactionError && error.code === "SPENDING_LIMIT";
        if (isSpent) break;
        const about = { [payee.kind]: leaseId, ...(refusal === undefined ? { err: error } : { refusal }) };
        log.warn(about, "the claim is not pursued");
        if (refusal !== undefined) resting.set(leaseId, { until: chainTime() + RECHECK_S, credited: paid });
      }
    }
    await clock.sleep(pollMs * IDLE_POLLS, signal);
  }
}

function isPursued(payee: Payee): boolean {
  if (payee.kind === "reservation") return payee.heldUntil !== undefined;
  return payee.closedAt !== undefined && payee.confirmations > 0;
}

function creditedOf({ credits }: Book): Map<Hex, bigint> {
  const sums = new Map<Hex, bigint>();
  for (const { leaseId, msat } of credits.values()) sums.set(leaseId, (sums.get(leaseId) ?? 0n) + msat);
  return sums;
}

/** @returns when the lease is worth another look; undefined: at once, as something was done */
async function pursue(lease: Lease, memory: Memory, parameters: ClaimsParameters): Promise<number | undefined> {
  const { sender, log, chainTime, signal } = parameters;
  const { debt, terms, isTended } = await debtOf(lease, memory, parameters);
  const step = claimStep(debt, chainTime());
  if (step.kind === "wait") return isTended ? Math.min(step.until, chainTime() + RECHECK_S) : step.until;
  const call = await callOf(step, lease.leaseId, terms, parameters);
  try {
    await sender.submit(call, signal);
  } catch (error) {
    if (step.kind !== "prove" || contractProblem(error) === undefined) throw error;
    memory.refused.add(nameOf(lease.leaseId, step.refund));
    log.warn({ lease: lease.leaseId, refusal: contractProblem(error) }, "a refund is none to the contracts");
    return undefined;
  }
  log.info({ lease: lease.leaseId, step: step.kind }, "done for the holder or the provider");
  return undefined;
}

function nameOf(leaseId: Hex, { txid, paid, blockHash }: UnprovenRefund): string {
  return `${leaseId}:${txid}:${paid}:${blockHash}`;
}

type Agreed = Awaited<ReturnType<typeof bitcoinTerms>>;

async function callOf(
  step: Exclude<ClaimStep, { kind: "wait" }>,
  leaseId: Hex,
  agreed: Agreed | undefined,
  { addresses, node, signal }: ClaimsParameters,
): Promise<WriteCall> {
  const debts = { address: addresses.debts, abi: debtsAbi } as const;
  if ("txid" in step) {
    return { ...debts, functionName: step.kind, args: [step.txid, step.vout] };
  }
  if (step.kind === "collect") return { ...debts, functionName: "collect", args: [leaseId] };
  if (agreed === undefined) throw new Error("unreachable: nothing is claimed or proven unless something is owed");
  if (step.kind === "claim") return { ...debts, functionName: "claim", args: [agreed.terms] };
  const { height, header, index, raw, path, paid, mark } = await placeOf(node, step.refund, signal);
  const args = [agreed.terms, { height, header }, { index, raw, path }, { paid, mark }];
  return { ...debts, functionName: "prove", args };
}

interface FoundDebt {
  readonly debt: DebtState;
  /** Undefined when nothing is owed. */
  readonly terms: Agreed | undefined;
  /** Bitcoin may change it. */
  readonly isTended: boolean;
}

async function debtOf(lease: Lease, memory: Memory, parameters: ClaimsParameters): Promise<FoundDebt> {
  const { chain, addresses, signal } = parameters;
  const { client } = chain;
  const { leaseId, confirmations } = lease;
  const debts = { address: addresses.debts, abi: abis.BitcoinDebts } as const;
  const leases = { address: addresses.leases, abi: abis.Leases } as const;
  const [owed, { refunded, claimed, payableAt }, { covered }] = await Promise.all([
    client.readContract({ ...debts, functionName: "owedOf", args: [leaseId] }),
    client.readContract({ ...debts, functionName: "debtOf", args: [leaseId] }),
    client.readContract({ ...leases, functionName: "bitcoinSide", args: [leaseId] }),
  ]);
  const common = { closedAt: lease.closedAt ?? 0, confirmations, owed, covered, claimed, payableAt };
  if (owed === 0n && refunded === 0n) {
    const debt = { ...common, hasRefundScript: true, pending: [], unproven: [] };
    return { debt, terms: undefined, isTended: false };
  }
  const at = await client.getBlockNumber({ cacheTime: 0 });
  const logs = await leaseLogs(client, [addresses.leases, addresses.debts], leaseId, lease.openedIn, at);
  const { market } = await client.readContract({ ...leases, functionName: "lease", args: [leaseId] });
  const terms = await bitcoinTerms(leaseId, market, logs, { client, chainId: chain.chainId, ...addresses });
  const hasRefundScript = terms.refundScript !== "0x";
  const reader = { client, addresses, scan: memory.scan, signal };
  const pending = refunded === 0n ? [] : await pendingRefunds(leaseId, logs, reader);
  const isSearched = hasRefundScript && (owed >= SMALLEST_DEBT || pending.some(({ stands }) => !stands));
  const found = isSearched ? await unprovenRefunds(lease, terms.refundScript, reader) : [];
  const unproven = found.filter((refund) => !memory.refused.has(nameOf(leaseId, refund)));
  return { debt: { ...common, hasRefundScript, pending, unproven }, terms, isTended: isSearched || pending.length > 0 };
}
