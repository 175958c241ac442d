// SPDX-License-Identifier: Apache-2.0
import { TaggedError } from "../core/errors.ts";
import type { Block } from "./block.ts";
import type { Hash } from "./bytes.ts";
import { BitcoinNodeError } from "./errors.ts";
import type { ChainReader } from "./node.ts";
import { type PollingParameters, polling } from "./polling.ts";

/** A place in a chain. */
export interface Checkpoint {
  height: number;
  hash: Hash;
}

/** A step of the node's best chain. */
export type BlockUpdate =
  /** The next block: its parent is the block before it in this sequence of updates. */
  | { type: "block"; height: number; hash: Hash; block: Block }
  /**
   * The blocks from height `from` on are no longer in the best chain: `removed`, lowest first. What is left ends in
   * `ancestor`, and the next block comes at `from`, unless the ancestor is removed in turn.
   */
  | { type: "reorg"; from: number; removed: readonly Hash[]; ancestor: Checkpoint };

/** The node does not know the checkpoint, nor any block that was followed since: it has another chain or a new one. */
export class CheckpointUnknownError extends TaggedError<"CHECKPOINT_UNKNOWN"> {
  override readonly name = "CheckpointUnknownError";

  constructor(checkpoint: Checkpoint) {
    const message = `the node does not know block ${checkpoint.hash} of height ${checkpoint.height}`;
    super({ code: "CHECKPOINT_UNKNOWN", message, need: checkpoint });
  }
}

export interface FollowBlocksParameters extends PollingParameters {
  node: ChainReader;
  /** The last block that the caller has dealt with; the first update is what follows it. */
  from: Checkpoint;
}

/** How many followed blocks are remembered, for a node that has lost what it had: more than any reorg that was ever seen. */
const REMEMBERED = 1_000;

/**
 * Follows the node's best chain from a checkpoint, in order, each block once, through reorgs of any depth and restarts of
 * the node. Nothing is fetched before it is asked for, so a slow caller is not overrun. To resume, keep the height and
 * hash of the last block dealt with; after a reorg that is `ancestor`.
 * @throws CheckpointUnknownError when there is no way from the checkpoint to the node's chain
 */
export async function* followBlocks(parameters: FollowBlocksParameters): AsyncGenerator<BlockUpdate, void, void> {
  const { node, signal } = parameters;
  const followed: Followed = { tip: parameters.from, older: [] };
  yield* polling(parameters, async function* next() {
    const update = await findUpdate(node, followed, signal);
    if (update === undefined) return;
    apply(followed, update);
    yield update;
  });
}

interface Followed {
  tip: Checkpoint;
  /** What came before the tip, lowest first. */
  older: Checkpoint[];
}

function apply(followed: Followed, update: BlockUpdate): void {
  if (update.type === "block") {
    followed.older.push(followed.tip);
    if (followed.older.length > REMEMBERED) followed.older.shift();
    followed.tip = { height: update.height, hash: update.hash };
  } else {
    followed.tip = update.ancestor;
    followed.older = followed.older.filter(({ height }) => height < update.from - 1);
  }
}

/** The next update, or undefined when there is none yet. */
async function findUpdate(node: ChainReader, followed: Followed, signal: AbortSignal) {
  const { tip } = followed;
  const [same, hash] = await node.blockHashes(tip.height, 2, signal);
  if (same !== tip.hash) return await findReorg(node, followed, signal);
  if (hash === undefined) return undefined;
  const block = await node.block(hash, signal);
  // The chain may have changed between the two answers; then the next look finds the reorg.
  if (block.previousHash !== tip.hash) return undefined;
  return { type: "block", height: tip.height + 1, hash, block } satisfies BlockUpdate;
}

/** Walks back from our tip to a block that is in the best chain: a node keeps the headers of the chains that it left. */
async function findReorg(node: ChainReader, followed: Followed, signal: AbortSignal): Promise<BlockUpdate | undefined> {
  const removed: Hash[] = [];
  let hash = followed.tip.hash;
  for (;;) {
    const header = await node.blockHeader(hash, signal);
    if (header === undefined) return await findInMemory(node, followed, signal);
    if (header.confirmations >= 0 || header.previousHash === undefined) {
      if (removed.length === 0) return undefined; // it has come back meanwhile
      return reorg({ height: header.height, hash }, removed);
    }
    removed.unshift(hash);
    hash = header.previousHash;
  }
}

/** For a node that has never seen our tip, because it lost it or is another one: compares it with what we followed. */
async function findInMemory(node: ChainReader, { tip, older }: Followed, signal: AbortSignal): Promise<BlockUpdate> {
  const { blocks } = await node.blockchainInfo(signal);
  if (blocks < tip.height) {
    const message = `the node is at height ${blocks}, we are at ${tip.height}`;
    throw new BitcoinNodeError("BEHIND", "getblockchaininfo", message, { have: blocks, need: tip.height });
  }
  const removed = [tip.hash];
  for (const each of older.toReversed()) {
    if ((await node.blockHash(each.height, signal)) === each.hash) return reorg(each, removed);
    removed.unshift(each.hash);
  }
  throw new CheckpointUnknownError(tip);
}

function reorg(ancestor: Checkpoint, removed: readonly Hash[]): BlockUpdate {
  return { type: "reorg", from: ancestor.height + 1, removed, ancestor };
}
