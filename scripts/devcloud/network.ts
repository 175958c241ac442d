// SPDX-License-Identifier: Apache-2.0
import { Router } from "express";
import { z } from "zod";
import { floatingIpRoutes } from "./floatingIps.ts";
import { isoSeconds, namedHex, namedUuid } from "./ids.ts";
import { sendPage } from "./networkPage.ts";
import { deletePort, findNetwork, makePort, subnetsOf } from "./portStore.ts";
import { neutronError } from "./replies.ts";
import { securityGroupRoutes } from "./securityGroups.ts";
import type { Cloud, HostConfig, NetworkConfig, PortRecord } from "./types.ts";

const createSchema = z.object({
  port: z.strictObject({
    network_id: z.string(),
    name: z.string().max(255).optional(),
    description: z.string().max(255).optional(),
    mac_address: z
      .string()
      .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i)
      .optional(),
    fixed_ips: z.array(z.strictObject({ subnet_id: z.string() })).optional(),
    security_groups: z.array(z.string()).optional(),
  }),
});

/** Neutron, below /network/v2.0. */
export function networkRoutes(cloud: Cloud): Router {
  const router = Router();
  router.get("/networks", (req, res) => {
    const found = cloud.options.networks.filter((each) => [undefined, each.name].includes(text(req.query.name)));
    res.json({ networks: found.map((each) => networkView(cloud, each)) });
  });
  router.get("/networks/:id", (req, res) => {
    const network = findNetwork(cloud, req.params.id);
    if (network !== undefined) res.json({ network: networkView(cloud, network) });
    else neutronError(res, 404, "NetworkNotFound", `Network ${req.params.id} could not be found.`);
  });
  router.get("/subnets", (req, res) => {
    const network = findNetwork(cloud, text(req.query.network_id) ?? "");
    res.json({ subnets: network === undefined ? [] : subnetViews(cloud, network) });
  });
  router.get("/quotas/:project/details.json", (_req, res) => {
    res.json({ quota: quotaView(cloud) });
  });
  // To a member Neutron lists none.
  router.get("/agents", (_req, res) => {
    res.json({ agents: cloud.options.seesHosts ? cloud.hosts.map(agentView) : [] });
  });
  portRoutes(cloud, router);
  floatingIpRoutes(cloud, router);
  securityGroupRoutes(cloud, router);
  router.use((_req, res) => neutronError(res, 404, "HTTPNotFound", "The resource could not be found."));
  return router;
}

function portRoutes(cloud: Cloud, router: Router): void {
  router.get("/ports", (req, res) => {
    sendPage(cloud, req, res, {
      ...{ name: "ports", type: "PortNotFound", what: "Port" },
      all: cloud.state.ports,
      byId: cloud.indexes.ports,
      isWanted: (port) => FILTERS.every(([key, of]) => [undefined, of(port, cloud)].includes(text(req.query[key]))),
      view: (port) => portView(cloud, port),
    });
  });
  router.get("/ports/:id", (req, res) => {
    const port = cloud.state.ports[req.params.id];
    if (port !== undefined) res.json({ port: portView(cloud, port) });
    else neutronError(res, 404, "PortNotFound", `Port ${req.params.id} could not be found.`);
  });
  router.post("/ports", (req, res) => {
    const parsed = createSchema.safeParse(req.body);
    if (!parsed.success) return neutronError(res, 400, "HTTPBadRequest", "Invalid input for port.");
    const wanted = parsed.data.port;
    const refusal = refuse(cloud, wanted);
    if (refusal !== undefined) return neutronError(res, ...refusal);
    const port = makePort(cloud, {
      networkId: wanted.network_id,
      name: wanted.name ?? "",
      description: wanted.description ?? "",
      deviceId: "",
      mac: wanted.mac_address,
      subnetIds: wanted.fixed_ips?.map((each) => each.subnet_id),
      groups: wanted.security_groups,
    });
    if (port === undefined) {
      const why = `No more IP addresses available on network ${wanted.network_id}.`;
      return neutronError(res, 409, "IpAddressGenerationFailure", why);
    }
    cloud.save();
    res.status(201).json({ port: portView(cloud, port) });
  });
  router.delete("/ports/:id", (req, res) => {
    if (cloud.state.ports[req.params.id] === undefined) {
      return neutronError(res, 404, "PortNotFound", `Port ${req.params.id} could not be found.`);
    }
    deletePort(cloud, req.params.id);
    cloud.save();
    res.status(204).end();
  });
}

type Wanted = z.output<typeof createSchema>["port"];

