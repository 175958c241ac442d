// SPDX-License-Identifier: Apache-2.0
import { TaggedError } from "../core/errors.ts";
import { readHeader } from "./block.ts";
import { type Hash, type Hex, hexToBytes } from "./bytes.ts";
import type { ChainReader } from "./node.ts";

/** What a light client follows; its hashes in the order in which nodes print them (see `displayOrder`). */
export interface FollowedChain {
  tip: { height: number; hash: Hash; chainwork: bigint };
  /** Its hash at a height; undefined where it keeps none. */
  hashAt(height: number): Promise<Hash | undefined>;
}

/** Consecutive headers, for one call of the light client's `submit`. */
export interface HeaderBatch {
  /** Of the first header. */
  height: number;
  /** 80 bytes each. */
  headers: Hex[];
}

export interface HeadersSinceParameters {
  node: ChainReader;
  chain: FollowedChain;
  /** Headers in a batch; default 100. The first is longer when it takes more to outdo the chain it replaces. */
  batchSize?: number;
  signal?: AbortSignal;
}

/** The node's chain and the followed one have nothing in common that the light client still keeps. */
export class ForkTooDeepError extends TaggedError<"FORK_TOO_DEEP"> {
  override readonly name = "ForkTooDeepError";

  constructor(height: number) {
    const message = `the followed chain differs from the node's down to height ${height}, the oldest that it keeps`;
    super({ code: "FORK_TOO_DEEP", message, have: height });
  }
}

/**
 * The headers that bring a light client to the node's tip, from the last block that both have; none while the node's
 * chain has no more work than the followed one. Submit them in order. The batches end early when the node's chain
 * changes meanwhile: start anew then, as after every new block.
 * @throws ForkTooDeepError
 * @throws BitcoinNodeError
 */
export async function* headersSince(parameters: HeadersSinceParameters): AsyncGenerator<HeaderBatch, void, void> {
  const { node, chain, batchSize = 100, signal } = parameters;
  const best = await node.blockHeader(await node.bestBlockHash(signal), signal);
  if (best === undefined || best.chainwork <= chain.tip.chainwork) return;
  const fork = await findFork(parameters);
  let parent = fork.hash;
  let from = fork.height + 1;
  let count = Math.max(batchSize, (await heightToOutdo(parameters, fork.height, best.height)) - fork.height);
  while (from <= best.height) {
    const hashes = await node.blockHashes(from, Math.min(count, best.height + 1 - from), signal);
    const headers = await node.rawHeaders(hashes, signal);
    const last = lastOfChain(parent, headers);
    if (last === undefined) return;
    yield { height: from, headers };
    parent = last;
    from += headers.length;
    count = batchSize;
  }
}

/** The last block that both chains have. */
async function findFork({ node, chain, signal }: HeadersSinceParameters): Promise<{ height: number; hash: Hash }> {
  // What the light client no longer keeps counts as common, so that common heights end where differing ones begin.
  const isCommon = async (height: number) => {
    const hash = await chain.hashAt(height);
    return hash === undefined || hash === (await node.blockHash(height, signal));
  };
  let low = chain.tip.height;
  let high = low + 1;
  for (let step = 1; low > 0 && !(await isCommon(low)); step *= 2) {
    high = low;
    low = Math.max(0, low - step);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await isCommon(middle)) low = middle;
    else high = middle;
  }
  const hash = await chain.hashAt(low);
  if (hash === undefined || hash !== (await node.blockHash(low, signal))) throw new ForkTooDeepError(low + 1);
  return { height: low, hash };
}

/** The lowest height at which the node's chain has more work than the followed one has at its tip. */
async function heightToOutdo({ node, chain, signal }: HeadersSinceParameters, fork: number, best: number) {
  if (fork === chain.tip.height) return fork + 1;
  for (let height = fork + 1; height < best; height++) {
    const [hash] = await node.blockHashes(height, 1, signal);
    const header = hash === undefined ? undefined : await node.blockHeader(hash, signal);
    if (header === undefined || header.chainwork > chain.tip.chainwork) return height;
  }
  return best;
}

/** The hash of the last header, or undefined unless each header's parent is the one before it. */
function lastOfChain(parent: Hash, headers: readonly Hex[]): Hash | undefined {
  let last: Hash | undefined;
  for (const raw of headers) {
    const { hash, previousHash } = readHeader(hexToBytes(raw));
    if (previousHash !== (last ?? parent)) return undefined;
    last = hash;
  }
  return last;
}
