// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from "node:net";

/** Networks that are not of the public internet (IANA's special-purpose registries). */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  PRIVATE.addSubnet(network, prefix, "ipv4");
}
// Of IPv6 only 2000::/3 is public; the rest is local, mapped or unassigned.
const PUBLIC_IPV6 = new BlockList();
PUBLIC_IPV6.addSubnet("2000::", 3, "ipv6");
/** 6to4, Teredo and documentation: they lead elsewhere or nowhere. */
for (const [network, prefix] of [
  ["2001::", 32],
  ["2001:db8::", 32],
  ["2002::", 16],
] as const) {
  PRIVATE.addSubnet(network, prefix, "ipv6");
}

/** Whether an IP address is not one of the public internet. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return PRIVATE.check(address, "ipv4");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return PRIVATE.check(mapped, "ipv4");
  return family !== 6 || !PUBLIC_IPV6.check(address, "ipv6") || PRIVATE.check(address, "ipv6");
}

/** Whether a host is private by its name alone; what a name resolves to shows only when it is called. */
export function isPrivateName(host: string): boolean {
  if (isIP(host) !== 0) return isPrivateAddress(host);
  return !host.includes(".") || /\.(localhost|local|internal|home\.arpa)$/i.test(host);
}
