// SPDX-License-Identifier: Apache-2.0
import * as ecc from "@bitcoinerlab/secp256k1";
import type { Signer } from "bitcoinjs-lib";
import { bytesToHex, concatBytes, fixedBytes, type Hex } from "../../offchain/bitcoin/bytes.ts";
import { taggedHash } from "../../offchain/bitcoin/taproot.ts";

/** The appliance's Bitcoin key in memory: signs for every address that is derived from it. */
export interface BitcoinKey {
  /** x-only (BIP-340). */
  readonly publicKey: Hex;
  /** A signer of the output that this key and a script tree make: BIP-341, "taproot_tweak_seckey". */
  signerFor(merkleRoot: Hex | undefined): Signer;
}

/** @throws RangeError unless `secret` is a number from 1 to n − 1, in 32 bytes */
export function bitcoinKey(secret: Hex): BitcoinKey {
  const bytes = fixedBytes("the secret", secret, 32);
  if (!ecc.isPrivate(bytes)) throw new RangeError("the secret is no key of secp256k1");
  const point = ecc.pointFromScalar(bytes, true) as Uint8Array; // every key has one
  const even = point[0] === 3 ? ecc.privateNegate(bytes) : bytes;
  const x = point.slice(1);
  return {
    publicKey: bytesToHex(x),
    signerFor(merkleRoot) {
      const root = merkleRoot === undefined ? new Uint8Array() : fixedBytes("the merkle root", merkleRoot, 32);
      const tweaked = ecc.privateAdd(even, taggedHash("TapTweak", concatBytes(x, root)));
      const publicKey = tweaked && ecc.pointFromScalar(tweaked, true);
      if (tweaked === null || publicKey === null) throw new RangeError("the tweak gives no key");
      return {
        publicKey,
        sign: (hash) => ecc.sign(hash, tweaked),
        signSchnorr: (hash) => ecc.signSchnorr(hash, tweaked),
      };
    },
  };
}
