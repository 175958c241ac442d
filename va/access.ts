// SPDX-License-Identifier: Apache-2.0
import { stripVTControlCharacters } from "node:util";
import { type AccessDetails, sealAccessDetails } from "../offchain/lease/accessDetails.ts";
import { MAX_SEALED_BYTES } from "../offchain/lease/sealing.ts";
import { hostKeys } from "./hostKeys.ts";
import type { Server, ServerAddress } from "./openstack/compute.ts";

const MOST_ADDRESSES = 8;
/** What sealing adds is about 200 bytes (age-encryption.org/v1: header, nonce, tag). */
const ROOM = MAX_SEALED_BYTES - 256;
/** Leaves room for the rest, as `hostKeys` does. */
const LONGEST_URL = 500;

/** What access details are made of. */
export interface AccessParts {
  readonly server: Pick<Server, "addresses">;
  readonly user: string;
  /** As the cloud shows it; written by the guest, so only what looks like host keys is taken. */
  readonly consoleLog: string;
  readonly consoleUrl: string | undefined;
  /** The IP versions that the provider's policy has; others that the network gave are left out. */
  readonly versions: readonly (4 | 6)[] | undefined;
}

/**
 * The access details of a running server, sealed to its holder: addresses from outside first, then IPv4 before IPv6.
 *
 * @param recipient the holder's age recipient
 */
export function sealAccess(parts: AccessParts, recipient: string): Promise<Uint8Array> {
  return sealAccessDetails(accessDetails(parts), recipient);
}

/** The same with as much of the end of the console's log as fits. What a guest writes there its holder reads as text. */
export function sealConsole(parts: AccessParts, recipient: string): Promise<Uint8Array> {
  const details = accessDetails(parts);
  const log = printable(parts.consoleLog);
  const size = (start: number) =>
    new TextEncoder().encode(JSON.stringify({ ...details, consoleLog: log.slice(start).toWellFormed() })).length;
  // The shortest beginning to leave out: the size falls as it grows.
  let [from, to] = [0, log.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (size(middle) <= ROOM) to = middle;
    else from = middle + 1;
  }
  const line = from === 0 ? 0 : log.indexOf("\n", from) + 1;
  const consoleLog = log.slice(line === 0 ? from : line).toWellFormed();
  return sealAccessDetails({ ...details, consoleLog }, recipient);
}

/** Without what moves a terminal's cursor or colours it (ECMA-48), and other control characters. */
function printable(log: string): string {
  return stripVTControlCharacters(log)
    .replaceAll("\r\n", "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "");
}

/** See {@link sealAccess}. */
export function accessDetails({ server, user, consoleLog, consoleUrl, versions }: AccessParts): AccessDetails {
  const { addresses: all } = server;
  const wanted = all.filter(({ version }) => versions === undefined || versions.includes(version));
  return {
    addresses: inOrder(wanted.length > 0 ? wanted : all).slice(0, MOST_ADDRESSES),
    user,
    hostKeys: hostKeys(consoleLog),
    ...(consoleUrl === undefined || consoleUrl.length > LONGEST_URL ? {} : { consoleUrl }),
  };
}

function inOrder(addresses: readonly ServerAddress[]): AccessDetails["addresses"] {
  return [...addresses]
    .sort((a, b) => Number(b.type === "floating") - Number(a.type === "floating") || a.version - b.version)
    .map(({ address, version }) => ({ address, version }));
}
