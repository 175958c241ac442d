// SPDX-License-Identifier: Apache-2.0
import { randomBytes, randomUUID } from "node:crypto";
import { namedUuid } from "./ids.ts";
import type { Cloud, NetworkConfig, PortRecord } from "./types.ts";

/** Makes a port with the lowest free address, or none when the network has no address left. */
export function makePort(
  cloud: Cloud,
  wanted: { networkId: string; name: string; description: string; deviceId: string; mac?: string | undefined },
): PortRecord | undefined {
  const network = findNetwork(cloud, wanted.networkId);
  const address = network === undefined ? undefined : freeAddress(cloud, network, wanted.networkId);
  if (address === undefined) return undefined;
  const { mac, ...fields } = wanted;
  const port: PortRecord = {
    ...fields,
    id: randomUUID(),
    mac: mac ?? `fa:16:3e:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, "0")).join(":")}`,
    address,
    created: cloud.now(),
    revision: 1,
  };
  cloud.state.ports[port.id] = port;
  return port;
}

export function deletePort(cloud: Cloud, id: string): void {
  lowestFree.delete(cloud);
  delete cloud.state.ports[id];
}

export function unbindPort(port: PortRecord): void {
  port.deviceId = "";
  port.revision += 1;
}

export function findNetwork(cloud: Cloud, id: string): NetworkConfig | undefined {
  return cloud.options.networks.find((each) => namedUuid("network", each.name) === id);
}

/** By network, an offset below which no address is free: with thousands of ports the search is long. */
const lowestFree = new WeakMap<Cloud, Map<string, number>>();

/** The first address is the router's, the last the broadcast. */
function freeAddress(cloud: Cloud, network: NetworkConfig, networkId: string): string | undefined {
  const [start = "", bits = ""] = network.cidr.split("/");
  const base = start.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const taken = new Set(
    Object.values(cloud.state.ports)
      .filter((port) => port.networkId === networkId)
      .map((port) => port.address),
  );
  const known = lowestFree.get(cloud) ?? new Map<string, number>();
  lowestFree.set(cloud, known);
  for (let offset = known.get(networkId) ?? 2; offset < 2 ** (32 - Number(bits)) - 1; offset++) {
    const number = base + offset;
    const address = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
    if (taken.has(address)) continue;
    known.set(networkId, offset);
    return address;
  }
  return undefined;
}
