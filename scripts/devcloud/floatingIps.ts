// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import type { Router } from "express";
import { z } from "zod";
import { isoSeconds, namedUuid } from "./ids.ts";
import { addFloatingIp, dropFloatingIp, freeAddress } from "./indexes.ts";
import { sendPage } from "./networkPage.ts";
import { findNetwork } from "./portStore.ts";
import { neutronError } from "./replies.ts";
import type { Cloud, FloatingIpRecord } from "./types.ts";

const createSchema = z.object({
  floatingip: z.strictObject({
    floating_network_id: z.string(),
    port_id: z.string().optional(),
    description: z.string().max(255).default(""),
  }),
});

/** Neutron's floating IPs: allocated and associated by one request, or not at all. */
export function floatingIpRoutes(cloud: Cloud, router: Router): void {
  router.get("/floatingips", (req, res) => {
    sendPage(cloud, req, res, {
      ...{ name: "floatingips", type: "FloatingIPNotFound", what: "Floating IP" },
      all: cloud.state.floatingIps,
      byId: cloud.indexes.floatingIps,
      isWanted: (each) =>
        FILTERS.every(([key, of]) => req.query[key] === undefined || req.query[key] === of(each, cloud)),
      view: (each) => view(cloud, each),
    });
  });
  router.post("/floatingips", (req, res) => {
    const parsed = createSchema.safeParse(req.body);
    if (!parsed.success) return neutronError(res, 400, "HTTPBadRequest", "Invalid input for floatingip.");
    const { floating_network_id: networkId, port_id: portId, description } = parsed.data.floatingip;
    const network = findNetwork(cloud, networkId);
    const address = network === undefined ? undefined : freeAddress(cloud, network.cidr, networkId);
    const refusal = refuse(cloud, networkId, portId, address);
    if (refusal !== undefined) return neutronError(res, ...refusal);
    const now = cloud.now();
    const record: FloatingIpRecord = {
      id: randomUUID(),
      address: address ?? "",
      networkId,
      description,
      portId: portId ?? null,
      created: now,
      updated: now,
      revision: 0,
    };
    addFloatingIp(cloud, record);
    cloud.save();
    res.status(201).json({ floatingip: view(cloud, record) });
  });
  router.delete("/floatingips/:id", (req, res) => {
    const { id } = req.params;
    const record = cloud.state.floatingIps[id];
    if (record === undefined) {
      return neutronError(res, 404, "FloatingIPNotFound", `Floating IP ${id} could not be found`);
    }
    dropFloatingIp(cloud, record);
    cloud.save();
    res.status(204).end();
  });
}

/** Those that lead to a port. */
export function floatingIpsOf(cloud: Cloud, portId: string): FloatingIpRecord[] {
  return [...(cloud.indexes.leadingTo.get(portId) ?? [])];
}

type Refusal = [status: number, type: string, message: string];

function refuse(
  cloud: Cloud,
  networkId: string,
  portId: string | undefined,
  address: string | undefined,
): Refusal | undefined {
  const network = findNetwork(cloud, networkId);
  if (network === undefined) return [404, "NetworkNotFound", `Network ${networkId} could not be found.`];
  const bad = (why: string): Refusal => [400, "BadRequest", `Bad floatingip request: ${why}`];
  if (network.external !== true) return bad(`Network ${networkId} is not a valid external network.`);
  const quota = cloud.quotas.floatingIps;
  if (quota >= 0 && Object.keys(cloud.state.floatingIps).length >= quota) {
    return [409, "OverQuota", "Quota exceeded for resources: ['floatingip']."];
  }
  if (address === undefined) {
    return [409, "IpAddressGenerationFailure", `No more IP addresses available on network ${networkId}.`];
  }
  if (portId === undefined) return undefined;
  const port = cloud.state.ports[portId];
  if (port === undefined) return [404, "PortNotFound", `Port ${portId} could not be found.`];
  const fixed = port.fixed.find(({ version }) => version === 4);
  if (fixed === undefined) return bad(`Cannot add floating IP to port ${portId} that has no fixed IPv4 addresses.`);
  if (findNetwork(cloud, port.networkId)?.routed === false) {
    const why = `External network ${networkId} is not reachable from subnet ${fixed.subnetId}.`;
    const end = `  Therefore, cannot associate Port ${portId} with a Floating IP.`;
    return [404, "ExternalGatewayForFloatingIPNotFound", why + end];
  }
  if (floatingIpsOf(cloud, portId).length === 0) return undefined;
  const what = `Cannot associate floating IP ${address} with port ${portId} using fixed IP ${fixed.address}`;
  const why = `as that fixed IP already has a floating IP on external network ${networkId}.`;
  return [409, "FloatingIPPortAlreadyAssociated", `${what}, ${why}`];
}

/** What may be asked for, and of what it is compared with. */
const FILTERS: readonly [string, (record: FloatingIpRecord, cloud: Cloud) => string | null][] = [
  ["port_id", ({ portId }) => portId],
  ["description", ({ description }) => description],
  ["project_id", (_record, { state }) => state.projectId],
  ["floating_network_id", ({ networkId }) => networkId],
];

function view(cloud: Cloud, record: FloatingIpRecord) {
  const port = record.portId === null ? undefined : cloud.state.ports[record.portId];
  return {
    id: record.id,
    tenant_id: cloud.state.projectId,
    floating_ip_address: record.address,
    floating_network_id: record.networkId,
    router_id: port === undefined ? null : namedUuid("router", "xov-router"),
    port_id: record.portId,
    fixed_ip_address: port?.fixed.find(({ version }) => version === 4)?.address ?? null,
    status: "DOWN",
    project_id: cloud.state.projectId,
    description: record.description,
    port_details:
      port === undefined
        ? null
        : {
            name: port.name,
            network_id: port.networkId,
            mac_address: port.mac,
            admin_state_up: true,
            status: "DOWN",
            device_id: port.deviceId,
            device_owner: port.deviceId === "" ? "" : "compute:nova",
          },
    tags: [],
    created_at: isoSeconds(record.created),
    updated_at: isoSeconds(record.updated),
    revision_number: record.revision,
  };
}
