// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import type { Database } from "../indexer/tables.ts";
import type { Lease, LeaseAnswer, Payment, QueuedLease, TokenLease } from "./api.ts";
import { findLease, readBlock } from "./leases.ts";
import { notFound, ProblemError } from "./problem.ts";
import type { RelayerClient, RelayerLease } from "./relayerClient.ts";

export interface LeaseAnswerParameters {
  readonly db: Kysely<Database>;
  readonly network: BitcoinNetwork;
  readonly relayer: Pick<RelayerClient, "lease">;
}

/**
 * A lease from the index, with the payments that the relayer sees; or, as long as the chain does not have it, what the
 * relayer has accepted.
 * @throws ProblemError NOT_FOUND; RELAYER_UNREACHABLE when nobody can say whether there is such a lease
 */
export async function leaseAnswer(leaseId: string, parameters: LeaseAnswerParameters): Promise<LeaseAnswer> {
  const { db, relayer } = parameters;
  const [indexed, report] = await Promise.all([findLease(leaseId, parameters), reportOf(leaseId, relayer)]);
  if (indexed !== undefined) return report instanceof ProblemError ? indexed : withPayments(indexed, report);
  if (report instanceof ProblemError) throw report;
  if (report === undefined) throw notFound(`There is no lease ${leaseId}.`);
  return { ...queued(leaseId, report), block: await readBlock(db) };
}

async function reportOf(leaseId: string, relayer: LeaseAnswerParameters["relayer"]) {
  try {
    return await relayer.lease(leaseId);
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

/** What the relayer sees of a payment is newer than what the contracts have recorded of it. */
function withPayments(lease: Lease | TokenLease, report: RelayerLease | undefined): Lease | TokenLease {
  if (lease.currency === "token") return lease;
  const seen = report?.payments ?? [];
  const known = new Set(seen.map(outpoint));
  const recorded = lease.payments.list.filter((payment) => !known.has(outpoint(payment)));
  return { ...lease, payments: { list: [...recorded, ...seen], watched: true } };
}

function outpoint({ txid, vout }: Payment): string {
  return `${txid}:${vout}`;
}

/** One that is on the chain, and in a block that the index has not taken in yet, is told as queued for that moment. */
function queued(leaseId: string, { state, address, payments, refusal }: RelayerLease): Omit<QueuedLease, "block"> {
  return {
    leaseId,
    state: state === "refused" ? "refused" : "queued",
    address: address ?? null,
    payments: { list: [...payments], watched: true },
    refusal: refusal === undefined ? null : { code: refusal.code, title: refusal.title, detail: refusal.detail },
  };
}
