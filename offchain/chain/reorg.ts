// SPDX-License-Identifier: Apache-2.0
import { ChainError } from "./errors.ts";
import { type Change, hashAt, type Position, reorgTo, tipOf } from "./position.ts";
import type { ChainSource, Tips } from "./source.ts";

/** Headers asked for at once; nearly every reorg is shorter. */
const WALK = 16n;

/**
 * Whether the endpoint's chain has left what was followed. A chain that is merely shorter has not: the endpoint lags, or
 * grows a branch that shows itself when it is as long.
 * @returns the reorg down to the last block that both have, or undefined
 * @throws ChainError BEHIND, FINALITY_VIOLATED, INCONSISTENT, RPC_FAILED
 */
export async function findReorg(
  source: ChainSource,
  position: Position,
  { latest }: Tips,
  signal: AbortSignal,
): Promise<Change | undefined> {
  const { base } = position;
  const tip = tipOf(position);
  if (latest.number < base.number) {
    const message = `${source.name} is at block ${latest.number}, but ${base.number} is final`;
    throw new ChainError({ code: "BEHIND", message, have: latest.number, need: base.number, retryable: true });
  }
  if (latest.number === tip.number + 1n && latest.parentHash === tip.hash) return undefined;
  let top = tip.number;
  if (latest.number < top) top = latest.number;
  if (latest.number === top && hashAt(position, top) === latest.hash) return undefined;
  // First the tip alone: mostly there is no reorg, only more than one new block.
  for (let high = top, count = 1n; high >= base.number; high -= count, count = WALK) {
    const left = high - base.number + 1n;
    const numbers = Array.from({ length: Number(left < count ? left : count) }, (_, i) => high - BigInt(i));
    const headers = await source.headers(numbers, signal);
    for (const [i, number] of numbers.entries()) {
      const header = headers[i];
      if (header === undefined) throw inconsistent(source, `has no block ${number} below its latest`);
      if (header.hash !== hashAt(position, number)) continue;
      return number === tip.number || number === latest.number ? undefined : reorgTo(position, number);
    }
  }
  const message = `${source.name} does not have block ${base.number} ${base.hash}, which was final`;
  throw new ChainError({ code: "FINALITY_VIOLATED", message, have: latest.hash, need: base.hash });
}

export function inconsistent(source: ChainSource, what: string): ChainError {
  return new ChainError({ code: "INCONSISTENT", message: `${source.name} ${what}`, retryable: true });
}
