// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { z } from "zod";
import { ComputeError } from "./compute.ts";
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
const listSchema = z.object({ ports: z.array(portSchema) });

/** The description of the ports that belong to an owner's servers: set with the create, unlike a tag, so no crash loses it. */
export function portDescription(ownerTag: string): string {
  return `xov ${ownerTag}`;
}

/** The project's ports that match, oldest first. Neutron filters by equality. @throws ComputeError */
export async function listPorts(
  session: Session,
  filter: { name: string } | { description: string } | { device_id: string },
  signal: AbortSignal,
): Promise<Port[]> {
  const query = { ...filter, project_id: await session.projectId(signal) };
  const { ports } = await session.call(
    { service: "network", method: "GET", path: "/ports", query, expect: [200], schema: listSchema },
    signal,
  );
  return ports.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}

/**
 * The port that stands for a server's name: found, or made. Its MAC address is derived from the name, and a network holds
 * a MAC address once, so that two that ask at the same time end with one port. (A network of another project
 * allows no such choice; there the oldest port of the name counts.)
 * @throws ComputeError
 */
export async function ensurePort(
  session: Session,
  wanted: { name: string; networkId: string; ownerTag: string },
  signal: AbortSignal,
): Promise<Port> {
  const find = async () =>
    (await listPorts(session, { name: wanted.name }, signal)).find((port) => port.networkId === wanted.networkId);
  const found = await find();
  if (found !== undefined) return found;
  try {
    return await createPort(session, wanted, macAddress(wanted.name), signal);
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    if (error.code === "FORBIDDEN") {
      const made = await createPort(session, wanted, undefined, signal);
      return (await find()) ?? made;
    }
    const other = error.code === "CONFLICT" ? await find() : undefined;
    if (other === undefined) throw error;
    return other;
  }
}

async function createPort(
  session: Session,
  wanted: { name: string; networkId: string; ownerTag: string },
  mac: string | undefined,
  signal: AbortSignal,
): Promise<Port> {
  const port = {
    name: wanted.name,
    network_id: wanted.networkId,
    description: portDescription(wanted.ownerTag),
    ...(mac === undefined ? {} : { mac_address: mac }),
  };
  const reply = await session.call(
    { service: "network", method: "POST", path: "/ports", body: { port }, expect: [201], schema: oneSchema },
    signal,
  );
  return reply.port;
}

/** Deletes a port; one that is not there is a success. @throws ComputeError */
export async function deletePort(session: Session, id: string, signal: AbortSignal): Promise<void> {
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

/** A unicast, locally administered MAC address (IEEE 802: second bit of the first octet) with 40 bits of the name's hash. */
function macAddress(name: string): string {
  const hash = createHash("sha256").update(`xov/mac/${name}`).digest();
  return [0x0a, ...hash.subarray(0, 5)].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}
