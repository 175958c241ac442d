// SPDX-License-Identifier: Apache-2.0
import { sql } from "kysely";
import type { IndexDatabase } from "../../../../offchain/indexer/database.ts";
import { KEYS, type TableName } from "../../../../offchain/indexer/tables.ts";

/** All that the tables say, in an order of its own; without what is about the index itself. */
export async function dump(db: IndexDatabase["db"]): Promise<Record<string, object[]>> {
  const tables = Object.entries(KEYS) as [TableName, readonly string[]][];
  const contents: Record<string, object[]> = {};
  for (const [table, key] of tables) {
    const order = sql.join(key.map((column) => sql.ref(column)));
    const { rows } = await sql<object>`select * from ${sql.table(table)} order by ${order}`.execute(db);
    contents[table] = rows;
  }
  return contents;
}
