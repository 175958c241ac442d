// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

/** A cloud has few names, and the ids of some are wanted for each server that is shown. */
const known = new Map<string, string>();

/** A UUID that is always the same for a kind and a name, so that a restart keeps ids. */
export function namedUuid(kind: string, name: string): string {
  const key = `${kind}/${name}`;
  const id = known.get(key) ?? uuidOf(key);
  known.set(key, id);
  return id;
}

function uuidOf(key: string): string {
  const hex = createHash("sha256").update(key).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The same without dashes, as Keystone has ids. */
export function namedHex(kind: string, name: string): string {
  return createHash("sha256").update(`${kind}/${name}`).digest("hex").slice(0, 32);
}

/** Nova's and Neutron's times: whole seconds. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Keystone's times, and those of launches: microseconds. */
export function isoMicros(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000`;
}
