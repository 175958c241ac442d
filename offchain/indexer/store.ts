// SPDX-License-Identifier: Apache-2.0
import { type Kysely, sql, type Transaction } from "kysely";
import type { Checkpoint } from "../chain/checkpoint.ts";
import { IndexError } from "./errors.ts";
import type { Written } from "./rows.ts";
import { type Database, KEYS, type TableName, type Tables } from "./tables.ts";
import { type Topic, topicsOf } from "./topics.ts";

/** How far the index is. */
export interface Progress {
  /** Counts commits of this index. */
  readonly seq: number;
  /** Tells this index from one that was built before or will be after it. */
  readonly epoch: string;
  readonly checkpoint: Checkpoint | undefined;
  readonly block: number;
  readonly blockTime: number;
  readonly safe: number;
  readonly finalized: number;
}

/** Commits of which readers can still learn what they changed. */
export const CHANGES_KEPT = 20_000;
/** Old changes are removed at every so manieth commit. */
const PRUNE_EVERY = 256;

export async function readProgress(db: Kysely<Database>): Promise<Progress> {
  const row = await db.selectFrom("progress").selectAll().executeTakeFirstOrThrow();
  const { seq, epoch, checkpoint, block, block_time: blockTime, safe, finalized } = row;
  return { seq, epoch, checkpoint: checkpoint ?? undefined, block, blockTime, safe, finalized };
}

/**
 * Puts what blocks have changed into the tables, with the checkpoint behind them, in one transaction: both are there or
 * neither.
 * @param from where the index was when the blocks were read
 * @param to where it is with them; its `seq` is ignored
 * @throws IndexError OTHER_WRITER when the index is not at `from` any more
 */
export async function commit(db: Kysely<Database>, from: Progress, to: Progress, written: Written): Promise<Progress> {
  return await db.transaction().execute(async (trx) => {
    const progress = await advance(trx, from, to);
    for (const [table, rows] of written.rows) await upsert(trx, table, rows);
    const undo = written.undo
      .filter(({ block }) => block > to.finalized)
      .map(({ table, ...before }) => ({ table_name: table, ...before }));
    if (undo.length > 0) {
      await sql`insert into undo select * from jsonb_populate_recordset(null::undo, ${JSON.stringify(undo)}::jsonb)
        on conflict do nothing`.execute(trx);
    }
    if (to.finalized > from.finalized) await trx.deleteFrom("undo").where("block", "<=", to.finalized).execute();
    await noteChanges(trx, progress.seq, written.topics);
    return progress;
  });
}

/**
 * Takes back what all blocks above `to.block` have changed, as one transaction.
 * @returns the progress, and the topics of what was taken back
 * @throws IndexError OTHER_WRITER
 */
export async function undoAbove(db: Kysely<Database>, from: Progress, to: Progress) {
  return await db.transaction().execute(async (trx) => {
    const progress = await advance(trx, from, to);
    const { rows } = await sql<{ table_name: TableName; key: object; before: object | null }>`
      select distinct on (table_name, key) table_name, key, before from undo where block > ${to.block}
      order by table_name, key, block`.execute(trx);
    const topics = new Set<Topic>();
    for (const [table, group] of Map.groupBy(rows, ({ table_name }) => table_name)) {
      const restored = group.flatMap(({ before }) => (before === null ? [] : [before]));
      const keys = group.flatMap(({ before, key }) => (before === null ? [key] : []));
      const removed = await remove(trx, table, keys);
      await upsert(trx, table, restored);
      for (const row of [...restored, ...removed] as Tables[TableName][]) {
        for (const topic of topicsOf(table, undefined, row)) topics.add(topic);
      }
    }
    await trx.deleteFrom("undo").where("block", ">", to.block).execute();
    await noteChanges(trx, progress.seq, topics);
    return { progress, topics };
  });
}

async function advance(trx: Transaction<Database>, from: Progress, to: Progress): Promise<Progress> {
  const seq = from.seq + 1;
  const { block, blockTime: block_time, safe, finalized } = to;
  const checkpoint = to.checkpoint === undefined ? null : JSON.stringify(to.checkpoint);
  const { numUpdatedRows } = await trx
    .updateTable("progress")
    .set({ seq, checkpoint, block, block_time, safe, finalized })
    .where("seq", "=", from.seq)
    .where("epoch", "=", from.epoch)
    .executeTakeFirst();
  if (numUpdatedRows === 1n) return { ...to, seq, epoch: from.epoch };
  const message = `the index is no longer at commit ${from.seq}: somebody else writes to it`;
  throw new IndexError({ code: "OTHER_WRITER", message, need: from.seq, retryable: true });
}

async function upsert(trx: Transaction<Database>, table: TableName, rows: readonly object[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const key: readonly string[] = KEYS[table];
  const others = Object.keys(first).filter((column) => !key.includes(column));
  const set = others.map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`);
  await sql`insert into ${sql.table(table)}
    select * from jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::jsonb)
    on conflict (${sql.join(key.map((column) => sql.ref(column)))}) do update set ${sql.join(set)}`.execute(trx);
}

async function remove(trx: Transaction<Database>, table: TableName, keys: readonly object[]): Promise<object[]> {
  if (keys.length === 0) return [];
  const same = KEYS[table].map((column) => sql`gone.${sql.ref(column)} = keys.${sql.ref(column)}`);
  const { rows } = await sql<object>`delete from ${sql.table(table)} gone
    using jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(keys)}::jsonb) keys
    where ${sql.join(same, sql` and `)} returning gone.*`.execute(trx);
  return rows;
}

async function noteChanges(trx: Transaction<Database>, seq: number, topics: ReadonlySet<Topic>): Promise<void> {
  if (topics.size > 0) {
    await sql`insert into changes select ${seq}::bigint, jsonb_array_elements_text(${JSON.stringify([...topics])}::jsonb)`.execute(
      trx,
    );
  }
  if (seq % PRUNE_EVERY === 0) {
    await trx
      .deleteFrom("changes")
      .where("seq", "<=", seq - CHANGES_KEPT)
      .execute();
  }
}

/**
 * What has changed since a commit.
 * @returns undefined when that is not known any more, or the commit is of another index
 */
export async function changesSince(
  db: Kysely<Database>,
  epoch: string,
  seq: number,
): Promise<{ seq: number; topics: Set<string> } | undefined> {
  const now = await readProgress(db);
  if (now.epoch !== epoch || seq > now.seq || now.seq - seq > CHANGES_KEPT) return undefined;
  const rows = await db.selectFrom("changes").select("topic").distinct().where("seq", ">", seq).execute();
  return { seq: now.seq, topics: new Set(rows.map(({ topic }) => topic)) };
}
