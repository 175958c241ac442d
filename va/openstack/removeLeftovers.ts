// SPDX-License-Identifier: Apache-2.0
import { eachInTurn, finishDeletes, type Leaving } from "./deleteServer.ts";
import { deleteFloatingIp, listFloatingIps } from "./floatingIps.ts";
import { getServer } from "./getServer.ts";
import { listServers } from "./listServers.ts";
import { deletePort, listPorts, type Port, portDescription } from "./ports.ts";
import type { Session } from "./session.ts";

/** What this process knows of the ports that it saw. Losing it costs a longer wait. */
export interface KnownPorts {
  looks: number;
  /** Ports of servers that exist: what each was bound to, by port id. */
  readonly used: Map<string, string>;
  /** Since when a port was seen without a server, by its id, Unix milliseconds. By this machine's clock alone: a cloud's may differ. */
  readonly idle: Map<string, number>;
  /** The same of floating IPs without a port. */
  readonly unbound: Map<string, number>;
}

export function noKnownPorts(): KnownPorts {
  return { looks: 0, used: new Map(), idle: new Map(), unbound: new Map() };
}

/** A create that has a port may take so many deadlines until its server shows: a request for either, and one to spare. */
const PATIENCE_DEADLINES = 3;
/** While nothing is left over, the ports are listed in one call of so many: with thousands of them a list is dear. */
const LIST_EVERY = 4;
/** And in one of so many each port is compared with the servers, whatever it is bound to. */
const COMPARE_EVERY = 40;

/** See `Compute.removeLeftovers`. */
export async function removeLeftovers(
  session: Session,
  leaving: Leaving,
  known: KnownPorts,
  tag: string,
  signal: AbortSignal,
): Promise<string[]> {
  const removed = await finishDeletes(session, leaving, signal);
  const look = known.looks++;
  if (known.unbound.size > 0 || look % LIST_EVERY === 0)
    await removeOrphans(session, known, portDescription(tag), signal);
  if (known.idle.size === 0 && look % LIST_EVERY !== 0) return removed;
  const found = await listPorts(session, { description: portDescription(tag) }, signal);
  const ports = found.filter((port) => port.description === portDescription(tag));
  forgetOthers(known, ports);
  const isPlain = ({ id, deviceId }: Port) => deviceId !== "" && known.used.get(id) === deviceId;
  const doubtful = look % COMPARE_EVERY === 0 ? ports : ports.filter((port) => !isPlain(port));
  if (doubtful.length === 0) return removed;
  const alive = new Set((await listServers(session, tag, signal)).map((server) => server.name));
  await eachInTurn(doubtful, signal, async (port) => {
    if (alive.has(port.name)) {
      known.used.set(port.id, port.deviceId);
      known.idle.delete(port.id);
    } else if (await isLeftOver(session, known, port, signal)) {
      await deletePort(session, port.id, signal);
      known.idle.delete(port.id);
      removed.push(port.name);
    }
  });
  return removed;
}

async function isLeftOver(session: Session, { idle }: KnownPorts, port: Port, signal: AbortSignal): Promise<boolean> {
  const now = session.clock.now();
  const since = idle.get(port.id) ?? now;
  idle.set(port.id, since);
  if (now - since < PATIENCE_DEADLINES * session.deadlineMs) return false;
  return port.deviceId === "" || (await getServer(session, port.deviceId, signal)) === undefined;
}

function forgetOthers({ used, idle }: KnownPorts, ports: readonly Port[]): void {
  const there = new Set(ports.map(({ id }) => id));
  for (const map of [used, idle]) for (const id of map.keys()) if (!there.has(id)) map.delete(id);
}

/** Floating IPs of ours whose port is gone, as when somebody else deleted it. */
async function removeOrphans(
  session: Session,
  { unbound }: KnownPorts,
  description: string,
  signal: AbortSignal,
): Promise<void> {
  const now = session.clock.now();
  const found = await listFloatingIps(session, { description }, signal);
  const orphans = found.filter((each) => each.portId === undefined && each.description === description);
  for (const id of unbound.keys()) if (!orphans.some((each) => each.id === id)) unbound.delete(id);
  for (const { id } of orphans) {
    const since = unbound.get(id) ?? now;
    unbound.set(id, since);
    if (now - since < PATIENCE_DEADLINES * session.deadlineMs) continue;
    await deleteFloatingIp(session, id, signal);
    unbound.delete(id);
  }
}
