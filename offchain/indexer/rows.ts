// SPDX-License-Identifier: Apache-2.0
import { type Kysely, sql } from "kysely";
import { type Database, KEYS, type Key, type TableName, type Tables } from "./tables.ts";
import { type Topic, topicsOf } from "./topics.ts";

/** What handlers of events see of the tables. */
export interface Rows {
  get<T extends TableName>(table: T, key: Key<T>): Promise<Tables[T] | undefined>;
  /** Inserts, or replaces what `get` gave for the key. @throws Error when `get` was not called before */
  put<T extends TableName>(table: T, row: Tables[T]): void;
  /** Inserts a row whose key cannot be there. */
  add<T extends TableName>(table: T, row: Tables[T]): void;
}

/** A row as it was before a block. */
export interface Before {
  readonly block: number;
  readonly table: TableName;
  readonly key: object;
  readonly before: object | null;
}

/** All that handlers have written since the last commit. */
export interface Written {
  readonly rows: ReadonlyMap<TableName, readonly object[]>;
  readonly undo: readonly Before[];
  readonly topics: ReadonlySet<Topic>;
}

export interface RowCache extends Rows {
  /** Writes that follow belong to this block. */
  enter(block: number): void;
  written(): Written;
  /** What was written is in the database now. */
  committed(): void;
  /** Forgets everything, also what was written: the database has the truth. */
  clear(): void;
}

/** Rows kept after a commit, so that the next blocks need not read them again. */
const MAX_KEPT = 20_000;

/** Holds what is read and written between two commits; it alone writes. */
export function createRowCache(db: Kysely<Database>): RowCache {
  const known = new Map<string, object | undefined>();
  const dirty = new Map<TableName, Map<string, object>>();
  const undo = new Map<string, Before>();
  const topics = new Set<Topic>();
  let block = 0;
  const write = <T extends TableName>(table: T, key: Key<T>, name: string, row: Tables[T]) => {
    const before = known.get(name) as Tables[T] | undefined;
    const undoName = `${block} ${name}`;
    if (!undo.has(undoName)) undo.set(undoName, { block, table, key, before: before ?? null });
    for (const topic of topicsOf(table, before, row)) topics.add(topic);
    known.set(name, row);
    const rows = dirty.get(table) ?? new Map<string, object>();
    dirty.set(table, rows.set(name, row));
  };
  const settle = () => {
    dirty.clear();
    undo.clear();
    topics.clear();
    if (known.size > MAX_KEPT) known.clear();
  };
  return {
    async get(table, key) {
      const name = nameOf(table, key);
      if (!known.has(name)) known.set(name, await readRow(db, table, key));
      return known.get(name) as Tables[typeof table] | undefined;
    },
    put(table, row) {
      const key = keyOf(table, row);
      const name = nameOf(table, key);
      if (!known.has(name)) throw new Error(`${name} is written without having been read`);
      write(table, key, name, row);
    },
    add(table, row) {
      const key = keyOf(table, row);
      write(table, key, nameOf(table, key), row);
    },
    enter: (number) => {
      block = number;
    },
    written: () => ({
      rows: new Map([...dirty].map(([table, rows]) => [table, [...rows.values()]])),
      undo: [...undo.values()],
      topics,
    }),
    committed: settle,
    clear: () => {
      settle();
      known.clear();
    },
  };
}

function keyOf<T extends TableName>(table: T, row: Tables[T]): Key<T> {
  const columns: readonly string[] = KEYS[table];
  return Object.fromEntries(columns.map((column) => [column, Reflect.get(row, column)])) as Key<T>;
}

/** The columns of a key in their own order, whatever order the caller has named them in. */
function nameOf<T extends TableName>(table: T, key: Key<T>): string {
  const columns: readonly string[] = KEYS[table];
  return JSON.stringify([table, ...columns.map((column) => Reflect.get(key, column))]);
}

async function readRow<T extends TableName>(db: Kysely<Database>, table: T, key: Key<T>): Promise<object | undefined> {
  const conditions = Object.entries(key).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  const where = sql.join(conditions, sql` and `);
  const { rows } = await sql<object>`select * from ${sql.table(table)} where ${where}`.execute(db);
  return rows[0];
}
