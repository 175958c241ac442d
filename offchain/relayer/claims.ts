// SPDX-License-Identifier: Apache-2.0
import { parseEventLogs } from "viem";
import { abis } from "../chain/abis.ts";
import type { Chain } from "../chain/clients.ts";
import { leaseLogs } from "../chain/leaseLogs.ts";
import type { Sender } from "../chain/sender.ts";
import { TransactionError } from "../chain/transactionError.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { bitcoinTerms } from "../lease/bitcoinTerms.ts";
import type { Book, Lease } from "./book.ts";
import { type ClaimStep, claimStep, type DebtState, type PendingRefund } from "./claim.ts";
import { contractProblem } from "./contractProblem.ts";
import { type Addresses, debtsAbi } from "./contracts.ts";
import type { Hex } from "./types.ts";

export interface ClaimsParameters {
  readonly chain: Chain;
  /** Of the relayer's account. */
  readonly sender: Sender;
  readonly addresses: Pick<Addresses, "debts" | "leases" | "lightClient" | "markets">;
  readonly book: Book;
  /** Time of the chain's last block, unix seconds. */
  chainTime(): number;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Days pass before there is anything to do. */
const IDLE_POLLS = 20;
/** Whether Bitcoin has removed a refund's block is asked so often, seconds of the chain. */
const RECHECK_S = 3_600;

/**
 * Does for holders what anyone may: takes back refunds that Bitcoin has removed, claims collateral that is due, and
 * collects it, for the leases of the book, until the signal ends it. Nothing is sent that the contracts would refuse.
 */
export async function runClaims(parameters: ClaimsParameters): Promise<void> {
  const { book, chainTime, pollMs, clock, log, signal } = parameters;
  /** When a lease is worth a look again, unless more was paid to it. */
  const resting = new Map<Hex, { until: number; credited: bigint }>();
  while (!signal.aborted) {
    const credited = creditedOf(book);
    for (const leaseId of resting.keys()) if (!book.leases.has(leaseId)) resting.delete(leaseId);
    for (const lease of [...book.leases.values()]) {
      if (lease.closedAt === undefined || lease.confirmations === 0) continue;
      const paid = credited.get(lease.leaseId) ?? 0n;
      const rest = resting.get(lease.leaseId);
      if (rest !== undefined && rest.credited === paid && chainTime() < rest.until) continue;
      try {
        const until = await pursue(lease, parameters);
        if (until !== undefined) resting.set(lease.leaseId, { until, credited: paid });
      } catch (error) {
        signal.throwIfAborted();
        const refusal = contractProblem(error);
        // Whoever counts the money says so, once.
        const isSpent = error instanceof TransactionError && error.code === "SPENDING_LIMIT";
        if (isSpent) break;
        const about = { lease: lease.leaseId, ...(refusal === undefined ? { err: error } : { refusal }) };
        log.warn(about, "the holder's claim is not pursued");
        if (refusal !== undefined) resting.set(lease.leaseId, { until: chainTime() + RECHECK_S, credited: paid });
      }
    }
    await clock.sleep(pollMs * IDLE_POLLS, signal);
  }
}

function creditedOf({ credits }: Book): Map<Hex, bigint> {
  const sums = new Map<Hex, bigint>();
  for (const { leaseId, msat } of credits.values()) sums.set(leaseId, (sums.get(leaseId) ?? 0n) + msat);
  return sums;
}

/** @returns when the lease is worth another look; undefined: at once, as something was done */
async function pursue(lease: Lease, parameters: ClaimsParameters): Promise<number | undefined> {
  const { sender, log, addresses, chainTime, signal } = parameters;
  const found = await debtOf(lease, parameters);
  const step = claimStep(found.debt, chainTime());
  if (step.kind === "wait") {
    return found.debt.pending.length === 0 ? step.until : Math.min(step.until, chainTime() + RECHECK_S);
  }
  const call = callOf(step, lease.leaseId, found.terms, addresses.debts);
  await sender.submit(call, signal);
  log.info({ lease: lease.leaseId, step: step.kind }, "done for the holder");
  return undefined;
}

type Agreed = Awaited<ReturnType<typeof bitcoinTerms>>;

function callOf(step: Exclude<ClaimStep, { kind: "wait" }>, leaseId: Hex, agreed: Agreed | undefined, address: Hex) {
  const debts = { address, abi: debtsAbi } as const;
  if (step.kind === "revoke") return { ...debts, functionName: "revoke", args: [step.txid, step.vout] } as const;
  if (step.kind === "collect") return { ...debts, functionName: "collect", args: [leaseId] } as const;
  if (agreed === undefined) throw new Error("unreachable: a claim needs something that is owed");
  return { ...debts, functionName: "claim", args: [agreed.terms] } as const;
}

async function debtOf(
  lease: Lease,
  parameters: ClaimsParameters,
): Promise<{ debt: DebtState; terms: Agreed | undefined }> {
  const { chain, addresses } = parameters;
  const { client } = chain;
  const { leaseId } = lease;
  const debts = { address: addresses.debts, abi: abis.BitcoinDebts } as const;
  const leases = { address: addresses.leases, abi: abis.Leases } as const;
  const [owed, { refunded, claimed, payableAt }, { covered }] = await Promise.all([
    client.readContract({ ...debts, functionName: "owedOf", args: [leaseId] }),
    client.readContract({ ...debts, functionName: "debtOf", args: [leaseId] }),
    client.readContract({ ...leases, functionName: "bitcoinSide", args: [leaseId] }),
  ]);
  const common = { closedAt: lease.closedAt ?? 0, owed, covered, claimed, payableAt };
  if (owed === 0n && refunded === 0n) {
    return { debt: { ...common, hasRefundScript: true, pending: [] }, terms: undefined };
  }
  const at = await client.getBlockNumber({ cacheTime: 0 });
  const logs = await leaseLogs(client, [addresses.leases, addresses.debts], leaseId, lease.openedIn, at);
  const { market } = await client.readContract({ ...leases, functionName: "lease", args: [leaseId] });
  const terms = await bitcoinTerms(leaseId, market, logs, { client, chainId: chain.chainId, ...addresses });
  const pending = refunded === 0n ? [] : await pendingRefunds(leaseId, logs, parameters);
  return { debt: { ...common, hasRefundScript: terms.refundScript !== "0x", pending }, terms };
}

async function pendingRefunds(
  leaseId: Hex,
  logs: Awaited<ReturnType<typeof leaseLogs>>,
  { chain: { client }, addresses }: ClaimsParameters,
): Promise<PendingRefund[]> {
  const raw = logs as Parameters<typeof parseEventLogs>[0]["logs"];
  const proven = parseEventLogs({ abi: abis.BitcoinDebts, eventName: "RefundProven", logs: raw });
  const outpoints = new Map(proven.map(({ args }) => [`${args.txid}:${args.vout}`, args]));
  const found: PendingRefund[] = [];
  for (const { txid, vout } of outpoints.values()) {
    const debts = { address: addresses.debts, abi: abis.BitcoinDebts } as const;
    const refund = await client.readContract({ ...debts, functionName: "refundOf", args: [txid, vout] });
    if (refund.leaseId !== leaseId || refund.confirmableAt === 0) continue;
    const lightClient = { address: addresses.lightClient, abi: abis.BitcoinLightClient } as const;
    const args = [refund.height, refund.hashStart] as const;
    found.push({ txid, vout, stands: await client.readContract({ ...lightClient, functionName: "stands", args }) });
  }
  return found;
}
