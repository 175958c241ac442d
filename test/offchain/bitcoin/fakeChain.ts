// SPDX-License-Identifier: Apache-2.0
import { type Block, parseBlock } from "../../../offchain/bitcoin/block.ts";
import { type Hash, hexToBytes } from "../../../offchain/bitcoin/bytes.ts";
import { BitcoinNodeError } from "../../../offchain/bitcoin/errors.ts";
import type { ChainReader } from "../../../offchain/bitcoin/node.ts";
import { blockOf, numbered } from "./arbitraries.ts";

/** A node in memory whose chain the test moves as it likes. Each block has the work of one. */
export interface FakeChain {
  node: ChainReader;
  /** Hashes of the best chain, by height. */
  best: readonly Hash[];
  /** Leaves all blocks above a height and mines `count` new ones there. */
  reorg(height: number, count: number): void;
  /** Forgets every block that is not in the best chain, as a node that is set up anew. */
  forget(): void;
  /** The next call fails, as if the node restarted. */
  failNextCall(): void;
}

export function createFakeChain(): FakeChain {
  const blocks = new Map<Hash, { height: number; block: Block }>();
  let best: Hash[] = [];
  let mined = 0;
  let failing = false;
  const mine = () => {
    const raw = blockOf([numbered(mined++)]);
    raw.prevHash = hexToBytes(best.at(-1) ?? "00".repeat(32)).reverse();
    const block = parseBlock(raw.toBuffer());
    blocks.set(block.hash, { height: best.length, block });
    best.push(block.hash);
  };
  const known = (hash: Hash) => {
    const found = blocks.get(hash);
    if (found === undefined) throw new BitcoinNodeError("REFUSED", "fake", `no block ${hash}`, { rpcCode: -5 });
    return found;
  };
  const answer = async <T>(value: () => T): Promise<T> => {
    if (failing) {
      failing = false;
      throw new BitcoinNodeError("UNREACHABLE", "fake", "as the test wants");
    }
    return value();
  };
  const headerOf = (hash: Hash) => {
    const found = blocks.get(hash);
    if (found === undefined) return undefined;
    const { height, block } = found;
    const confirmations = best[height] === hash ? best.length - height : -1;
    const previousHash = height === 0 ? undefined : block.previousHash;
    return { hash, height, confirmations, previousHash, chainwork: BigInt(height + 1) };
  };
  mine();
  return {
    node: {
      blockchainInfo: () =>
        answer(() => {
          const [blocks, bestHash] = [best.length - 1, best.at(-1) ?? ""];
          return { chain: "regtest", blocks, headers: blocks, bestHash, initialBlockDownload: false };
        }),
      bestBlockHash: () => answer(() => best.at(-1) ?? ""),
      blockHash: (height) => answer(() => best[height]),
      blockHashes: (from, count) => answer(() => best.slice(from, from + count)),
      blockHeader: (hash) => answer(() => headerOf(hash)),
      rawHeaders: (hashes) => answer(() => hashes.map((hash) => known(hash).block.header)),
      block: (hash) => answer(() => known(hash).block),
    },
    get best() {
      return best;
    },
    reorg(height, count) {
      best = best.slice(0, height + 1);
      for (let i = 0; i < count; i++) mine();
    },
    forget() {
      for (const hash of blocks.keys()) if (!best.includes(hash)) blocks.delete(hash);
    },
    failNextCall() {
      failing = true;
    },
  };
}
