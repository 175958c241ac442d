// SPDX-License-Identifier: Apache-2.0
import { type Expression, type Kysely, type SqlBool, sql } from "kysely";
import { encodeAbiParameters, type Hex, keccak256, zeroAddress } from "viem";
import { z } from "zod";
import type { ApplianceRow, AskRow, ClassRow, Database, MarketRow } from "../indexer/tables.ts";
import { BEAT_WINDOW } from "../indexer/topics.ts";
import { recipientOfSealKey } from "../lease/sealing.ts";
import type { ComputeClass, Offer, Offers, offersQuerySchema } from "./api.ts";
import { fromCursor, toCursor } from "./cursor.ts";
import { priceOf } from "./money.ts";

/** Unpaid reservations hold at most one part in so many of an ask: `UNFUNDED_PART` in `Exchange.sol`. */
const UNFUNDED_PART = 4;

/** An offer as far as the index knows it. */
export type IndexedOffer = Omit<Offer, "standing">;
/** A page of them. */
type IndexedOffers = Omit<Offers, "block" | "offers"> & { readonly offers: readonly IndexedOffer[] };

type Query = z.output<typeof offersQuerySchema>;
type Row = Omit<AskRow, "removed" | "placed" | "id"> & { ask_id: string } & Pick<MarketRow, "compute_units"> &
  Omit<ClassRow, "id"> & { class_id: string } & Omit<ApplianceRow, "id" | "images">;

export interface FindOffersParameters {
  readonly db: Kysely<Database>;
  readonly pool: number;
  /** Of the newest block, Unix seconds. */
  readonly time: number;
  /** Names of images by appliance. */
  readonly images: ReadonlyMap<number, readonly string[]>;
}

/** The asks of a pool that can be taken now, as a query selects, sorts and pages them. */
export async function findOffers(query: Query, parameters: FindOffersParameters): Promise<IndexedOffers> {
  const live = liveAsks(parameters);
  const selected = conditions(query, parameters).reduce((asks, condition) => asks.where(condition), live);
  const key = sortKey(query.sort);
  const page = selected
    .select(columns)
    .select(sql<string>`${key}`.as("sort_key"))
    .orderBy(key)
    .orderBy("asks.price")
    .orderBy("asks.id")
    .limit(query.limit + 1);
  const from = query.cursor === undefined ? undefined : fromCursor(query.cursor, positionSchema);
  const rows = await (from === undefined
    ? page
    : page.where(sql<SqlBool>`(${key}, asks.price, asks.id) > (${sql.join(from.map((each) => sql`${each}::numeric`))})`)
  ).execute();
  const counted = await selected.select(sql<number>`count(*)`.as("total")).executeTakeFirst();
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return {
    offers: shown.map((row) => toOffer(row, parameters.images)),
    total: counted?.total ?? 0,
    nextCursor: more ? toCursor([last.sort_key, last.price, last.ask_id]) : null,
    choices: await choices(parameters),
  };
}

/** One offer by its order, as long as it can be taken. */
export async function findOffer(order: string, parameters: FindOffersParameters): Promise<IndexedOffer | undefined> {
  const row = await liveAsks(parameters).select(columns).where("asks.id", "=", order).executeTakeFirst();
  return row === undefined ? undefined : toOffer(row, parameters.images);
}

const decimal = z.string().regex(/^-?\d+(\.\d+)?$/);
const positionSchema = z.tuple([decimal, decimal, decimal]);

const columns = [
  "asks.id as ask_id",
  "asks.appliance",
  "asks.market",
  "asks.price",
  "asks.quantity",
  "asks.unfunded",
  "asks.expiry",
  "asks.confirmations",
  "asks.prepaid_hours",
  "asks.bond",
  "asks.start_fee",
  "markets.compute_units",
  "classes.id as class_id",
  "classes.vcpus",
  "classes.memory_mib",
  "classes.disk_gib",
  "classes.gpus",
  "classes.gpu_model",
  "classes.architecture",
  "appliances.provider",
  "appliances.pool",
  "appliances.bitcoin_key",
  "appliances.grace",
  "appliances.region",
  "appliances.hot_key",
  "appliances.seal_key",
  "appliances.attested_until",
  "appliances.elapsed",
  "appliances.last_beat",
  "appliances.starts_asked",
  "appliances.starts_made",
  "appliances.starts_declined",
  "appliances.starts_missed",
  "appliances.start_seconds",
] as const;

/**
 * Not expired, something left, paid in bitcoin, the appliance's clock running, and its stack attested: an ask of one that a
 * claim has ended rests until somebody cancels it.
 */
