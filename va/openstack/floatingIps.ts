// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError } from "./compute.ts";
import { readPages } from "./pages.ts";
import type { Session } from "./session.ts";

/** A floating IP, as far as it matters here. */
export interface FloatingIp {
  readonly id: string;
  readonly address: string;
  /** The port it leads to; none after that was deleted. */
  readonly portId: string | undefined;
  readonly description: string;
}

const floatingIpSchema = z
  .object({
    id: z.string(),
    floating_ip_address: z.string(),
    port_id: z.string().nullable(),
    description: z.string(),
  })
  .transform(
    (each): FloatingIp => ({
      id: each.id,
      address: each.floating_ip_address,
      portId: each.port_id ?? undefined,
      description: each.description,
    }),
  );

/** The project's floating IPs that match; none where the cloud has no routers. @throws ComputeError */
export async function listFloatingIps(
  session: Session,
  filter: { port_id: string } | { description: string },
  signal: AbortSignal,
): Promise<FloatingIp[]> {
  try {
    const query = { ...filter, project_id: await session.projectId(signal) };
    const list = { service: "network", path: "/floatingips", query, name: "floatingips" } as const;
    return await readPages(session, { ...list, schema: floatingIpSchema }, signal);
  } catch (error) {
    if (error instanceof ComputeError && error.code === "NOT_FOUND") return [];
    throw error;
  }
}

/**
 * Gives a port a floating IP of an external network, once: allocated and associated by one request, of which Neutron does both
 * or nothing, and it refuses a second one for the same fixed address. It carries the port's description, by which it is found
 * again should it outlive the port.
 * @throws ComputeError QUOTA_EXCEEDED, NOT_FOUND when no router leads from the port to that network, others
 */
export async function claimFloatingIp(
  session: Session,
  port: { readonly id: string; readonly description: string },
  networkId: string,
  signal: AbortSignal,
): Promise<void> {
  const floatingip = { floating_network_id: networkId, port_id: port.id, description: port.description };
  const call = { service: "network", method: "POST", path: "/floatingips", body: { floatingip } } as const;
  try {
    await session.call({ ...call, expect: [201], schema: z.unknown() }, signal);
  } catch (error) {
    if (!(error instanceof ComputeError) || error.code !== "CONFLICT") throw error;
    if ((await listFloatingIps(session, { port_id: port.id }, signal)).length === 0) throw error;
  }
}

/** Gives a port's floating IPs back. @throws ComputeError */
export async function releaseFloatingIps(session: Session, portId: string, signal: AbortSignal): Promise<void> {
  const found = await listFloatingIps(session, { port_id: portId }, signal);
  for (const { id } of found.filter((each) => each.portId === portId)) await deleteFloatingIp(session, id, signal);
}

/** One that is not there is a success. @throws ComputeError */
export async function deleteFloatingIp(session: Session, id: string, signal: AbortSignal): Promise<void> {
  const path = `/floatingips/${encodeURIComponent(id)}`;
  await session.call({ service: "network", method: "DELETE", path, expect: [204, 404], schema: z.unknown() }, signal);
}
