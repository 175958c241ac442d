// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "viem";
import type { Block, BlockId, RawLog } from "./block.ts";

/** How far the follower has come: a final block and the hashes of all that follow it, which a reorg can still replace. */
export interface Position {
  readonly base: BlockId;
  /** `recent[i]` is block `base.number + 1 + i`. */
  readonly recent: readonly Hash[];
}

/** A step of the chain, before its logs are decoded. */
export type Change =
  /** The next block, or, when it is final, the next one that matters. */
  | { type: "block"; block: Block; logs: readonly RawLog[]; final: boolean }
  | { type: "safe"; block: Block }
  | { type: "finalize"; block: Block }
  | { type: "reorg"; commonAncestor: BlockId; removed: readonly Hash[] };

export function tipOf({ base, recent }: Position): BlockId {
  const hash = recent.at(-1);
  return hash === undefined ? base : { number: base.number + BigInt(recent.length), hash };
}

/** The hash of the block that was followed at this height; undefined above the tip and below the base. */
export function hashAt({ base, recent }: Position, number: bigint): Hash | undefined {
  if (number === base.number) return base.hash;
  return number < base.number ? undefined : recent[Number(number - base.number) - 1];
}

/** The reorg that leaves `ancestor`, a height that was followed, as the tip. */
export function reorgTo(position: Position, ancestor: bigint): Change {
  const hash = hashAt(position, ancestor);
  if (hash === undefined) throw new RangeError(`block ${ancestor} is not followed`);
  const removed = position.recent.slice(Number(ancestor - position.base.number));
  return { type: "reorg", commonAncestor: { number: ancestor, hash }, removed };
}

/**
 * Where the follower is after a change.
 * @throws RangeError when the change does not continue the position: a defect, never a state of the chain
 */
export function advance(position: Position, change: Change): Position {
  const tip = tipOf(position);
  switch (change.type) {
    case "block": {
      const { number, hash, parentHash } = change.block;
      if (change.final && position.recent.length === 0 && number > tip.number) {
        return { base: { number, hash }, recent: [] };
      }
      if (change.final) break;
      if (number !== tip.number + 1n || parentHash !== tip.hash) break;
      return { base: position.base, recent: [...position.recent, hash] };
    }
    case "safe":
      return position;
    case "finalize": {
      const { number, hash } = change.block;
      if (number === position.base.number) return position;
      if (hashAt(position, number) !== hash) break;
      return { base: { number, hash }, recent: position.recent.slice(Number(number - position.base.number)) };
    }
    case "reorg": {
      const { number, hash } = change.commonAncestor;
      if (hashAt(position, number) !== hash) break;
      return { base: position.base, recent: position.recent.slice(0, Number(number - position.base.number)) };
    }
  }
  throw new RangeError(`a ${change.type} does not continue block ${tip.number} ${tip.hash}`);
}
