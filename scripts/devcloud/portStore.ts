// SPDX-License-Identifier: Apache-2.0
import { randomBytes, randomUUID } from "node:crypto";
import { namedUuid } from "./ids.ts";
import { addPort, dropPort, freeAddress } from "./indexes.ts";
import { DEFAULT_GROUP } from "./securityGroups.ts";
import type { Cloud, FixedIp, NetworkConfig, PortRecord } from "./types.ts";

/** What {@link makePort} makes. */
export interface WantedPort {
  readonly networkId: string;
  readonly name: string;
  readonly description: string;
  readonly deviceId: string;
  readonly mac?: string | undefined;
  /** All of the network's if left out. */
  readonly subnetIds?: readonly string[] | undefined;
  /** The project's default one if left out. */
  readonly groups?: readonly string[] | undefined;
}

interface Subnet {
  readonly id: string;
  readonly version: 4 | 6;
  readonly cidr: string;
}

/** Makes a port with the lowest free address, or none when the network has no address left. */
export function makePort(cloud: Cloud, wanted: WantedPort): PortRecord | undefined {
  const network = findNetwork(cloud, wanted.networkId);
  if (network === undefined) return undefined;
  const { mac, subnetIds, groups, ...fields } = wanted;
  const address = mac ?? `fa:16:3e:${[...randomBytes(3)].map(hex).join(":")}`;
  const fixed: FixedIp[] = [];
  for (const { id: subnetId, version, cidr } of subnetsOf(network)) {
    // As Neutron does: an address of a subnet with SLAAC comes with every port, asked for or not.
    if (version === 6) fixed.push({ subnetId, version, address: slaacAddress(cidr, address) });
    else if (subnetIds === undefined || subnetIds.includes(subnetId)) {
      const free = freeAddress(cloud, cidr, wanted.networkId);
      if (free === undefined) return undefined;
      fixed.push({ subnetId, version, address: free });
    }
  }
  const created = cloud.now();
  const record = { mac: address, fixed, groups: groups ?? [DEFAULT_GROUP], created, revision: 1 };
  const port: PortRecord = { ...fields, id: randomUUID(), ...record };
  addPort(cloud, port);
  return port;
}

/** Floating IPs that lead to it stay, and lead nowhere. */
export function deletePort(cloud: Cloud, id: string): void {
  const port = cloud.state.ports[id];
  if (port === undefined) return;
  for (const floating of dropPort(cloud, port)) {
    floating.updated = cloud.now();
    floating.revision += 1;
  }
}

export function unbindPort(port: PortRecord): void {
  port.deviceId = "";
  port.revision += 1;
}

export function findNetwork(cloud: Cloud, id: string): NetworkConfig | undefined {
  return cloud.options.networks.find((each) => namedUuid("network", each.name) === id);
}

export function subnetsOf({ name, cidr, cidr6 }: NetworkConfig): Subnet[] {
  const v4: Subnet = { id: namedUuid("subnet", name), version: 4, cidr };
  return cidr6 === undefined ? [v4] : [v4, { id: namedUuid("subnet6", name), version: 6, cidr: cidr6 }];
}

/** The address that a guest with this MAC address takes in a /64 (RFC 4291, appendix A: modified EUI-64). */
function slaacAddress(cidr: string, mac: string): string {
  const [first = 0, ...rest] = mac.split(":").map((octet) => Number.parseInt(octet, 16));
  const bytes = [first ^ 2, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)].map(hex);
  const groups = [0, 2, 4, 6].map((i) => Number.parseInt(`${bytes[i]}${bytes[i + 1]}`, 16).toString(16));
  return `${cidr.split("/")[0]?.replace(/::$/, "")}::${groups.join(":")}`;
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, "0");
}
