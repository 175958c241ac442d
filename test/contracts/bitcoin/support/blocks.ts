// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

/** A mined block: what a light client and a proof need of it. Hashes are in internal byte order. */
export type Block = {
  readonly height: number;
  readonly header: Buffer;
  readonly hash: Buffer;
  readonly time: number;
  readonly bits: number;
  readonly txids: readonly Buffer[];
};

/** What may differ from an ordinary block ten minutes after its parent. */
export type BlockOptions = {
  readonly time?: number;
  readonly bits?: number;
  readonly version?: number;
  readonly txids?: readonly Buffer[];
  readonly merkleRoot?: Buffer;
  /** Leave the nonce at which the hash does not meet the target. */
  readonly withoutWork?: boolean;
};

/** Compact form of the easiest target of regtest. */
export const REGTEST_BITS = 0x207fffff;

/** Hashes to find a regtest block: 2^256 / (target + 1). */
export const REGTEST_WORK = 2n;

/** Seconds between blocks. */
export const SPACING = 600;

export const sha256 = (data: Uint8Array): Buffer => createHash("sha256").update(data).digest();

/** Bitcoin's double SHA-256. */
export const sha256d = (data: Uint8Array): Buffer => sha256(sha256(data));

export const hex = (data: Uint8Array): string => `0x${Buffer.from(data).toString("hex")}`;

/** Target of a compact form that is positive and fits. */
export function targetOf(bits: number): bigint {
  const exponent = bits >>> 24;
  const mantissa = BigInt(bits & 0x7fffff);
  return exponent <= 3 ? mantissa >> BigInt(8 * (3 - exponent)) : mantissa << BigInt(8 * (exponent - 3));
}

/** A hash as the number that is compared to a target. */
export const numberOf = (hash: Buffer): bigint => BigInt(hex(Buffer.from(hash).reverse()));

/** Serialises 80 bytes. */
export function encodeHeader(
  version: number,
  previous: Buffer,
  merkleRoot: Buffer,
  time: number,
  bits: number,
  nonce: number,
): Buffer {
  const header = Buffer.alloc(80);
  header.writeInt32LE(version, 0);
  previous.copy(header, 4);
  merkleRoot.copy(header, 36);
  header.writeUInt32LE(time, 68);
  header.writeUInt32LE(bits, 72);
  header.writeUInt32LE(nonce, 76);
  return header;
}

/** Regtest's genesis block, as in chainparams.cpp of the reference client. */
export const GENESIS: Block = (() => {
  const root = Buffer.from("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", "hex").reverse();
  const header = encodeHeader(1, Buffer.alloc(32), root, 1296688602, REGTEST_BITS, 2);
  return { height: 0, header, hash: sha256d(header), time: 1296688602, bits: REGTEST_BITS, txids: [root] };
})();

/** All levels of a merkle tree, leaves first. */
function levelsOf(leaves: readonly Buffer[]): Buffer[][] {
  const levels = [[...leaves]];
  for (let level = levels[0] ?? []; level.length > 1; level = levels.at(-1) ?? []) {
    const next: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] ?? Buffer.alloc(32);
      next.push(sha256d(Buffer.concat([left, level[i + 1] ?? left])));
    }
    levels.push(next);
  }
  return levels;
}

/** Merkle root of transactions. */
export const merkleRootOf = (txids: readonly Buffer[]): Buffer => levelsOf(txids).at(-1)?.[0] ?? Buffer.alloc(32);

/** Siblings from a leaf up to the root; a node without one is its own. */
export function merklePathOf(txids: readonly Buffer[], index: number): Buffer[] {
  return levelsOf(txids)
    .slice(0, -1)
    .map((level, depth) => {
      const at = index >> depth;
      return level[at ^ 1] ?? level[at] ?? Buffer.alloc(32);
    });
}

/** Mines a child of a block. Blocks with the same parent and options are the same unless `txids` differ. */
export function mine(parent: Block, options: BlockOptions = {}): Block {
  const time = options.time ?? parent.time + SPACING;
  const bits = options.bits ?? parent.bits;
  const txids = options.txids ?? [sha256(Buffer.from(`coinbase of ${parent.height + 1}`))];
  const root = options.merkleRoot ?? merkleRootOf(txids);
  const target = targetOf(bits);
  for (let nonce = 0; ; nonce += 1) {
    const header = encodeHeader(options.version ?? 0x20000000, parent.hash, root, time, bits, nonce);
    const hash = sha256d(header);
    if (numberOf(hash) <= target !== (options.withoutWork ?? false)) {
      return { height: parent.height + 1, header, hash, time, bits, txids };
    }
  }
}

/** Mines a chain of `count` blocks on a block; `options` may tell those of each from its parent. */
export function mineChain(
  parent: Block,
  count: number,
  options: (parent: Block) => BlockOptions = () => ({}),
): Block[] {
  const chain: Block[] = [];
  for (let tip = parent; chain.length < count; ) {
    tip = mine(tip, options(tip));
    chain.push(tip);
  }
  return chain;
}

/** Blocks unlike those that `mine` makes by itself, as another miner's. */
export const rival =
  (name: string) =>
  (parent: Block): BlockOptions => ({ txids: [sha256(Buffer.from(`${name} ${parent.height + 1}`))] });

/** Headers one after the other, as `submit` takes them. */
export const headersOf = (blocks: readonly Block[]): string => hex(Buffer.concat(blocks.map((block) => block.header)));

/** The last of a list that is not empty. */
export function last<T>(items: readonly T[]): T {
  const item = items.at(-1);
  if (item === undefined) throw new Error("The list is empty.");
  return item;
}
