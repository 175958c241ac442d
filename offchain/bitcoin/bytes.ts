// SPDX-License-Identifier: Apache-2.0

/** Bytes as the contracts take them: lowercase, in the order in which Bitcoin serialises and hashes them. */
export type Hex = `0x${string}`;

/**
 * A block or transaction id as bitcoind and explorers print it: 64 lowercase digits, no prefix, in the reverse of the
 * order in which Bitcoin hashes it. `internalOrder` gives what the contracts take.
 */
export type Hash = string;

/** @throws TypeError unless `hex` has an even number of hexadecimal digits; the 0x before them is optional. */
export function hexToBytes(hex: string): Uint8Array {
  const digits = hex.startsWith("0x") ? hex.slice(2) : hex;
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) throw new TypeError("not a string of hexadecimal bytes");
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function bytesToHex(bytes: Uint8Array): Hex {
  return `0x${digitsOf(bytes)}`;
}

/** The printed form of a hash that is in Bitcoin's own byte order. */
export function displayOrder(hash: Uint8Array | Hex): Hash {
  const bytes = typeof hash === "string" ? hexToBytes(hash) : hash;
  return digitsOf(Uint8Array.from(bytes).reverse());
}

/** The inverse of `displayOrder`: the bytes that Bitcoin hashes and the contracts take. */
export function internalOrder(hash: Hash): Hex {
  return bytesToHex(hexToBytes(hash).reverse());
}

/** @throws RangeError unless `hex` is exactly `length` bytes long; `name` says which argument it was. */
export function fixedBytes(name: string, hex: Hex, length: number): Uint8Array {
  const bytes = hexToBytes(hex);
  if (bytes.length !== length) throw new RangeError(`${name} has ${bytes.length} bytes, needs ${length}`);
  return bytes;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function digitsOf(bytes: Uint8Array): string {
  let digits = "";
  for (const byte of bytes) digits += DIGITS[byte];
  return digits;
}
