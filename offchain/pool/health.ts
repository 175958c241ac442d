// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { IndexerReport } from "../indexer/indexer.ts";
import type { Database } from "../indexer/tables.ts";
import type { Health } from "./api.ts";
import type { BlockInfo } from "./basics.ts";
import { readBlock } from "./leases.ts";
import type { RelayerClient } from "./relayerClient.ts";

export interface HealthParameters {
  readonly db: Kysely<Database>;
  readonly relayer: Pick<RelayerClient, "healthy">;
  readonly report: () => IndexerReport;
  readonly ready: () => boolean;
  /** Longer without a new block is not healthy, milliseconds. */
  readonly staleMs: number;
  readonly clock: Clock;
}

/** Whether the service does what it should, and why not. */
export async function healthOf(parameters: HealthParameters): Promise<Health> {
  const { db, relayer, report, ready, staleMs, clock } = parameters;
  const reasons: string[] = [];
  if (!ready()) reasons.push("the index has not caught up with the chain");
  const { committedAt } = report();
  if (committedAt !== undefined && clock.now() - committedAt > staleMs) {
    reasons.push(`no block for ${Math.floor((clock.now() - committedAt) / 1000)} s`);
  }
  let block: BlockInfo | null = null;
  try {
    block = await readBlock(db);
  } catch (error) {
    reasons.push(`the database does not answer: ${messageOf(error)}`);
  }
  if (!(await relayer.healthy())) reasons.push("the relayer does not answer, or is not healthy");
  return { ok: reasons.length === 0, reasons, block };
}
