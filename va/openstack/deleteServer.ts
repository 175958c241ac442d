// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { getServer } from "./getServer.ts";
import { findServersByName } from "./listServers.ts";
import { deletePort, listPorts } from "./ports.ts";
import type { Session } from "./session.ts";

/** See `Compute.deleteServer` (DELETE /servers/{id}; then the ports that were made for it, which outlive it). */
export async function deleteServer(
  session: Session,
  server: { readonly id: string; readonly name: string },
  signal: AbortSignal,
): Promise<"deleting" | "gone"> {
  const path = `/servers/${encodeURIComponent(server.id)}`;
  await session.call({ service: "compute", method: "DELETE", path, expect: [204, 404], schema: z.unknown() }, signal);
  if ((await getServer(session, server.id, signal)) !== undefined) return "deleting";
  await deletePortsOf(session, server, signal);
  return "gone";
}

/**
 * Deletes a gone server's ports, unless another server has its name: the loser of two creates may have taken the
 * binding off the winner's port, so the name decides and not the binding.
 */
async function deletePortsOf(
  session: Session,
  server: { readonly id: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const ports = (await listPorts(session, { name: server.name }, signal)).filter(
    (port) => port.description.startsWith("xov ") && (port.deviceId === "" || port.deviceId === server.id),
  );
  if (ports.length === 0) return;
  const namesakes = await findServersByName(session, server.name, signal);
  if (namesakes.some((each) => each.id !== server.id)) return;
  for (const port of ports) await deletePort(session, port.id, signal);
}
