// SPDX-License-Identifier: Apache-2.0
import { bech32 } from "@scure/base";
import { Decrypter, Encrypter } from "age-encryption";
import { bytesToHex, type Hex, hexToBytes } from "viem";

/** The longest sealed message that the contracts take, bytes. */
export const MAX_SEALED_BYTES = 4096;

/**
 * Seals UTF-8 text to an age recipient (age-encryption.org/v1).
 *
 * @param recipient `age1…`
 * @throws RangeError when the result would exceed {@link MAX_SEALED_BYTES}
 */
export async function seal(text: string, recipient: string): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  const sealed = await encrypter.encrypt(text);
  if (sealed.length > MAX_SEALED_BYTES) {
    throw new RangeError(`the sealed message has ${sealed.length} bytes; at most ${MAX_SEALED_BYTES} fit`);
  }
  return sealed;
}

/**
 * Opens what was sealed to an age identity.
 *
 * @param identity `AGE-SECRET-KEY-1…`
 * @throws Error when it was sealed to somebody else or altered
 */
export async function unseal(sealed: Uint8Array, identity: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(sealed, "text");
}

/** The age recipient of an appliance's seal key, which the chain keeps as 32 bytes (X25519, RFC 7748). */
export function recipientOfSealKey(sealKey: Hex): string {
  return bech32.encodeFromBytes("age", hexToBytes(sealKey, { size: 32 }));
}

/**
 * The seal key to register on chain for an age recipient.
 *
 * @throws Error when it is no X25519 recipient
 */
export function sealKeyOfRecipient(recipient: string): Hex {
  const { prefix, bytes } = bech32.decodeToBytes(recipient);
  if (prefix !== "age" || bytes.length !== 32) throw new Error(`not an age X25519 recipient: ${recipient}`);
  return bytesToHex(bytes);
}
