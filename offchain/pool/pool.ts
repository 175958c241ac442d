// SPDX-License-Identifier: Apache-2.0
import type { PoolRow } from "../indexer/tables.ts";
import type { PoolDeps } from "./deps.ts";
import { ProblemError } from "./problem.ts";

/** The pool that the service is of. @throws ProblemError NO_POOL as long as the chain does not have it */
export async function ownPool({ db, poolName }: Pick<PoolDeps, "db" | "poolName">): Promise<PoolRow> {
  const pool = await db.selectFrom("pools").selectAll().where("name", "=", poolName).executeTakeFirst();
  if (pool !== undefined) return pool;
  const detail = `The chain has no pool named ${poolName}.`;
  throw new ProblemError({ code: "NO_POOL", status: 503, title: "The pool does not exist yet", detail }, 5);
}
