// SPDX-License-Identifier: Apache-2.0
import { crypto } from "bitcoinjs-lib";
import { TaggedError } from "../core/errors.ts";
import type { Block } from "./block.ts";
import { bytesToHex, concatBytes, type Hash, type Hex, hexToBytes, internalOrder } from "./bytes.ts";
import { transactionHash } from "./transaction.ts";

/** Shows that a transaction is in a block. */
export interface MerkleProof {
  /** The siblings from the leaf to the root, in internal order. */
  path: Hex[];
  /** The transaction's place in the block; its bits say on which side each sibling stands. */
  index: number;
  /** Of the block, 80 bytes. */
  header: Hex;
}

/** No proof can be made: the block is not the one that its header commits to, or does not have the transaction. */
export class MerkleProofError extends TaggedError<"WRONG_ROOT" | "NOT_IN_BLOCK"> {
  override readonly name = "MerkleProofError";

  constructor(code: MerkleProofError["code"], message: string) {
    super({ code, message });
  }
}

/** The levels of a merkle tree, from the leaves to the root. */
export type MerkleTree = readonly (readonly Uint8Array[])[];

/** @throws MerkleProofError */
export function merkleProof(block: Block, txid: Hash): MerkleProof {
  return merkleProofIn(block, merkleTree(block), txid);
}

/** As `merkleProof`, for those who need many proofs of one block. */
export function merkleProofIn(block: Block, tree: MerkleTree, txid: Hash): MerkleProof {
  const [leaves = []] = tree;
  const wanted = hexToBytes(internalOrder(txid));
  const index = leaves.findIndex((leaf) => equal(leaf, wanted));
  if (index === -1) throw new MerkleProofError("NOT_IN_BLOCK", `transaction ${txid} is not in block ${block.hash}`);
  return { path: pathFrom(tree, index), index, header: block.header };
}

/**
 * The merkle tree of a block's transaction ids. The last node of an odd level is paired with itself (CVE-2012-2459), and
 * is not repeated here.
 * @throws MerkleProofError WRONG_ROOT unless it ends in the root that the header has
 */
export function merkleTree(block: Block): MerkleTree {
  let level: Uint8Array[] = block.transactions.map(transactionHash);
  const levels = [level];
  while (level.length > 1) {
    const parents: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) parents.push(parent(level, i));
    level = parents;
    levels.push(level);
  }
  const [root] = level;
  if (root === undefined || bytesToHex(root) !== block.merkleRoot) {
    throw new MerkleProofError("WRONG_ROOT", `the transactions of block ${block.hash} do not give its merkle root`);
  }
  return levels;
}

/** The root that a proof leads to, in internal order: the inverse of `merkleProof`, and what a contract computes. */
export function rootOf(txid: Hash, { path, index }: Pick<MerkleProof, "path" | "index">): Hex {
  let node = hexToBytes(internalOrder(txid));
  let position = index;
  for (const sibling of path) {
    const other = hexToBytes(sibling);
    node = crypto.hash256(position % 2 === 0 ? concatBytes(node, other) : concatBytes(other, node));
    position = Math.floor(position / 2);
  }
  return bytesToHex(node);
}

function parent(level: readonly Uint8Array[], left: number): Uint8Array {
  return crypto.hash256(concatBytes(at(level, left), at(level, left + 1)));
}

function pathFrom(tree: MerkleTree, index: number): Hex[] {
  const path: Hex[] = [];
  let position = index;
  for (const level of tree.slice(0, -1)) {
    path.push(bytesToHex(at(level, position % 2 === 0 ? position + 1 : position - 1)));
    position = Math.floor(position / 2);
  }
  return path;
}

/** The node at a place of its level; past the end of an odd level, the last one again. */
function at(level: readonly Uint8Array[], position: number): Uint8Array {
  const node = level[Math.min(position, level.length - 1)];
  if (node === undefined) throw new RangeError("an empty level of a merkle tree");
  return node;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
