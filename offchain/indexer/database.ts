// SPDX-License-Identifier: Apache-2.0
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Kysely, PGliteDialect, PostgresDialect, sql } from "kysely";
import { lockFolder } from "./lockFolder.ts";
import type { Database } from "./tables.ts";

/** Where the index is kept: a PostgreSQL server, or the embedded PGlite in a folder (in memory without one). */
export type DatabaseLocation = { url: string } | { folder: string | undefined };

export interface IndexDatabase {
  readonly db: Kysely<Database>;
  close(): Promise<void>;
}

/** All tables are in a schema of their own, which can be dropped without asking. */
export const SCHEMA = "xov_index";
/** PostgreSQL's type of 64-bit integers; all of ours fit in 53. */
const INT8 = 20;
const MAX_CONNECTIONS = 8;

export interface OpenDatabaseParameters {
  readonly location: DatabaseLocation;
  /** Hears of an idle connection that broke, and of an embedded database that had to be emptied. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Opens the database; what is in it is `prepareIndex`'s concern.
 * @throws IndexError DATABASE_IN_USE
 */
export function openDatabase({ location, onError }: OpenDatabaseParameters): Promise<IndexDatabase> {
  return "url" in location ? openPostgres(location.url, onError) : openPGlite(location.folder, onError);
}

async function openPostgres(url: string, onError: OpenDatabaseParameters["onError"]): Promise<IndexDatabase> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: 10_000,
    options: `-c search_path=${SCHEMA}`,
    types: {
      getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format as "text")),
    },
  });
  pool.on("error", (error) => onError?.(error));
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return { db, close: () => db.destroy() };
}

async function openPGlite(
  folder: string | undefined,
  onError: OpenDatabaseParameters["onError"],
): Promise<IndexDatabase> {
  const unlock = folder === undefined ? undefined : await lockFolder(folder);
  try {
    const pglite = await createPGlite(folder, onError);
    const db = new Kysely<Database>({ dialect: new PGliteDialect({ pglite }) });
    await sql`set search_path to ${sql.id(SCHEMA)}`.execute(db);
    const close = async () => {
      await db.destroy();
      await unlock?.();
    };
    return { db, close };
  } catch (error) {
    await unlock?.();
    throw error;
  }
}

async function createPGlite(folder: string | undefined, onError: OpenDatabaseParameters["onError"]) {
  const { PGlite } = await import("@electric-sql/pglite");
  const parsers = { [INT8]: Number };
  if (folder === undefined) return await PGlite.create({ parsers });
  const dataDir = join(folder, "pglite");
  await mkdir(folder, { recursive: true });
  try {
    return await PGlite.create({ dataDir, parsers });
  } catch (error) {
    // A process that was killed while it made the database leaves one that cannot be opened. It is a cache.
    onError?.(error);
    await rm(dataDir, { recursive: true, force: true });
    return await PGlite.create({ dataDir, parsers });
  }
}
