// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { PortAccess } from "./compute.ts";
import { releaseFloatingIps } from "./floatingIps.ts";
import { readPages } from "./pages.ts";
import type { Session } from "./session.ts";

/** A Neutron port, as far as it matters here. */
export interface Port {
  readonly id: string;
  readonly name: string;
  readonly networkId: string;
  /** The server it is bound to, or "". */
  readonly deviceId: string;
  readonly description: string;
  /** Unix milliseconds, by the cloud's clock, whole seconds. */
  readonly createdAt: number;
}

/** What {@link createPort} makes. */
export interface WantedPort {
  readonly name: string;
  readonly networkId: string;
  readonly ownerTag: string;
  readonly access?: PortAccess | undefined;
}

const portSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    network_id: z.string(),
    device_id: z.string(),
    description: z.string(),
    created_at: z.string(),
  })
  .transform(
    (port): Port => ({
      id: port.id,
      name: port.name,
      networkId: port.network_id,
      deviceId: port.device_id,
      description: port.description,
      createdAt: Date.parse(port.created_at),
    }),
  );

const oneSchema = z.object({ port: portSchema });

/** The description of the ports that belong to an owner's servers: set with the create, unlike a tag, so no crash loses it. */
export function portDescription(ownerTag: string): string {
  return `xov ${ownerTag}`;
}

/** The project's ports that match, oldest first. Neutron filters by equality. @throws ComputeError */
export async function listPorts(
  session: Session,
  filter: { name: string } | { description: string },
  signal: AbortSignal,
): Promise<Port[]> {
  const query = { ...filter, project_id: await session.projectId(signal) };
  const list = { service: "network", path: "/ports", query, name: "ports", schema: portSchema } as const;
  const ports = await readPages(session, list, signal);
  return ports.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}

/** Makes a port. Without a MAC address Neutron chooses one. @throws ComputeError CONFLICT if the network holds the address already */
export async function createPort(
  session: Session,
  wanted: WantedPort,
  mac: string | undefined,
  signal: AbortSignal,
): Promise<Port> {
  const { access } = wanted;
  const port = {
    name: wanted.name,
    network_id: wanted.networkId,
    description: portDescription(wanted.ownerTag),
    ...(mac === undefined ? {} : { mac_address: mac }),
    ...(access?.subnetIds === undefined ? {} : { fixed_ips: access.subnetIds.map((id) => ({ subnet_id: id })) }),
    ...(access?.securityGroupIds === undefined ? {} : { security_groups: access.securityGroupIds }),
  };
  const reply = await session.call(
    { service: "network", method: "POST", path: "/ports", body: { port }, expect: [201], schema: oneSchema },
    signal,
  );
  return reply.port;
}

/** Deletes a port, and before it its floating IPs, which would stay; one that is not there is a success. @throws ComputeError */
export async function deletePort(session: Session, id: string, signal: AbortSignal): Promise<void> {
  await releaseFloatingIps(session, id, signal);
  await session.call(
    {
      service: "network",
      method: "DELETE",
      path: `/ports/${encodeURIComponent(id)}`,
      expect: [204, 404],
      schema: z.unknown(),
    },
    signal,
  );
}
