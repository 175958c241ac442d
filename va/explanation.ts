// SPDX-License-Identifier: Apache-2.0

/** What `decline` takes, bytes. */
const MAX_BYTES = 256;

/** A reason as the chain takes it: one line without control characters, at most 256 bytes of UTF-8, cut between characters. */
export function explanation(reason: string): string {
  const line = reason
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  const bytes = new TextEncoder().encode(line);
  if (bytes.length <= MAX_BYTES) return line;
  const cut = new TextDecoder().decode(bytes.subarray(0, MAX_BYTES - 3), { stream: true });
  return `${cut}…`;
}
