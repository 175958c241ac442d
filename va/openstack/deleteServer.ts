// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { getServer } from "./getServer.ts";
import { findServersByName } from "./listServers.ts";
import { deletePort, listPorts } from "./ports.ts";
import type { Session } from "./session.ts";

/** Servers that this process has asked the cloud to delete and not seen gone, by id. */
export type Leaving = Map<string, Deleted>;

interface Deleted {
  readonly id: string;
  readonly name: string;
}

/** See `Compute.deleteServer` (DELETE /servers/{id}; then the ports that were made for it, which outlive it). */
export async function deleteServer(
  session: Session,
  leaving: Leaving,
  server: Deleted,
  signal: AbortSignal,
): Promise<"deleting" | "gone"> {
  leaving.set(server.id, { id: server.id, name: server.name });
  const path = `/servers/${encodeURIComponent(server.id)}`;
  await session.call({ service: "compute", method: "DELETE", path, expect: [204, 404], schema: z.unknown() }, signal);
  if ((await getServer(session, server.id, signal)) !== undefined) return "deleting";
  await finish(session, leaving, server, signal);
  return "gone";
}

/**
 * Removes the ports of those servers that are gone by now: a server that is not listed any more is not asked for again.
 * @returns the names of those for which something was removed
 */
export async function finishDeletes(session: Session, leaving: Leaving, signal: AbortSignal): Promise<string[]> {
  const removed: string[] = [];
  for (const server of [...leaving.values()]) {
    if ((await getServer(session, server.id, signal)) !== undefined) continue;
    if ((await finish(session, leaving, server, signal)) > 0) removed.push(server.name);
  }
  return removed;
}

async function finish(session: Session, leaving: Leaving, server: Deleted, signal: AbortSignal): Promise<number> {
  const ports = await deletePortsOf(session, server, signal);
  leaving.delete(server.id);
  return ports;
}

/**
 * Deletes a gone server's ports, unless another server has its name: the loser of two creates may have taken the
 * binding off the winner's port, so the name decides and not the binding.
 */
async function deletePortsOf(session: Session, server: Deleted, signal: AbortSignal): Promise<number> {
  const ports = (await listPorts(session, { name: server.name }, signal)).filter(
    (port) => port.description.startsWith("xov ") && (port.deviceId === "" || port.deviceId === server.id),
  );
  if (ports.length === 0) return 0;
  const namesakes = await findServersByName(session, server.name, signal);
  if (namesakes.some((each) => each.id !== server.id)) return 0;
  for (const port of ports) await deletePort(session, port.id, signal);
  return ports.length;
}