function liveAsks({ db, pool, time }: Pick<FindOffersParameters, "db" | "pool" | "time">) {
  return db
    .selectFrom("asks")
    .innerJoin("markets", "markets.id", "asks.market")
    .innerJoin("classes", "classes.id", "markets.class")
    .innerJoin("appliances", "appliances.id", "asks.appliance")
    .where("asks.removed", "=", false)
    .where("asks.quantity", ">", 0)
    .where("asks.expiry", ">", time)
    .where("appliances.last_beat", ">", time - BEAT_WINDOW)
    .where("appliances.attested_until", ">=", time)
    .where("markets.pool", "=", pool)
    .where("markets.quote", "=", zeroAddress);
}

function conditions(query: Query, { images }: FindOffersParameters): Expression<SqlBool>[] {
  const { image, region, minVcpus, minMemory, minDisk, maxPrice, gpu } = query;
  const all: Expression<SqlBool>[] = [];
  if (region !== undefined) all.push(sql`appliances.region = ${region}`);
  if (minVcpus !== undefined) all.push(sql`classes.vcpus >= ${minVcpus}`);
  if (minMemory !== undefined) all.push(sql`classes.memory_mib >= ${minMemory}`);
  if (minDisk !== undefined) all.push(sql`classes.disk_gib >= ${minDisk}`);
  if (maxPrice !== undefined) all.push(sql`asks.price <= ${maxPrice}::numeric * 1000`);
  if (gpu === "any") all.push(sql`classes.gpus > 0`);
  else if (gpu === "none") all.push(sql`classes.gpus = 0`);
  else if (gpu !== undefined) all.push(sql`lower(classes.gpu_model) = lower(${gpu})`);
  if (image !== undefined) {
    const offering = [...images].filter(([, names]) => names.includes(image)).map(([appliance]) => appliance);
    all.push(sql`asks.appliance in (select jsonb_array_elements_text(${JSON.stringify(offering)}::jsonb)::bigint)`);
  }
  return all;
}

/** What comes first has the lowest; `-` turns it round. Equals are told apart by price, then by order. */
function sortKey(sort: Query["sort"]) {
  const [name, sign] = sort.startsWith("-") ? [sort.slice(1), sql`-`] : [sort, sql``];
  const keys: Record<string, ReturnType<typeof sql>> = {
    price: sql`asks.price`,
    "unit-price": sql`asks.price / markets.compute_units`,
    vcpus: sql`classes.vcpus`,
    memory: sql`classes.memory_mib`,
    disk: sql`classes.disk_gib`,
    newest: sql`-asks.placed`,
  };
  return sql<string>`(${sign}(${keys[name] ?? sql`asks.price`}))::numeric`;
}

/** What filters can be set to, over all live offers. */
async function choices(parameters: FindOffersParameters): Promise<Offers["choices"]> {
  const rows = await liveAsks(parameters)
    .select(["asks.appliance", "appliances.region", "classes.gpu_model"])
    .distinct()
    .execute();
  const sorted = (values: Iterable<string>) => [...new Set(values)].filter((value) => value !== "").sort();
  return {
    regions: sorted(rows.map(({ region }) => region)),
    images: sorted(rows.flatMap(({ appliance }) => parameters.images.get(appliance) ?? [])),
    gpuModels: sorted(rows.map(({ gpu_model }) => gpu_model)),
  };
}

function toOffer(row: Row, images: FindOffersParameters["images"]): IndexedOffer {
  const sealKey = row.seal_key as Hex;
  const limit = Math.ceil((row.quantity + row.unfunded) / UNFUNDED_PART);
  return {
    order: row.ask_id,
    appliance: row.appliance,
    provider: row.provider,
    region: row.region,
    class: toClass(row),
    computeUnits: row.compute_units / 1000,
    price: priceOf(BigInt(row.price)),
    confirmations: row.confirmations,
    prepaidHours: row.prepaid_hours,
    bond: row.bond,
    startFeeMsat: row.start_fee,
    quantity: row.quantity,
    reservable: Math.max(0, Math.min(row.quantity, limit - row.unfunded)),
    expiry: row.expiry,
    images: [...(images.get(row.appliance) ?? [])],
    sealKey: { recipient: recipientOfSealKey(sealKey), hash: sealKeyHash(sealKey) },
    bitcoinKey: row.bitcoin_key,
    graceSeconds: row.grace,
    lastBeat: row.last_beat,
    attestedUntil: row.attested_until,
    record: {
      asked: row.starts_asked,
      made: row.starts_made,
      declined: row.starts_declined,
      missed: row.starts_missed,
      meanStartSeconds: row.starts_made === 0 ? null : Math.round(row.start_seconds / row.starts_made),
    },
  };
}

/** What a launch names, so that it reverts once the key has been rotated. */
function sealKeyHash(key: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: "bytes32" }], [key]));
}

/** A class as the API tells it. */
export function toClass(row: Omit<ClassRow, "id"> & { class_id: string }): ComputeClass {
  return {
    id: row.class_id,
    vcpus: row.vcpus,
    memoryMiB: row.memory_mib,
    diskGiB: row.disk_gib,
    gpus: row.gpus,
    gpuModel: row.gpu_model === "" ? null : row.gpu_model,
    architecture: row.architecture,
  };
}
