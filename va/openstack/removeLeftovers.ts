// SPDX-License-Identifier: Apache-2.0
import { finishDeletes, type Leaving } from "./deleteServer.ts";
import { getServer } from "./getServer.ts";
import { listServers } from "./listServers.ts";
import { deletePort, listPorts, portDescription } from "./ports.ts";
import type { Session } from "./session.ts";

/** Longer than a create may take from its port to its server. */
const YOUNGEST_MS = 10 * 60 * 1000;

/** See `Compute.removeLeftovers`. */
export async function removeLeftovers(
  session: Session,
  leaving: Leaving,
  tag: string,
  signal: AbortSignal,
): Promise<string[]> {
  const removed = await finishDeletes(session, leaving, signal);
  const old = session.clock.now() - YOUNGEST_MS;
  const ports = await listPorts(session, { description: portDescription(tag) }, signal);
  const candidates = ports.filter((port) => port.description === portDescription(tag) && port.createdAt < old);
  if (candidates.length === 0) return removed;
  const alive = new Set((await listServers(session, tag, signal)).map((server) => server.name));
  for (const port of candidates) {
    if (alive.has(port.name)) continue;
    if (port.deviceId !== "" && (await getServer(session, port.deviceId, signal)) !== undefined) continue;
    await deletePort(session, port.id, signal);
    removed.push(port.name);
  }
  return removed;
}
