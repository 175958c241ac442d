// SPDX-License-Identifier: Apache-2.0
import type { Hash, Hex } from "../../offchain/bitcoin/bytes.ts";
import { hexToBytes } from "../../offchain/bitcoin/bytes.ts";
import type { Transaction } from "../../offchain/bitcoin/transaction.ts";
import type { CoinNode } from "./coinNode.ts";
import { marksOf } from "./marks.ts";

/** A mined transaction with marks. */
export interface MinedMark {
  readonly transaction: Transaction;
  readonly height: number;
  readonly blockHash: Hash;
}

/** Looks through Bitcoin's best chain for marked transactions; each block is read once. */
export interface MarkScan {
  /**
   * The transactions marked with a lease in blocks since `since`, as the chain is now.
   * @param since unix seconds of the miners' clocks
   */
  minedSince(since: bigint, signal: AbortSignal): Promise<ReadonlyMap<Hex, readonly MinedMark[]>>;
}

interface Scanned {
  readonly hash: Hash;
  readonly marked: readonly { leaseId: Hex; mined: MinedMark }[];
}

/** How many blocks a miner's clock may make wrong, both ways: more than an hour of them. */
const SLACK_BLOCKS = 12;
/** Blocks that can still be proven: `KEPT_BLOCKS` of IBitcoinLightClient.sol. */
const KEPT_BLOCKS = 4_096;
const BATCH = 500;
const TIME_OFFSET = 68; // of the header's time, 32 bits, little-endian

/** See {@link MarkScan}. What it remembers is a cache of blocks. */
export function createMarkScan(node: CoinNode): MarkScan {
  const blocks = new Map<number, Scanned>();

  const scan = async (height: number, hash: Hash, signal: AbortSignal): Promise<Scanned> => {
    const known = blocks.get(height);
    if (known?.hash === hash) return known;
    const { transactions } = await node.block(hash, signal);
    const marked = transactions.flatMap((transaction) =>
      marksOf(transaction).map(({ leaseId }) => {
        // A copy: the transaction's bytes are part of the whole block's.
        const { start, end } = transaction;
        const own = { ...transaction, bytes: transaction.bytes.slice(start, end) };
        const shifted = {
          ...own,
          start: 0,
          end: end - start,
          inputs: transaction.inputs - start,
          outputs: transaction.outputs - start,
          outputsEnd: transaction.outputsEnd - start,
        };
        return { leaseId, mined: { transaction: shifted, height, blockHash: hash } };
      }),
    );
    const scanned = { hash, marked };
    blocks.set(height, scanned);
    return scanned;
  };

  return {
    async minedSince(since, signal) {
      const { blocks: tip } = await node.blockchainInfo(signal);
      const oldest = Math.max(0, tip + 1 - KEPT_BLOCKS);
      const from = Math.max(oldest, (await firstSince(node, since, oldest, tip, signal)) - SLACK_BLOCKS);
      const found = new Map<Hex, MinedMark[]>();
      for (let height = from; height <= tip; height += BATCH) {
        const hashes = await node.blockHashes(height, Math.min(BATCH, tip + 1 - height), signal);
        for (const [i, hash] of hashes.entries()) {
          const { marked } = await scan(height + i, hash, signal);
          for (const { leaseId, mined } of marked) found.set(leaseId, [...(found.get(leaseId) ?? []), mined]);
        }
      }
      for (const height of blocks.keys()) if (height < oldest) blocks.delete(height);
      return found;
    },
  };
}

/** The first height whose block's time is no earlier, as if times never fell; `tip + 1` when there is none. */
async function firstSince(node: CoinNode, since: bigint, oldest: number, tip: number, signal: AbortSignal) {
  let [low, high] = [oldest, tip + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await timeAt(node, middle, signal)) < since) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The time of the block at a height of the best chain, unix seconds; 0 above its tip. */
export async function timeAt(node: CoinNode, height: number, signal: AbortSignal): Promise<bigint> {
  const hash = await node.blockHash(height, signal);
  const [header] = hash === undefined ? [] : await node.rawHeaders([hash], signal);
  if (header === undefined) return 0n;
  const bytes = hexToBytes(header);
  return BigInt(new DataView(bytes.buffer, bytes.byteOffset).getUint32(TIME_OFFSET, true));
}
