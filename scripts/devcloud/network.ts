// SPDX-License-Identifier: Apache-2.0
import { Router } from "express";
import { z } from "zod";
import { isoSeconds, namedUuid } from "./ids.ts";
import { deletePort, findNetwork, makePort } from "./portStore.ts";
import { neutronError } from "./replies.ts";
import type { Cloud, NetworkConfig, PortRecord } from "./types.ts";

const createSchema = z.object({
  port: z.strictObject({
    network_id: z.string(),
    name: z.string().max(255).optional(),
    description: z.string().max(255).optional(),
    mac_address: z
      .string()
      .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i)
      .optional(),
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
  portRoutes(cloud, router);
  router.use((_req, res) => neutronError(res, 404, "HTTPNotFound", "The resource could not be found."));
  return router;
}

function portRoutes(cloud: Cloud, router: Router): void {
  router.get("/ports", (req, res) => {
    const ports = Object.values(cloud.state.ports)
      .map((port) => portView(cloud, port))
      .filter((port) => FILTERS.every((key) => [undefined, port[key]].includes(text(req.query[key]))));
    res.json({ ports });
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
    const refusal = refuse(cloud, wanted.network_id, wanted.mac_address);
    if (refusal !== undefined) return neutronError(res, ...refusal);
    const port = makePort(cloud, {
      networkId: wanted.network_id,
      name: wanted.name ?? "",
      description: wanted.description ?? "",
      deviceId: "",
      mac: wanted.mac_address,
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

function refuse(cloud: Cloud, networkId: string, mac: string | undefined): [number, string, string] | undefined {
  const network = findNetwork(cloud, networkId);
  if (network === undefined) return [404, "NetworkNotFound", `Network ${networkId} could not be found.`];
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

const FILTERS = ["name", "description", "network_id", "device_id", "project_id", "mac_address"] as const;

function portView(cloud: Cloud, port: PortRecord) {
  const network = findNetwork(cloud, port.networkId);
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
    fixed_ips: [{ subnet_id: namedUuid("subnet", network?.name ?? ""), ip_address: port.address }],
    project_id: cloud.state.projectId,
    port_security_enabled: true,
    security_groups: [namedUuid("security-group", "default")],
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

function networkView(cloud: Cloud, network: NetworkConfig) {
  return {
    id: namedUuid("network", network.name),
    name: network.name,
    tenant_id: cloud.state.projectId,
    admin_state_up: true,
    mtu: 1500,
    status: "ACTIVE",
    subnets: [namedUuid("subnet", network.name)],
    shared: network.shared ?? false,
    availability_zone_hints: [],
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    "router:external": false,
    description: "",
    port_security_enabled: true,
    tags: [],
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    revision_number: 2,
    project_id: cloud.state.projectId,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
