// SPDX-License-Identifier: Apache-2.0
import type { Address } from "viem";
import { backfill, bare, type Range } from "./backfill.ts";
import type { Header } from "./block.ts";
import { blockLogs } from "./logs.ts";
import { advance, type Change, hashAt, type Position, tipOf } from "./position.ts";
import { findReorg, inconsistent } from "./reorg.ts";
import type { ChainSource, Tips } from "./source.ts";

export interface StepParameters {
  /** The one endpoint whose view is taken: answers of two would not fit together. */
  source: ChainSource;
  /** Asked only about logs, which `source` may have lost. */
  others: readonly ChainSource[];
  position: Position;
  addresses: readonly Address[];
  /** Of `source`; changed. */
  range: Range;
  signal: AbortSignal;
  onError?: (error: unknown, source: string) => void;
}

export interface Step {
  changes: Change[];
  /** Nothing more is to be had until the chain grows. */
  caughtUp: boolean;
}

/** New blocks taken in one step: bounds memory and what an error makes one ask again. */
const BLOCKS_AT_ONCE = 50;

/**
 * Compares the endpoint's chain with what was followed, and returns what leads from one to the other, or a part of it.
 * @throws ChainError
 */
export async function step(parameters: StepParameters): Promise<Step> {
  const { source, position, signal } = parameters;
  const tips = await source.tips(signal);
  const { latest, safe, finalized } = tips;
  if (finalized.number > safe.number || safe.number > latest.number) {
    throw inconsistent(source, "has its latest block below its safe or finalized one");
  }
  const reorg = await findReorg(source, position, tips, signal);
  if (reorg !== undefined) return { changes: [reorg], caughtUp: false };
  const tip = tipOf(position);
  if (tip.number < finalized.number) {
    const changes = await backfill(source, position, { ...parameters, finalized });
    return { changes, caughtUp: false };
  }
  const changes = await extend(parameters, latest);
  const extended = changes.reduce(advance, position);
  return {
    changes: [...changes, ...settled(extended, tips, source)],
    caughtUp: tipOf(extended).number >= latest.number,
  };
}

/** The next blocks that are not final yet: each follows from the one before by its parent's hash. */
async function extend(parameters: StepParameters, latest: Header): Promise<Change[]> {
  const { source, position, signal } = parameters;
  let tip = tipOf(position);
  const missing = latest.number > tip.number ? Number(latest.number - tip.number) : 0;
  const count = Math.min(missing, BLOCKS_AT_ONCE);
  if (count === 0) return [];
  const from = tip.number + 1n;
  const numbers = Array.from({ length: count }, (_, i) => from + BigInt(i));
  const whole = count === missing;
  const headers = await source.headers(whole ? numbers.slice(0, -1) : numbers, signal);
  const chain: Header[] = [];
  for (const header of whole ? [...headers, latest] : headers) {
    if (header === undefined || header.number !== tip.number + 1n || header.parentHash !== tip.hash) {
      throw inconsistent(source, `has no chain of blocks from ${from} to its latest`);
    }
    chain.push(header);
    tip = header;
  }
  const logs = await Promise.all(chain.map((header) => blockLogs(header, parameters)));
  return chain.map((header, i) => ({ type: "block", block: bare(header), logs: logs[i] ?? [], final: false }));
}

/** What is safe and final of what was followed. An endpoint that lags takes nothing back. */
function settled(position: Position, { safe, finalized }: Tips, source: ChainSource): Change[] {
  const tip = tipOf(position);
  const changes: Change[] = [];
  for (const [type, header] of [
    ["safe", safe],
    ["finalize", finalized],
  ] as const) {
    if (header.number < position.base.number || header.number > tip.number) continue;
    if (hashAt(position, header.number) !== header.hash) {
      throw inconsistent(source, `has block ${header.number} ${type === "safe" ? "safe" : "final"} on another branch`);
    }
    changes.push({ type, block: bare(header) });
  }
  return changes;
}
