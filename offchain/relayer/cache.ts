// SPDX-License-Identifier: Apache-2.0
import type { Address } from "viem";
import { z } from "zod";
import type { Hex } from "../bitcoin/bytes.ts";
import { type Checkpoint, checkpointSchema } from "../chain/checkpoint.ts";
import { readJson, writeFileAtomic } from "../core/files.ts";
import { type BookState, leasesOf, type Payee, reservationsOf } from "./book.ts";
import { type BlockId, outpointKey, type Payment } from "./types.ts";

/** What need not be read again after a restart. */
export interface Cache {
  /** Where to go on following the chain; a final block. */
  readonly checkpoint: Checkpoint;
  /** At the checkpoint. */
  readonly book: BookState;
  readonly search: Search;
}

/** Which of Bitcoin's blocks have been searched for payments. */
export interface Search {
  /** The last one, so deep that no reorg is expected to remove it. */
  readonly upTo: BlockId;
  /** The leases and reservations to which all payments up to there are in `payments`. */
  readonly leases: readonly Hex[];
  readonly payments: readonly Payment[];
}

const hex32 = z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value), "32 bytes");
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const natural = z.number().int().nonnegative();
const decimal = z.string().regex(/^\d+$/);
const blockId = z.object({ height: natural, hash });
const outpoint = z.object({ leaseId: hex32, txid: hash, vout: natural });
const lease = z.object({
  leaseId: hex32,
  appliance: natural,
  confirmations: natural,
  openedIn: decimal,
  bitcoinHeight: natural,
  payBy: natural.nullable(),
  closedAt: natural.nullable(),
  spec: hex32.nullable(),
});
const reservation = z.object({
  leaseId: hex32,
  offer: natural,
  confirmations: natural,
  openedIn: decimal,
  bitcoinHeight: natural,
  deadline: natural,
  heldUntil: natural.nullable(),
});
const offer = z.object({ bitcoinKey: hex32, confirmations: natural });
const fileSchema = z.object({
  version: z.literal(4),
  /** What it is a cache of. */
  contract: z.string(),
  checkpoint: checkpointSchema,
  bitcoinHeight: natural,
  appliances: z.array(z.tuple([natural, hex32])),
  attestedUntil: z.array(z.tuple([natural, natural])),
  asks: z.array(z.object({ order: decimal, appliance: natural, expiry: natural })),
  leases: z.array(lease),
  offers: z.array(z.tuple([natural, offer])),
  reservations: z.array(reservation),
  credits: z.array(outpoint.extend({ msat: decimal, block: blockId.nullable() })),
  search: z.object({
    upTo: blockId,
    leases: z.array(hex32),
    payments: z.array(outpoint.extend({ sats: decimal, bytes: natural, coinbase: z.boolean(), block: blockId })),
  }),
});

type CacheFile = z.output<typeof fileSchema>;

/**
 * Reads a cache of the leases of this contract; undefined when there is none, or it is of another one.
 * @throws FileError when it cannot be read: it may be deleted then
 */
export async function loadCache(path: string, contract: Address): Promise<Cache | undefined> {
  const file = await readJson(path, fileSchema);
  return file === undefined || file.contract !== contract ? undefined : fromFile(file);
}

/** Replaces the cache. */
export async function saveCache(path: string, contract: Address, cache: Cache): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(toFile(contract, cache)));
}

function fromFile({ checkpoint, credits, search, ...file }: CacheFile): Cache {
  const book: BookState = {
    bitcoinHeight: file.bitcoinHeight,
    appliances: new Map(file.appliances),
    attestedUntil: new Map(file.attestedUntil),
    asks: new Map(file.asks.map(({ order, ...ask }) => [BigInt(order), ask])),
    offers: new Map(file.offers),
    payees: new Map(payeesOf(file).map((payee) => [payee.leaseId, payee])),
    credits: new Map(
      credits.map(({ msat, block, ...rest }) => [
        outpointKey(rest),
        { ...rest, msat: BigInt(msat), block: block ?? undefined },
      ]),
    ),
  };
  const payments = search.payments.map(({ sats, ...rest }) => ({ ...rest, sats: BigInt(sats) }));
  return { checkpoint, book, search: { ...search, payments } };
}

function payeesOf({ leases, reservations }: Pick<CacheFile, "leases" | "reservations">): Payee[] {
  return [
    ...leases.map(({ openedIn, payBy, closedAt, spec, ...rest }): Payee => {
      const known = { payBy: payBy ?? undefined, closedAt: closedAt ?? undefined, spec: spec ?? undefined };
      return { kind: "lease", ...rest, openedIn: BigInt(openedIn), ...known };
    }),
    ...reservations.map(({ openedIn, heldUntil, ...rest }): Payee => {
      return { kind: "reservation", ...rest, openedIn: BigInt(openedIn), heldUntil: heldUntil ?? undefined };
    }),
  ];
}

function toFile(contract: Address, { checkpoint, book, search }: Cache): z.input<typeof fileSchema> {
  return {
    version: 4,
    contract,
    checkpoint,
    bitcoinHeight: book.bitcoinHeight,
    appliances: [...book.appliances],
    attestedUntil: [...book.attestedUntil],
    asks: [...book.asks].map(([order, ask]) => ({ order: `${order}`, ...ask })),
    offers: [...book.offers],
    reservations: reservationsOf(book).map((each) => ({
      ...each,
      openedIn: `${each.openedIn}`,
      heldUntil: each.heldUntil ?? null,
    })),
    leases: leasesOf(book).map((each) => ({
      ...each,
      openedIn: `${each.openedIn}`,
      payBy: each.payBy ?? null,
      closedAt: each.closedAt ?? null,
      spec: each.spec ?? null,
    })),
    credits: [...book.credits.values()].map((each) => ({ ...each, msat: `${each.msat}`, block: each.block ?? null })),
    search: {
      ...search,
      leases: [...search.leases],
      payments: search.payments.map((each) => ({ ...each, sats: `${each.sats}` })),
    },
  };
}
