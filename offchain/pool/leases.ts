// SPDX-License-Identifier: Apache-2.0
import { type Kysely, type SqlBool, sql, type Transaction } from "kysely";
import { type Hex, zeroAddress, zeroHash } from "viem";
import { z } from "zod";
import { bip21Uri } from "../bitcoin/bip21Uri.ts";
import { leaseAddress } from "../bitcoin/leaseAddress.ts";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import type { Progress } from "../indexer/store.ts";
import { readProgress } from "../indexer/store.ts";
import type { Database, PaymentRow, RefundRow, TimelineRow } from "../indexer/tables.ts";
import type { TimelineData, TimelineKind } from "../indexer/timeline.ts";
import type { AnyLeaseSummary, HolderLeases, Lease, Payment, TokenLease } from "./api.ts";
import { type BlockInfo, hexSchema } from "./basics.ts";
import { fromCursor, toCursor } from "./cursor.ts";
import { type LeaseWithParties, leaseNow, settlementOf } from "./leaseNow.ts";
import { payable, satsUp } from "./money.ts";
import { refundStateOf } from "./refund.ts";
import { TIMELINE_KINDS } from "./timelineKinds.ts";
import { timelineText } from "./timelineText.ts";

export function blockOf({ block, blockTime, safe, finalized }: Progress): BlockInfo {
  return { number: block, time: blockTime, safe, finalized };
}

export async function readBlock(db: Kysely<Database>): Promise<BlockInfo> {
  return blockOf(await readProgress(db));
}

export interface FindLeaseParameters {
  readonly db: Kysely<Database>;
  readonly network: BitcoinNetwork;
}

/** All that the index knows of a lease, as of one block; undefined for a lease that the chain does not have. */
export async function findLease(
  leaseId: string,
  { db, network }: FindLeaseParameters,
): Promise<Lease | TokenLease | undefined> {
  return await db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (trx) => {
      const row = await leasesWithParties(trx).where("leases.id", "=", leaseId).executeTakeFirst();
      if (row === undefined) return undefined;
      const payments = await trx
        .selectFrom("payments")
        .selectAll()
        .where("lease", "=", leaseId)
        .orderBy("height")
        .execute();
      const refunds = await trx
        .selectFrom("refunds")
        .selectAll()
        .where("lease", "=", leaseId)
        .orderBy("height")
        .execute();
      const timeline = await trx
        .selectFrom("timeline")
        .selectAll()
        .where("lease", "=", leaseId)
        .orderBy("block")
        .orderBy("log_index")
        .execute();
      const bitcoin = await trx.selectFrom("bitcoin").select("height").executeTakeFirst();
      const bitcoinHeight = bitcoin?.height;
      return toLease(row, { payments, refunds, timeline, block: await readBlock(trx), bitcoinHeight, network });
    });
}

export interface FindHolderLeasesParameters {
  readonly db: Kysely<Database>;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const positionSchema = z.tuple([z.int(), hexSchema]);

/** A holder's leases, newest first. @param holder as EIP-55 writes it */
export async function findHolderLeases(holder: string, parameters: FindHolderLeasesParameters): Promise<HolderLeases> {
  const { db, limit, cursor } = parameters;
  const from = cursor === undefined ? undefined : fromCursor(cursor, positionSchema);
  const block = await readBlock(db);
  const all = leasesWithParties(db)
    .where("leases.holder", "=", holder)
    .orderBy("leases.opened_block", "desc")
    .orderBy("leases.id", "desc")
    .limit(limit + 1);
  const rows = await (from === undefined
    ? all
    : all.where(sql<SqlBool>`(leases.opened_block, leases.id) < (${from[0]}::bigint, ${from[1]}::text)`)
  ).execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    leases: shown.map((row) => leaseNow(row, block.time)),
    nextCursor: more ? toCursor([last.opened_block, last.id]) : null,
    block,
  };
}

/** Those of a holder's leases that are among `ids`, or run at one of `appliances`. */
export async function findSummaries(
  db: Kysely<Database>,
  holder: string,
  { ids, appliances }: { ids: readonly string[]; appliances: readonly number[] },
): Promise<AnyLeaseSummary[]> {
  const { time } = await readBlock(db);
  const rows = await leasesWithParties(db)
    .where("leases.holder", "=", holder)
    .where(({ or, and, eb }) =>
      or([
        ...(ids.length === 0 ? [] : [eb("leases.id", "in", ids)]),
        ...(appliances.length === 0
          ? []
          : [and([eb("leases.appliance", "in", appliances), eb("leases.state", "<>", "closed")])]),
      ]),
    )
    .orderBy("leases.opened_block")
    .execute();
  return rows.map((row) => leaseNow(row, time));
}

