// SPDX-License-Identifier: Apache-2.0
import * as ecc from "@bitcoinerlab/secp256k1";
import { initEccLib, Psbt, type Signer } from "bitcoinjs-lib";
import { type Hex, hexToBytes } from "../../offchain/bitcoin/bytes.ts";
import type { Coin } from "./coin.ts";
import { SpendError } from "./errors.ts";
import type { BitcoinKey } from "./key.ts";

initEccLib(ecc);

/** Signals that the transaction may be replaced (BIP-125), without a relative lock (BIP-68). */
const REPLACEABLE = 0xfffffffd;

/** Where a signing device finds the appliance's key: BIP-32 fingerprint of the master key, and the path from it. */
export interface KeyOrigin {
  /** 8 hexadecimal digits. */
  readonly fingerprint: string;
  /** Such as `m/86'/0'/0'/0/0`. */
  readonly path: string;
}

/** Reads `1a2b3c4d/86h/0h/0h/0/0`, as output descriptors write an origin. */
export function originOf(text: string | undefined): KeyOrigin | undefined {
  if (text === undefined) return undefined;
  const [fingerprint = "", ...steps] = text.split("/");
  return { fingerprint, path: ["m", ...steps.map((step) => step.replace("h", "'"))].join("/") };
}

export interface Output {
  readonly script: Hex;
  /** Satoshi. */
  readonly value: bigint;
}

/** What {@link unsignedPsbt} needs. */
export interface PsbtParameters {
  readonly inputs: readonly Coin[];
  readonly outputs: readonly Output[];
  /** Of the appliance's key, when it is known. */
  readonly origin?: KeyOrigin | undefined;
}

/**
 * A replaceable transaction as a PSBT (BIP-174, BIP-371), with all that a taproot signer needs of the inputs that are derived from
 * the appliance's key. A wallet adds what it knows of its own.
 */
export function unsignedPsbt({ inputs, outputs, origin }: PsbtParameters): Psbt {
  const psbt = new Psbt();
  psbt.setVersion(2);
  for (const { txid, vout, value, script, derived } of inputs) {
    psbt.addInput({
      hash: txid,
      index: vout,
      sequence: REPLACEABLE,
      witnessUtxo: { script: hexToBytes(script), value },
      ...(derived === undefined ? {} : tapFields(derived.internalKey, derived.merkleRoot, origin)),
    });
  }
  for (const { script, value } of outputs) psbt.addOutput({ script: hexToBytes(script), value });
  return psbt;
}

function tapFields(internalKey: Hex, merkleRoot: Hex | undefined, origin: KeyOrigin | undefined) {
  const tapInternalKey = hexToBytes(internalKey);
  const bip32 = origin && {
    masterFingerprint: hexToBytes(origin.fingerprint),
    pubkey: tapInternalKey,
    path: origin.path,
    leafHashes: [], // the key path
  };
  return {
    tapInternalKey,
    ...(merkleRoot === undefined ? {} : { tapMerkleRoot: hexToBytes(merkleRoot) }),
    ...(bip32 === undefined ? {} : { tapBip32Derivation: [bip32] }),
  };
}

/** Signs the inputs that are derived from the key; those of a wallet are left. */
export function signDerived(psbt: Psbt, inputs: readonly Coin[], key: BitcoinKey): void {
  for (const [i, { derived, txid, vout }] of inputs.entries()) {
    if (derived === undefined) continue;
    if (derived.internalKey !== key.publicKey) {
      const message = `the key does not make the address of ${txid}:${vout}`;
      throw new SpendError("NO_KEY", message, { have: key.publicKey, need: derived.internalKey });
    }
    const signer: Signer = key.signerFor(derived.merkleRoot);
    psbt.signInput(i, signer);
  }
}

/** The signed transaction. @throws SpendError NO_KEY when an input is not signed */
export function extract(psbt: Psbt): Uint8Array {
  for (const [i, input] of psbt.data.inputs.entries()) {
    if (input.finalScriptWitness !== undefined) continue;
    try {
      psbt.finalizeInput(i);
    } catch {
      throw new SpendError("NO_KEY", `input ${i} is not signed`);
    }
  }
  return psbt.extractTransaction(true).toBuffer();
}
