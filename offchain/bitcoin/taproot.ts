// SPDX-License-Identifier: Apache-2.0
import { pointAddScalar } from "@bitcoinerlab/secp256k1";
import { address, crypto, networks } from "bitcoinjs-lib";
import { bytesToHex, concatBytes, fixedBytes, type Hex } from "./bytes.ts";

/** Decides how an address is written; the keys and scripts are the same everywhere. */
export type BitcoinNetwork = "mainnet" | "testnet" | "signet" | "regtest";

/** A BIP-341 output. */
export interface TaprootOutput {
  /** Bech32m (BIP-350). */
  address: string;
  /** The 34-byte scriptPubKey. */
  script: Hex;
  /** Q. Bitcoin needs x only; a contract needs y too, for it hashes the whole point. */
  outputKey: { x: Hex; y: Hex };
  /** t, the scalar with Q = P + t·G. */
  tweak: Hex;
}

const UTF8 = new TextEncoder();

// Signet writes its addresses as testnet does (BIP-325).
const NETWORKS = {
  mainnet: networks.bitcoin,
  testnet: networks.testnet,
  signet: networks.testnet,
  regtest: networks.regtest,
} as const;

/**
 * The output key of an internal key and a script tree (BIP-341, "taproot_tweak_pubkey").
 * @param internalKey P: x-only, 32 bytes
 * @param merkleRoot 32 bytes, or undefined for a key without scripts
 * @throws RangeError when a length is wrong or P is not the x of a point of the curve
 */
export function taprootOutput(internalKey: Hex, merkleRoot: Hex | undefined, network: BitcoinNetwork): TaprootOutput {
  const key = fixedBytes("the internal key", internalKey, 32);
  const root = merkleRoot === undefined ? new Uint8Array() : fixedBytes("the merkle root", merkleRoot, 32);
  const tweak = taggedHash("TapTweak", concatBytes(key, root));
  const point = addTweak(key, tweak);
  const script = concatBytes(Uint8Array.of(0x51, 0x20), point.slice(1, 33)); // OP_1, push of 32 bytes
  return {
    address: address.toBech32(point.slice(1, 33), 1, NETWORKS[network].bech32),
    script: bytesToHex(script),
    outputKey: { x: bytesToHex(point.slice(1, 33)), y: bytesToHex(point.slice(33)) },
    tweak: bytesToHex(tweak),
  };
}

/** BIP-340: sha256(sha256(tag) ‖ sha256(tag) ‖ message). */
export function taggedHash(tag: string, message: Uint8Array): Uint8Array {
  const prefix = crypto.sha256(UTF8.encode(tag));
  return crypto.sha256(concatBytes(prefix, prefix, message));
}

/** P + t·G, uncompressed (65 bytes), where P is the point with the given x and an even y. */
function addTweak(key: Uint8Array, tweak: Uint8Array): Uint8Array {
  let point: Uint8Array | null;
  try {
    point = pointAddScalar(concatBytes(Uint8Array.of(0x02), key), tweak, false);
  } catch (cause) {
    throw new RangeError("the internal key is not on the curve", { cause });
  }
  // Infinity, or a tweak of n or more: nobody can find a key and a root that give either.
  if (point === null) throw new RangeError("the tweak gives no key");
  return point;
}
