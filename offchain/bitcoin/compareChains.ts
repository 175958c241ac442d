// SPDX-License-Identifier: Apache-2.0
import { readHeader } from "./block.ts";
import { type Hash, hexToBytes } from "./bytes.ts";
import { bitsOf, hasProofOfWork, workOf } from "./chainwork.ts";
import type { ChainReader } from "./node.ts";

/** How two nodes' best chains differ. */
export interface Difference {
  /** Height of the last block that both have. */
  fork: number;
  /** Expected hashes above the fork. Of `other` only what its headers prove. */
  work: { ours: bigint; others: bigint };
  /** Expected hashes of the last block of `other` that was looked at. */
  lastWork: bigint;
}

export interface CompareChainsParameters {
  ours: ChainReader;
  other: ChainReader;
  signal: AbortSignal | undefined;
}

/** Headers above the fork that are looked at: more than anybody can forge unnoticed. */
const LIMIT = 288;

/**
 * Compares two nodes' best chains from the last block that both have. What the other node says of work is not believed: its
 * headers have to be linked to that block and to have the proof of work that they count for.
 * @throws BitcoinNodeError
 */
export async function compareChains({ ours, other, signal }: CompareChainsParameters): Promise<Difference> {
  const [a, b] = await Promise.all([ours.blockchainInfo(signal), other.blockchainInfo(signal)]);
  const low = await findFork({ ours, other, signal }, Math.min(a.blocks, b.blocks));
  const above = async (node: ChainReader, tip: number) =>
    await provenWork(node, low.hash, low.height, Math.min(tip, low.height + LIMIT), signal);
  const [mine, theirs] = await Promise.all([above(ours, a.blocks), above(other, b.blocks)]);
  return { fork: low.height, work: { ours: mine.work, others: theirs.work }, lastWork: theirs.last };
}

async function findFork({ ours, other, signal }: CompareChainsParameters, top: number) {
  const common = async (height: number) => {
    const [one, two] = await Promise.all([ours.blockHash(height, signal), other.blockHash(height, signal)]);
    return one !== undefined && one === two ? one : undefined;
  };
  let high = top + 1;
  let low = top;
  let hash = await common(low);
  for (let step = 1; hash === undefined && low > 0; step *= 2) {
    high = low;
    low = Math.max(0, low - step);
    hash = await common(low);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const found = await common(middle);
    if (found === undefined) high = middle;
    else [low, hash] = [middle, found];
  }
  return { height: low, hash };
}

/** The work of the headers from above the fork on, up to the first that is not linked or lacks its proof of work. */
async function provenWork(
  node: ChainReader,
  fork: Hash | undefined,
  forkHeight: number,
  to: number,
  signal: AbortSignal | undefined,
): Promise<{ work: bigint; last: bigint }> {
  const hashes = await node.blockHashes(forkHeight + 1, to - forkHeight, signal);
  const headers = await node.rawHeaders(hashes, signal);
  let [parent, work, last] = [fork, 0n, 0n];
  for (const raw of headers) {
    const { hash, previousHash } = readHeader(hexToBytes(raw));
    const bits = bitsOf(raw);
    if ((parent !== undefined && previousHash !== parent) || !hasProofOfWork(hash, bits)) break;
    last = workOf(bits);
    work += last;
    parent = hash;
  }
  return { work, last };
}
