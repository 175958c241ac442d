// SPDX-License-Identifier: Apache-2.0
import { IndexError } from "./errors.ts";
import type { Rows } from "./rows.ts";
import type { Key, TableName, Tables } from "./tables.ts";

/** The row that an earlier event must have made. @throws IndexError MISSING_ROW */
export async function need<T extends TableName>(rows: Rows, table: T, key: Key<T>): Promise<Tables[T]> {
  const row = await rows.get(table, key);
  if (row !== undefined) return row;
  const message = `an event is about a row of ${table} that no event has made: ${JSON.stringify(key)}`;
  throw new IndexError({ code: "MISSING_ROW", message, need: key });
}
