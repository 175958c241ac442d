// SPDX-License-Identifier: Apache-2.0

/** What an input's witness weighs at most, weight units (BIP-141): one Schnorr signature, or an ECDSA one with its key. */
const WITNESS = { p2tr: 66, p2wpkh: 108 } as const;

/** How an input is unlocked. */
export type InputType = keyof typeof WITNESS;

/** The type of a scriptPubKey that we know how to spend; undefined for any other. */
export function inputTypeOf(script: Uint8Array): InputType | undefined {
  if (script.length === 34 && script[0] === 0x51 && script[1] === 0x20) return "p2tr";
  if (script.length === 22 && script[0] === 0x00 && script[1] === 0x14) return "p2wpkh";
  return undefined;
}

/**
 * The size of a signed transaction, vbytes, at most one more than it is for each p2wpkh input. Fewer than 253 inputs
 * and outputs with scripts as short are assumed; beyond that it is two bytes less than it is.
 */
export function virtualSize(inputs: readonly InputType[], outputScripts: readonly Uint8Array[]): number {
  const outputs = outputScripts.reduce((sum, script) => sum + 9 + script.length, 0);
  const stripped = 4 + 1 + 41 * inputs.length + 1 + outputs + 4 + (inputs.length > 252 ? 2 : 0);
  const witness = 2 + inputs.reduce((sum, type) => sum + WITNESS[type], 0);
  return Math.ceil((4 * stripped + witness) / 4);
}

/** Below this an output is not relayed by default (Bitcoin Core's GetDustThreshold at 3 sat/vbyte), satoshi. */
export function dustLimit(script: Uint8Array): bigint {
  const isWitness = script.length >= 4 && script.length <= 42 && (script[0] === 0 || (script[0] ?? 0) >= 0x51);
  const spending = isWitness ? 67 : 148;
  return 3n * BigInt(9 + script.length + spending);
}

/** Satoshi for so many vbytes, rounded up. */
export function feeUp(vbytes: number, satsPerVbyte: number): bigint {
  return BigInt(Math.ceil(vbytes * satsPerVbyte));
}
