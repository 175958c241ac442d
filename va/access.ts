// SPDX-License-Identifier: Apache-2.0
import { type AccessDetails, sealAccessDetails } from "../offchain/lease/accessDetails.ts";
import { hostKeys } from "./hostKeys.ts";
import type { Server, ServerAddress } from "./openstack/compute.ts";

const MOST_ADDRESSES = 8;

/**
 * The access details of a running server, sealed to its holder: addresses from outside first, then IPv4 before IPv6.
 *
 * @param recipient the holder's age recipient
 * @param consoleLog as the cloud shows it; written by the guest, so only what looks like host keys is taken
 */
export function sealAccess(
  server: Pick<Server, "addresses">,
  user: string,
  consoleLog: string,
  recipient: string,
): Promise<Uint8Array> {
  const details: AccessDetails = {
    addresses: inOrder(server.addresses).slice(0, MOST_ADDRESSES),
    user,
    hostKeys: hostKeys(consoleLog),
  };
  return sealAccessDetails(details, recipient);
}

function inOrder(addresses: readonly ServerAddress[]): AccessDetails["addresses"] {
  return [...addresses]
    .sort((a, b) => Number(b.type === "floating") - Number(a.type === "floating") || a.version - b.version)
    .map(({ address, version }) => ({ address, version }));
}
