// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { floatingIpsOf } from "./floatingIps.ts";
import { isoMicros, isoSeconds, namedUuid } from "./ids.ts";
import { flavorOf } from "./lifecycle.ts";
import type { Cloud, PortRecord, ServerRecord } from "./types.ts";

const POWER: Readonly<Record<ServerRecord["vmState"], number>> = { building: 0, active: 1, stopped: 4, error: 0 };

/** Nova's status from its inner states. */
export function statusOf(server: ServerRecord): string {
  if (server.task === "rebuilding") return "REBUILD";
  if (server.vmState === "active" && server.task === "rebooting") return "REBOOT";
  if (server.vmState === "active" && server.task === "rebooting_hard") return "HARD_REBOOT";
  return { building: "BUILD", active: "ACTIVE", stopped: "SHUTOFF", error: "ERROR" }[server.vmState];
}

/** A server in a list without details. */
export function briefView(cloud: Cloud, server: ServerRecord) {
  return { id: server.id, name: server.name, links: linksOf(cloud, server.id) };
}

/** A server in full, as microversion 2.90 shows it. `alone` is GET /servers/{id}: a list lacks its groups, and the
 * fault of a server that no host took. */
export function fullView(cloud: Cloud, server: ServerRecord, alone: boolean) {
  const flavor = flavorOf(cloud, server);
  const status = statusOf(server);
  return {
    id: server.id,
    name: server.name,
    status,
    tenant_id: cloud.state.projectId,
    user_id: cloud.state.userId,
    metadata: server.metadata,
    hostId: server.host === null ? "" : createHash("sha224").update(server.host).digest("hex"),
    image: { id: server.imageId, links: [{ rel: "bookmark", href: `${cloud.url}/compute/images/${server.imageId}` }] },
    flavor: {
      vcpus: flavor.vcpus,
      ram: flavor.ram,
      disk: flavor.disk,
      ephemeral: 0,
      swap: 0,
      original_name: flavor.name,
      extra_specs: {},
    },
    created: isoSeconds(server.created),
    updated: isoSeconds(server.updated),
    addresses: addressesOf(cloud, server),
    accessIPv4: "",
    accessIPv6: "",
    links: linksOf(cloud, server.id),
    "OS-DCF:diskConfig": "MANUAL",
    ...(["ACTIVE", "BUILD", "REBUILD"].includes(status) ? { progress: 0 } : {}),
    ...(server.fault === null || status !== "ERROR" || (!alone && server.host === null)
      ? {}
      : { fault: { ...server.fault, created: isoSeconds(server.fault.created) } }),
    "OS-EXT-AZ:availability_zone": server.host === null ? "" : "nova",
    config_drive: server.configDrive ? "True" : "",
    key_name: server.keyName,
    "OS-SRV-USG:launched_at": server.launched === null ? null : isoMicros(server.launched),
    "OS-SRV-USG:terminated_at": null,
    ...(server.host === null ? {} : { security_groups: groupsOf(cloud, server) }),
    "OS-EXT-STS:task_state": server.task,
    "OS-EXT-STS:vm_state": server.vmState,
    "OS-EXT-STS:power_state": POWER[server.vmState],
    "os-extended-volumes:volumes_attached": [],
    locked: false,
    locked_reason: null,
    description: null,
    tags: server.tags,
    trusted_image_certificates: null,
    "OS-EXT-SRV-ATTR:hostname": server.hostname,
    ...(alone ? { server_groups: server.groupId === null ? [] : [server.groupId] } : {}),
  };
}

export function linksOf(cloud: Cloud, id: string) {
  return [
    { rel: "self", href: `${cloud.url}/compute/v2.1/servers/${id}` },
    { rel: "bookmark", href: `${cloud.url}/compute/servers/${id}` },
  ];
}

/** Nova shows addresses once the host has spawned the guest; it keeps those it knew when a port is taken away. */
function addressesOf(cloud: Cloud, server: ServerRecord) {
  if (server.launched === null) return {};
  const addresses: Record<string, unknown[]> = {};
  for (const port of portsOf(cloud, server)) {
    const network = cloud.options.networks.find((each) => namedUuid("network", each.name) === port.networkId);
    if (network === undefined) continue;
    const shown = (version: 4 | 6, addr: string, type: "fixed" | "floating") => {
      return { version, addr, "OS-EXT-IPS:type": type, "OS-EXT-IPS-MAC:mac_addr": port.mac };
    };
    addresses[network.name] = [
      ...(addresses[network.name] ?? []),
      ...port.fixed.map(({ version, address }) => shown(version, address, "fixed")),
      ...floatingIpsOf(cloud, port.id).map(({ address }) => shown(4, address, "floating")),
    ];
  }
  return addresses;
}

function groupsOf(cloud: Cloud, server: ServerRecord): { name: string }[] {
  const ids = new Set(portsOf(cloud, server).flatMap((port) => port.groups));
  return [...ids].flatMap((id) => cloud.state.securityGroups[id] ?? []).map(({ name }) => ({ name }));
}

function portsOf(cloud: Cloud, server: ServerRecord): PortRecord[] {
  return [...server.portIds, ...server.ownPortIds].flatMap((id) => cloud.state.ports[id] ?? []);
}
