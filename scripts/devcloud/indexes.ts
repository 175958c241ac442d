// SPDX-License-Identifier: Apache-2.0
import { namedUuid } from "./ids.ts";
import { createSorted, type Sorted } from "./sorted.ts";
import type {
  Addresses,
  Cloud,
  FlavorConfig,
  FloatingIpRecord,
  Indexes,
  Made,
  Named,
  PortRecord,
  ServerRecord,
  State,
} from "./types.ts";

const byId = (a: Named, b: Named) => (a.id < b.id ? -1 : a.id === b.id ? 0 : 1);
const byAge = (a: Made, b: Made) => a.created - b.created || byId(a, b);

/** The indexes of a state as it is now. From then on servers, ports and floating IPs come and go by the functions below alone. */
export function indexState(state: State, flavors: readonly FlavorConfig[]): Indexes {
  const [servers, ports] = [Object.values(state.servers), Object.values(state.ports)];
  const floatingIps = Object.values(state.floatingIps);
  const indexes: Indexes = {
    flavors: new Map(flavors.map((flavor) => [namedUuid("flavor", flavor.name), flavor])),
    servers: createSorted(byAge, servers),
    tagged: new Map(),
    pending: new Set(servers),
    ports: createSorted(byId, ports),
    floatingIps: createSorted(byId, floatingIps),
    leadingTo: new Map(),
    addresses: new Map(),
  };
  for (const server of servers) tag(indexes, server);
  for (const port of ports) take(indexes, port.networkId, addressesOf(port));
  for (const floating of floatingIps) {
    take(indexes, floating.networkId, [floating.address]);
    lead(indexes, floating);
  }
  return indexes;
}

export function addServer({ state, indexes }: Cloud, server: ServerRecord): void {
  state.servers[server.id] = server;
  indexes.servers.add(server);
  tag(indexes, server);
  indexes.pending.add(server);
}

export function dropServer({ state, indexes }: Cloud, server: ServerRecord): void {
  delete state.servers[server.id];
  indexes.servers.remove(server);
  for (const each of server.tags) {
    indexes.tagged.get(each)?.remove(server);
    if (indexes.tagged.get(each)?.items.length === 0) indexes.tagged.delete(each);
  }
  indexes.pending.delete(server);
}

export function addPort({ state, indexes }: Cloud, port: PortRecord): void {
  state.ports[port.id] = port;
  indexes.ports.add(port);
  take(indexes, port.networkId, addressesOf(port));
}

/** Floating IPs that lead to it stay, and lead nowhere. @returns those */
export function dropPort({ state, indexes }: Cloud, port: PortRecord): FloatingIpRecord[] {
  const leading = [...(indexes.leadingTo.get(port.id) ?? [])];
  delete state.ports[port.id];
  indexes.ports.remove(port);
  indexes.leadingTo.delete(port.id);
  release(indexes, port.networkId, addressesOf(port));
  for (const floating of leading) floating.portId = null;
  return leading;
}

export function addFloatingIp({ state, indexes }: Cloud, floating: FloatingIpRecord): void {
  state.floatingIps[floating.id] = floating;
  indexes.floatingIps.add(floating);
  take(indexes, floating.networkId, [floating.address]);
  lead(indexes, floating);
}

export function dropFloatingIp({ state, indexes }: Cloud, floating: FloatingIpRecord): void {
  delete state.floatingIps[floating.id];
  indexes.floatingIps.remove(floating);
  release(indexes, floating.networkId, [floating.address]);
  if (floating.portId !== null) indexes.leadingTo.get(floating.portId)?.delete(floating);
}

/** The servers that have all of these tags are among these: as few as the indexes tell. */
export function serversAmong({ indexes }: Cloud, tags: readonly string[]): Sorted<Made, ServerRecord> {
  const lists = tags.map((each) => indexes.tagged.get(each) ?? createSorted<Made, ServerRecord>(byAge, []));
  return lists.reduce((fewest, each) => (each.items.length < fewest.items.length ? each : fewest), indexes.servers);
}

/** The lowest free address of a network; its first one is the router's, its last the broadcast. */
export function freeAddress({ indexes }: Cloud, cidr: string, networkId: string): string | undefined {
  const [start = "", bits = ""] = cidr.split("/");
  const base = numberOf(start);
  const addresses = addressesIn(indexes, networkId);
  const end = base + 2 ** (32 - Number(bits)) - 1;
  for (let number = Math.max(base + 2, addresses.lowest); number < end; number++) {
    if (addresses.taken.has(number)) continue;
    addresses.lowest = number;
    return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
  }
  return undefined;
}

function tag({ tagged }: Indexes, server: ServerRecord): void {
  // One that is named twice is still one.
  for (const each of new Set(server.tags)) {
    const others = tagged.get(each) ?? createSorted<Made, ServerRecord>(byAge, []);
    tagged.set(each, others);
    others.add(server);
  }
}

function lead({ leadingTo }: Indexes, floating: FloatingIpRecord): void {
  if (floating.portId === null) return;
  leadingTo.set(floating.portId, (leadingTo.get(floating.portId) ?? new Set()).add(floating));
}

function addressesOf({ fixed }: PortRecord): string[] {
  return fixed.flatMap(({ version, address }) => (version === 4 ? [address] : []));
}

function addressesIn({ addresses }: Indexes, networkId: string): Addresses {
  const known = addresses.get(networkId) ?? { taken: new Set(), lowest: 0 };
  addresses.set(networkId, known);
  return known;
}

function take(indexes: Indexes, networkId: string, addresses: readonly string[]): void {
  const { taken } = addressesIn(indexes, networkId);
  for (const address of addresses) taken.add(numberOf(address));
}

function release(indexes: Indexes, networkId: string, addresses: readonly string[]): void {
  const known = addressesIn(indexes, networkId);
  for (const number of addresses.map(numberOf)) {
    known.taken.delete(number);
    known.lowest = Math.min(known.lowest, number);
  }
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
