// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Kysely, sql } from "kysely";
import type { Deployment } from "../chain/deployment.ts";
import { SCHEMA } from "./database.ts";
import type { Database } from "./tables.ts";

/** Counts up when handlers come to write other things into the same columns. */
const READERS_VERSION = 3;

export interface PrepareParameters {
  readonly db: Kysely<Database>;
  readonly deployment: Deployment;
  /** Empties the index whatever it holds. Default false. */
  readonly fromZero?: boolean;
}

/**
 * Makes the tables, unless an index of the same schema and deployment is there to go on from. Anything else in their place
 * is dropped: the chain has it all.
 * @returns whether the index begins at zero
 */
export async function prepareIndex({ db, deployment, fromZero = false }: PrepareParameters): Promise<boolean> {
  const schema = await readFile(new URL("schema.sql", import.meta.url), "utf8");
  const fingerprint = fingerprintOf(schema, deployment);
  return await db.transaction().execute(async (trx) => {
    // Two that start at once on one server: the second finds what the first has made.
    await sql`select pg_advisory_xact_lock(hashtext(${SCHEMA}))`.execute(trx);
    if (!fromZero && (await fingerprintThere(trx)) === fingerprint) return false;
    await sql`drop schema if exists ${sql.id(SCHEMA)} cascade`.execute(trx);
    await sql`create schema ${sql.id(SCHEMA)}`.execute(trx);
    for (const statement of schema.split(/;$/m)) {
      if (/^\s*create/im.test(statement)) await sql.raw(statement).execute(trx);
    }
    const epoch = randomBytes(6).toString("hex");
    const nowhere = { seq: 0, checkpoint: null, block: 0, block_time: 0, safe: 0, finalized: 0 };
    await trx
      .insertInto("progress")
      .values({ id: 1, fingerprint, epoch, ...nowhere })
      .execute();
    return true;
  });
}

function fingerprintOf(schema: string, { chainId, startBlock, contracts }: Deployment): string {
  const parts = [READERS_VERSION, schema, chainId, `${startBlock}`, Object.entries(contracts).sort()];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

async function fingerprintThere(db: Kysely<Database>): Promise<string | undefined> {
  const { rows } = await sql<{ there: string | null }>`select to_regclass(${`${SCHEMA}.progress`}) as there`.execute(
    db,
  );
  if (rows[0]?.there == null) return undefined;
  const columns = await sql<{ there: boolean }>`select exists(select 1 from information_schema.columns where
    table_schema = ${SCHEMA} and table_name = 'progress' and column_name = 'fingerprint') as there`.execute(db);
  if (columns.rows[0]?.there !== true) return undefined;
  const row = await db.selectFrom("progress").select("fingerprint").executeTakeFirst();
  return row?.fingerprint;
}
