// SPDX-License-Identifier: Apache-2.0
import * as secp256k1 from "@bitcoinerlab/secp256k1";
import { Transaction } from "bitcoinjs-lib";
import { type Block, hex, merklePathOf, sha256, sha256d } from "./blocks.ts";

/** A transaction in both serialisations. The txid is in internal byte order. */
export type Payment = { readonly legacy: Buffer; readonly segwit: Buffer; readonly txid: Buffer };

/** An output key with its y, which the contract wants told. */
export type OutputKey = { readonly x: Buffer; readonly y: Buffer };

const tagged = (tag: string, message: Uint8Array): Buffer => {
  const tagHash = sha256(Buffer.from(tag));
  return sha256(Buffer.concat([tagHash, tagHash, message]));
};

/** x-only key of a secret made from a name. */
export const keyOf = (name: string): Buffer => Buffer.from(secp256k1.xOnlyPointFromScalar(sha256(Buffer.from(name))));

/** A lease id made from a name. */
export const leaseOf = (name: string): Buffer => sha256(Buffer.from(`lease ${name}`));

/** Merkle root to which a lease's address commits. */
export const leaseRootOf = (leaseId: Buffer): Buffer => tagged("xov/lease", leaseId);

/** Scalar by which an internal key with a merkle root is tweaked (BIP-341). */
export const tweakOf = (internalKey: Buffer, root: Buffer): Buffer =>
  tagged("TapTweak", Buffer.concat([internalKey, root]));

/** Output key of an internal key and a merkle root (BIP-341). */
export function outputKeyOf(internalKey: Buffer, root: Buffer): OutputKey {
  const tweaked = secp256k1.xOnlyPointAddTweak(internalKey, tweakOf(internalKey, root));
  if (tweaked === null) throw new Error("The key cannot be tweaked.");
  const compressed = Buffer.concat([Buffer.from([2 + tweaked.parity]), tweaked.xOnlyPubkey]);
  const point = Buffer.from(secp256k1.pointCompress(compressed, false));
  return { x: point.subarray(1, 33), y: point.subarray(33) };
}

/** Output key of a lease's address. */
export const leaseKeyOf = (internalKey: Buffer, leaseId: Buffer): OutputKey =>
  outputKeyOf(internalKey, leaseRootOf(leaseId));

/** P2TR script of an output key. */
export const scriptOf = (key: OutputKey): Buffer => Buffer.concat([Buffer.from("5120", "hex"), key.x]);

/** A transaction with one witness input, that pays the outputs; `seed` tells it from others. */
export function pay(outputs: readonly { script: Buffer; value: bigint }[], seed = "coin", inputs = 1): Payment {
  const transaction = new Transaction();
  transaction.version = 2;
  for (let i = 0; i < inputs; i += 1) transaction.addInput(sha256(Buffer.from(seed)), i);
  for (const { script, value } of outputs) transaction.addOutput(script, value);
  const legacy = Buffer.from(transaction.toBuffer());
  for (let i = 0; i < inputs; i += 1) transaction.setWitness(i, [Buffer.alloc(71, 0x30), Buffer.alloc(33, 2)]);
  return { legacy, segwit: Buffer.from(transaction.toBuffer()), txid: sha256d(legacy) };
}

/** Proof of a block, as the contracts take it. */
export const blockProof = (block: Block) => ({ height: block.height, header: hex(block.header) });

/** Proof that the transaction at `index` is in a block. */
export const transactionProof = (block: Block, index: number, raw: Buffer) => ({
  index,
  raw: hex(raw),
  path: merklePathOf(block.txids, index).map(hex),
});

/** Txids of a block that has a payment at an index among transactions of no interest. */
export function fill(count: number, placed: ReadonlyMap<number, Payment>): Buffer[] {
  return Array.from({ length: count }, (_, i) => placed.get(i)?.txid ?? sha256(Buffer.from(`filler ${i}`)));
}

/** Proofs of one block in its order, each without what its path shares with the one before it. */
export function sharePaths(proofs: readonly ReturnType<typeof transactionProof>[]) {
  return proofs.map((proof, i) => {
    const before = proofs[i - 1];
    if (before === undefined) return proof;
    return { ...proof, path: proof.path.slice(0, 31 - Math.clz32(proof.index ^ before.index)) };
  });
}
