// SPDX-License-Identifier: Apache-2.0
import { type IndexDatabase, openDatabase } from "../../../../offchain/indexer/database.ts";
import { prepareIndex } from "../../../../offchain/indexer/prepare.ts";
import { DEPLOYMENT } from "./deployment.ts";
import { startPostgres } from "./postgres.ts";

type Db = IndexDatabase["db"];

const opened: (() => Promise<void>)[] = [];
let pglite: Promise<IndexDatabase> | undefined;
let postgres: Promise<IndexDatabase | undefined> | undefined;

// Of the whole run: PGlite takes 500 MB, so that there is one for all tests.
after(async function () {
  this.timeout(30_000);
  for (const close of opened.reverse()) await close();
});

/** The one embedded database of all tests. */
export function pgliteDatabase(): Promise<IndexDatabase> {
  pglite ??= openDatabase({ location: { folder: undefined } }).then((database) => {
    opened.push(database.close);
    return database;
  });
  return pglite;
}

/** A PostgreSQL of this machine's binaries; undefined where there are none. */
export function postgresDatabase(): Promise<IndexDatabase | undefined> {
  postgres ??= startPostgres().then(async (server) => {
    if (server === undefined) return undefined;
    opened.push(server.stop);
    const database = await openDatabase({ location: { url: server.url } });
    opened.push(database.close);
    return database;
  });
  return postgres;
}

/** Runs the same tests on both databases; on PostgreSQL only where it is installed. */
export function onBothDatabases(tests: (db: () => Db) => void): void {
  for (const [name, open] of [
    ["PGlite", pgliteDatabase],
    ["PostgreSQL", postgresDatabase],
  ] as const) {
    describe(`on ${name}`, () => {
      let db: Db | undefined;
      before(async function () {
        this.timeout(60_000);
        db = (await open())?.db;
        if (db === undefined) {
          process.stdout.write("      no PostgreSQL server is installed on this machine (Debian: postgresql)\n");
          this.skip();
        }
      });
      tests(() => {
        if (db === undefined) throw new Error("there is no database");
        return db;
      });
    });
  }
}

/** Empties the index. */
export async function emptyIndex(db: Db): Promise<void> {
  await prepareIndex({ db, deployment: DEPLOYMENT, fromZero: true });
}
