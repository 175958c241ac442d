// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { ComputeError } from "./compute.ts";
import { getServer } from "./getServer.ts";
import { createPort, deletePort, listPorts, type Port, type WantedPort } from "./ports.ts";
import type { Session } from "./session.ts";

/**
 * When this process first saw a port that it may not use yet: by port id, in Unix milliseconds. Long ago for one on which it made a
 * server itself.
 */
export type SeenPorts = Map<string, number>;

/**
 * Makes the port that gives the right to make the server of a name, once: whoever gets it is alone in having made it.
 * Its MAC address is derived from the name, and a network holds a MAC address once, so of two that ask at the same time one gets it.
 * (A network of another project allows no such choice. There each looks again after making its port and
 * gives it back if it is not the only one.)
 *
 * A port found instead may be of an attempt that is still under way: ours with a lost answer, or another process's.
 * Two creates on one port would not do: Nova accepts both when they come within seconds, and the one that fails
 * takes the network away from the one that runs. So a found port is left alone for as long as two requests can take,
 * then replaced; a create that comes later still fails for want of its port.
 * @throws ComputeError CONFLICT with `retryAfterMs` while an attempt may be under way; QUOTA_EXCEEDED; others
 */
export async function claimPort(
  session: Session,
  seen: SeenPorts,
  wanted: WantedPort,
  signal: AbortSignal,
): Promise<Port> {
  for (const port of await portsOf(session, wanted, signal)) await removeStale(session, seen, port, signal);
  try {
    const port = await createPort(session, wanted, macAddress(wanted.name), signal);
    seen.set(port.id, session.clock.now());
    return port;
  } catch (error) {
    if (error instanceof ComputeError && error.code === "FORBIDDEN") return claimAnyPort(session, seen, wanted, signal);
    throw error;
  }
}

async function claimAnyPort(session: Session, seen: SeenPorts, wanted: WantedPort, signal: AbortSignal): Promise<Port> {
  const port = await createPort(session, wanted, undefined, signal);
  const others = (await portsOf(session, wanted, signal)).filter((each) => each.id !== port.id);
  if (others.length === 0) {
    seen.set(port.id, session.clock.now());
    return port;
  }
  await deletePort(session, port.id, signal);
  throw new ComputeError("CONFLICT", `Another attempt to make server ${wanted.name} is under way`);
}

/** Deletes a port that an attempt left, once that attempt cannot be under way any more. */
async function removeStale(session: Session, seen: SeenPorts, port: Port, signal: AbortSignal): Promise<void> {
  const now = session.clock.now();
  const since = seen.get(port.id) ?? now;
  seen.set(port.id, since);
  const left = since + 2 * session.deadlineMs - now;
  if (left > 0) {
    throw new ComputeError("CONFLICT", `Another attempt to make server ${port.name} may be under way`, {
      retryAfterMs: left,
    });
  }
  if (port.deviceId !== "" && (await getServer(session, port.deviceId, signal)) !== undefined) {
    throw new ComputeError("CONFLICT", `Port ${port.id} of ${port.name} is in use by server ${port.deviceId}`);
  }
  await deletePort(session, port.id, signal);
  seen.delete(port.id);
}

async function portsOf(session: Session, wanted: WantedPort, signal: AbortSignal): Promise<Port[]> {
  const ports = await listPorts(session, { name: wanted.name }, signal);
  return ports.filter((port) => port.networkId === wanted.networkId);
}

/** A unicast, locally administered MAC address (IEEE 802: second bit of the first octet) with 40 bits of the name's hash. */
function macAddress(name: string): string {
  const hash = createHash("sha256").update(`xov/mac/${name}`).digest();
  return [0x0a, ...hash.subarray(0, 5)].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}
