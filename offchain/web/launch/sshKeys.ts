// SPDX-License-Identifier: Apache-2.0

const TYPES = new Set([
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
]);
const MAX_KEYS = 16;

/** The keys of a text field, or what is wrong with it, for a person. */
export type SshKeys = { readonly keys: readonly string[] } | { readonly problem: string };

/** Reads OpenSSH public keys, one a line (RFC 4253 § 6.6: the type stands in front and inside the base64). */
export function readSshKeys(text: string): SshKeys {
  if (/PRIVATE KEY/.test(text)) {
    return { problem: "That is a private key. Paste the public one: the file whose name ends in .pub." };
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (keys.length === 0) return { problem: "Paste a public SSH key; without one nobody could log in." };
  if (keys.length > MAX_KEYS) return { problem: `At most ${MAX_KEYS} keys fit; there are ${keys.length}.` };
  const wrong = keys.findIndex((key) => !isPublicKey(key));
  if (wrong >= 0) {
    const which = keys.length === 1 ? "This" : `Line ${lines.indexOf(keys[wrong] ?? "") + 1}`;
    return { problem: `${which} is no OpenSSH public key, such as “ssh-ed25519 AAAA… you@home”.` };
  }
  return { keys };
}

function isPublicKey(line: string): boolean {
  const [type = "", data = ""] = line.split(/\s+/);
  return TYPES.has(type) && typeInside(data) === type;
}

/** The length-prefixed string that key data start with. */
function typeInside(data: string): string | undefined {
  try {
    const bytes = atob(data);
    const length = [0, 1, 2, 3].reduce((sum, at) => sum * 256 + bytes.charCodeAt(at), 0);
    return bytes.length > 4 + length ? bytes.slice(4, 4 + length) : undefined;
  } catch {
    return undefined;
  }
}
