// SPDX-License-Identifier: Apache-2.0

const BLOCK = /-----BEGIN SSH HOST KEY KEYS-----([\s\S]*?)-----END SSH HOST KEY KEYS-----/g;
const KEY =
  /(?:ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa|sk-[a-z0-9@.-]+) AAAA[A-Za-z0-9+/]{40,1400}={0,2}(?![A-Za-z0-9+/=])/g;

/** Leaves room for everything else in 4096 sealed bytes. */
const MOST_CHARACTERS = 2400;
const ORDER = ["ssh-ed25519", "ecdsa", "ssh-rsa", "sk-"];

/**
 * The SSH host keys that cloud-init wrote to the console, without comments, the shortest kinds first: lines of `known_hosts`
 * without the host. Empty while there are none. Of several boots the last counts.
 */
export function hostKeys(consoleLog: string): string[] {
  const last = [...consoleLog.matchAll(BLOCK)].at(-1)?.[1] ?? "";
  const rank = (key: string) => ORDER.findIndex((start) => key.startsWith(start));
  const keys = [...new Set(last.match(KEY) ?? [])].sort((a, b) => rank(a) - rank(b));
  let room = MOST_CHARACTERS;
  return keys.filter((key) => {
    room -= key.length;
    return room >= 0;
  });
}