function refuse(cloud: Cloud, wanted: Wanted): [number, string, string] | undefined {
  const { network_id: networkId, mac_address: mac } = wanted;
  const network = findNetwork(cloud, networkId);
  if (network === undefined) return [404, "NetworkNotFound", `Network ${networkId} could not be found.`];
  const known = subnetsOf(network).map(({ id }) => id);
  const subnet = wanted.fixed_ips?.find((each) => !known.includes(each.subnet_id))?.subnet_id;
  if (subnet !== undefined) return [404, "SubnetNotFound", `Subnet ${subnet} could not be found.`];
  const group = wanted.security_groups?.find((id) => cloud.state.securityGroups[id] === undefined);
  if (group !== undefined) return [404, "SecurityGroupNotFound", `Security group ${group} does not exist`];
  const ports = Object.values(cloud.state.ports);
  if (cloud.quotas.ports >= 0 && ports.length >= cloud.quotas.ports) {
    return [409, "OverQuota", "Quota exceeded for resources: ['port']."];
  }
  if (mac === undefined) return undefined;
  if (network.shared === true) {
    return [403, "PolicyNotAuthorized", "rule:create_port:mac_address is disallowed by policy"];
  }
  if (!ports.some((port) => port.networkId === networkId && port.mac === mac)) return undefined;
  const why = `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`;
  return [409, "MacAddressInUse", why];
}

/** What may be asked for, and of what it is compared with. */
const FILTERS: readonly [string, (port: PortRecord, cloud: Cloud) => string][] = [
  ["name", ({ name }) => name],
  ["description", ({ description }) => description],
  ["network_id", ({ networkId }) => networkId],
  ["device_id", ({ deviceId }) => deviceId],
  ["project_id", (_port, { state }) => state.projectId],
  ["mac_address", ({ mac }) => mac],
];

function portView(cloud: Cloud, port: PortRecord) {
  return {
    id: port.id,
    name: port.name,
    network_id: port.networkId,
    tenant_id: cloud.state.projectId,
    mac_address: port.mac,
    admin_state_up: true,
    status: "DOWN",
    device_id: port.deviceId,
    device_owner: port.deviceId === "" ? "" : "compute:nova",
    fixed_ips: port.fixed.map(({ subnetId, address }) => ({ subnet_id: subnetId, ip_address: address })),
    project_id: cloud.state.projectId,
    port_security_enabled: true,
    security_groups: port.groups,
    "binding:vnic_type": "normal",
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    description: port.description,
    tags: [],
    created_at: isoSeconds(port.created),
    updated_at: isoSeconds(port.created),
    revision_number: port.revision,
  };
}

function agentView({ name: host }: HostConfig) {
  return {
    id: namedUuid("agent", host),
    agent_type: "Open vSwitch agent",
    binary: "neutron-openvswitch-agent",
    topic: "N/A",
    host,
    admin_state_up: true,
    alive: true,
  };
}

/** Whose a network is: an external one is the administrator's. */
function ownerOf(cloud: Cloud, { external }: NetworkConfig): string {
  return external === true ? namedHex("project", "admin") : cloud.state.projectId;
}

function subnetViews(cloud: Cloud, network: NetworkConfig) {
  const owner = ownerOf(cloud, network);
  return subnetsOf(network).map(({ id, version, cidr }) => ({
    id,
    name: version === 4 ? `${network.name}-v4` : "",
    tenant_id: owner,
    network_id: namedUuid("network", network.name),
    ip_version: version,
    subnetpool_id: null,
    enable_dhcp: true,
    ipv6_ra_mode: version === 6 ? "slaac" : null,
    ipv6_address_mode: version === 6 ? "slaac" : null,
    gateway_ip: cidr.split("/")[0],
    cidr,
    allocation_pools: [{ start: cidr.split("/")[0], end: cidr.split("/")[0] }],
    host_routes: [],
    dns_nameservers: [],
    description: "",
    service_types: [],
    tags: [],
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    revision_number: 0,
    project_id: owner,
  }));
}

function quotaView({ options, quotas, state }: Cloud) {
  const entry = (limit: number, used: number) => ({ limit, used, reserved: 0 });
  return {
    network: entry(100, options.networks.length),
    subnet: entry(100, options.networks.flatMap(subnetsOf).length),
    subnetpool: entry(-1, 0),
    port: entry(quotas.ports, Object.keys(state.ports).length),
    router: entry(10, 1),
    floatingip: entry(quotas.floatingIps, Object.keys(state.floatingIps).length),
    rbac_policy: entry(10, 0),
    security_group: entry(10, Object.keys(state.securityGroups).length),
    security_group_rule: entry(100, Object.values(state.securityGroups).flatMap(({ rules }) => rules).length),
  };
}

function networkView(cloud: Cloud, network: NetworkConfig) {
  const owner = ownerOf(cloud, network);
  return {
    id: namedUuid("network", network.name),
    name: network.name,
    tenant_id: owner,
    admin_state_up: true,
    mtu: 1500,
    status: "ACTIVE",
    subnets: subnetsOf(network).map(({ id }) => id),
    shared: network.shared ?? false,
    availability_zone_hints: [],
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    "router:external": network.external ?? false,
    description: "",
    port_security_enabled: true,
    ...(network.external === true ? { is_default: false } : {}),
    tags: [],
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    revision_number: 2,
    project_id: owner,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
