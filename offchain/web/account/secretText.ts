// SPDX-License-Identifier: Apache-2.0
import { bech32m } from "@scure/base";

const PREFIX = "xovsecret";
const SECRET_BYTES = 32;

/** Why a text is not an account secret: of another kind altogether, or of ours with a mistake in it. */
export class SecretTextError extends Error {
  override readonly name = "SecretTextError";
  readonly code: "NOT_A_SECRET" | "MISTYPED";

  constructor(code: "NOT_A_SECRET" | "MISTYPED") {
    super(
      code === "MISTYPED"
        ? "There is a mistake in this secret: its checksum does not fit."
        : `This is no account secret: it should start with ${PREFIX}1.`,
    );
    this.code = code;
  }
}

/** A secret as people keep it: bech32m (BIP-350) with the prefix `xovsecret`, whose checksum finds any mistyped sign. */
export function encodeSecret(secret: Uint8Array): string {
  return bech32m.encodeFromBytes(PREFIX, secret);
}

/** Reads what {@link encodeSecret} writes, in either case, with blanks around it. @throws SecretTextError */
export function decodeSecret(text: string): Uint8Array<ArrayBuffer> {
  const trimmed = text.trim();
  if (!trimmed.toLowerCase().startsWith(`${PREFIX}1`)) throw new SecretTextError("NOT_A_SECRET");
  try {
    const { prefix, bytes } = bech32m.decodeToBytes(trimmed);
    if (prefix === PREFIX && bytes.length === SECRET_BYTES) return new Uint8Array(bytes);
  } catch {
    // What exactly is wrong with it helps nobody.
  }
  throw new SecretTextError("MISTYPED");
}

/** The secret in a text that may be a bare secret, a page's link or a backup file. @throws SecretTextError */
export function findSecret(text: string): Uint8Array<ArrayBuffer> {
  return decodeSecret(text.match(/xovsecret1[02-9ac-hj-np-z]+/i)?.[0] ?? text);
}
