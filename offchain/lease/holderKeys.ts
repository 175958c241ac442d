// SPDX-License-Identifier: Apache-2.0
import { bech32 } from "@scure/base";
import { identityToRecipient } from "age-encryption";
import type { Hex } from "viem";
import { bytesToHex } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";

/** What a holder's one secret yields. The same secret serves any number of leases. */
export interface HolderKeys {
  /** Signs terms and actions; needs no gas. */
  readonly account: PrivateKeyAccount;
  /** `AGE-SECRET-KEY-1…`: opens access details. */
  readonly ageIdentity: string;
  /** `age1…`: what access details are sealed to. */
  readonly ageRecipient: string;
}

/** Bytes in a holder's secret. */
export const SECRET_BYTES = 32;

/** A new holder secret from the platform's random source. */
export function newHolderSecret(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}

/**
 * Derives a holder's keys from its secret: HKDF-SHA256 (RFC 5869) without salt, info `xov/evm/v1` for the EVM key and
 * `xov/age/v1` for the age X25519 identity.
 *
 * @param secret 32 bytes
 * @throws RangeError when the secret has another length
 */
export async function holderKeys(secret: Uint8Array<ArrayBuffer>): Promise<HolderKeys> {
  if (secret.length !== SECRET_BYTES) {
    throw new RangeError(`a holder secret has ${SECRET_BYTES} bytes, not ${secret.length}`);
  }
  const evmKey = await derive(secret, "xov/evm/v1");
  const ageIdentity = bech32.encodeFromBytes("age-secret-key-", await derive(secret, "xov/age/v1")).toUpperCase();
  return {
    account: privateKeyToAccount(bytesToHex(evmKey) as Hex),
    ageIdentity,
    ageRecipient: await identityToRecipient(ageIdentity),
  };
}

async function derive(secret: Uint8Array<ArrayBuffer>, info: string): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const params = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: new TextEncoder().encode(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(params, key, 256));
}