function leasesWithParties(db: Kysely<Database> | Transaction<Database>) {
  return db
    .selectFrom("leases")
    .innerJoin("appliances", "appliances.id", "leases.appliance")
    .innerJoin("markets", "markets.id", "leases.market")
    .innerJoin("classes", "classes.id", "markets.class")
    .selectAll("leases")
    .select([
      "markets.quote",
      "appliances.provider",
      "appliances.region",
      "appliances.grace",
      "appliances.bitcoin_key",
      "appliances.elapsed",
      "appliances.last_beat",
      "classes.id as class_id",
      "classes.vcpus",
      "classes.memory_mib",
      "classes.disk_gib",
      "classes.gpus",
      "classes.gpu_model",
      "classes.architecture",
    ]);
}

interface LeaseParts {
  readonly payments: readonly PaymentRow[];
  readonly refunds: readonly RefundRow[];
  readonly timeline: readonly TimelineRow[];
  /** Of the light client. */
  readonly bitcoinHeight: number | undefined;
  readonly block: BlockInfo;
  readonly network: BitcoinNetwork;
}

function toLease(row: LeaseWithParties, parts: LeaseParts): Lease | TokenLease {
  const { payments, refunds, timeline, block, bitcoinHeight, network } = parts;
  const summary = leaseNow(row, block.time);
  const settlement = settlementOf(row, block.time);
  const details = {
    block,
    order: row.ask,
    graceSeconds: row.grace,
    explanation: row.explanation,
    access: row.sealed_access === null ? null : { sealed: row.sealed_access, time: row.access_at ?? 0 },
    timeline: timeline.map((entry) => toTimeline(entry, block)),
  };
  if (summary.currency === "token") {
    const told = settlement && { earned: `${settlement.earned}`, refunded: `${settlement.refundable}` };
    return { ...summary, ...details, prepayment: row.prepayment, settlement: told };
  }
  const terms = termsOf(row);
  const refundScript = row.refund_to ?? terms.refundScript;
  return {
    ...summary,
    ...details,
    terms,
    confirmations: row.confirmations,
    payTo: payToOf(row, network),
    payments: { list: payments.map((payment) => toPayment(payment, row.confirmations)), watched: false },
    cover: { coveredMsat: coveredOf(row), collateral: row.collateral },
    settlement: settlement && {
      earnedMsat: `${settlement.earned}`,
      owedMsat: `${settlement.refundable}`,
      refundScript,
    },
    refund: refundStateOf(row, refunds, timeline, { time: block.time, bitcoinHeight }),
  };
}

/** Of a lease in bitcoin, of which the chain tells all. */
function termsOf(row: LeaseWithParties): Lease["terms"] {
  return {
    holder: row.terms_holder,
    appliance: row.appliance,
    class: row.class_id,
    quote: zeroAddress,
    price: row.price,
    startFee: row.start_fee,
    prepayment: row.prepayment,
    refundScript: row.refund_script ?? "0x",
    launchSpecHash: row.launch_spec_hash ?? zeroHash,
    salt: row.salt ?? "0",
    deadline: row.terms_deadline ?? "0",
  };
}

/** The stake covers the agreed prepayment, frozen; once it is closed, at most what is owed. */
function coveredOf({ state, prepayment, deposit, earned }: LeaseWithParties): string {
  if (state !== "closed") return prepayment;
  const owed = BigInt(deposit) - BigInt(earned ?? 0);
  return owed < BigInt(prepayment) ? `${owed}` : prepayment;
}

function payToOf(row: LeaseWithParties, network: BitcoinNetwork): Lease["payTo"] {
  const { address } = leaseAddress(row.bitcoin_key as Hex, row.id as Hex, network);
  // Before the funding, the link asks for what is still missing of what was agreed.
  const missing = row.state === "unfunded" ? satsUp(BigInt(row.prepayment) - BigInt(row.deposit)) : 0n;
  return {
    address,
    sats: `${payable(satsUp(BigInt(row.prepayment)))}`,
    minimumSats: `${payable(satsUp(BigInt(row.price) + BigInt(row.start_fee)))}`,
    uri: bip21Uri(missing > 0n ? { address, amountSats: payable(missing) } : { address }),
  };
}

function toPayment({ txid, vout, amount, revoked }: PaymentRow, needed: number): Payment {
  return {
    txid,
    vout,
    sats: `${BigInt(amount) / 1000n}`,
    status: revoked ? "revoked" : "credited",
    confirmations: null,
    needed,
    replacedBy: null,
  };
}

function toTimeline(entry: TimelineRow, { safe, finalized }: BlockInfo): Lease["timeline"][number] {
  const kind = TIMELINE_KINDS.find((each) => each === entry.kind) ?? ("opened" satisfies TimelineKind);
  return {
    kind,
    text: timelineText(kind, entry.data as unknown as TimelineData[typeof kind]),
    time: entry.time,
    block: entry.block,
    txHash: entry.tx_hash,
    finality: entry.block <= finalized ? "finalized" : entry.block <= safe ? "safe" : "latest",
  };
}
