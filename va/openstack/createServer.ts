// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { claimPort, type SeenPorts } from "./claimPort.ts";
import { ComputeError, type CreateServer, type Server } from "./compute.ts";
import { getServer } from "./getServer.ts";
import { findServersByName } from "./listServers.ts";
import { deletePort, type Port } from "./ports.ts";
import type { Session } from "./session.ts";

/** Nova takes at most 65535 characters of base64. */
const LONGEST_USER_DATA = 49_149;
const replySchema = z.object({ server: z.object({ id: z.string() }) });

/**
 * Makes a server once per name; see `Compute.createServer`. Nova has no idempotency key: a look at the name finds what
 * exists, and a Neutron port, which only one can make, keeps two from creating at the same time ({@link claimPort}).
 */
export async function createServer(
  session: Session,
  seen: SeenPorts,
  request: CreateServer,
  signal: AbortSignal,
): Promise<Server> {
  check(request);
  const existing = await findServer(session, request.name, signal);
  if (existing !== undefined) return existing;
  const wanted = { name: request.name, networkId: request.networkId, ownerTag: request.tags[0] };
  const port = await claimPort(session, seen, wanted, signal);
  const id = await post(session, seen, request, port, signal);
  const made = await getServer(session, id, signal);
  if (made === undefined) throw new ComputeError("CONFLICT", `Server ${id} was accepted and is gone already`);
  return made;
}

async function post(
  session: Session,
  seen: SeenPorts,
  request: CreateServer,
  port: Port,
  signal: AbortSignal,
): Promise<string> {
  try {
    const { server } = await session.call(
      {
        service: "compute",
        method: "POST",
        path: "/servers",
        body: { server: serverBody(request, port.id) },
        expect: [202],
        schema: replySchema,
      },
      signal,
    );
    // Should the server go, nothing is under way on its port.
    seen.set(port.id, Number.NEGATIVE_INFINITY);
    return server.id;
  } catch (error) {
    if (!(error instanceof ComputeError) || error.uncertain) throw error;
    await giveBack(session, seen, port, signal);
    // Slower than the other attempt's patience: it took the port over.
    const replaced = error.code === "BAD_REQUEST" && /port .*could not be found/i.test(error.message);
    throw replaced ? new ComputeError("CONFLICT", error.message, error) : error;
  }
}

/** After a refusal nothing stands on the port. If it cannot be deleted, the next attempt replaces it later. */
async function giveBack(session: Session, seen: SeenPorts, port: Port, signal: AbortSignal): Promise<void> {
  try {
    await deletePort(session, port.id, signal);
    seen.delete(port.id);
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
  }
}

/** Of several servers of one name the one that counts: not in ERROR, not on its way out, the oldest. */
async function findServer(session: Session, name: string, signal: AbortSignal): Promise<Server | undefined> {
  const servers = await findServersByName(session, name, signal);
  return servers.find((server) => server.status !== "ERROR" && server.task !== "deleting") ?? servers[0];
}

function serverBody(request: CreateServer, portId: string) {
  return {
    name: request.name,
    imageRef: request.imageId,
    flavorRef: request.flavorId,
    networks: [{ port: portId }],
    tags: request.tags,
    metadata: request.metadata,
    config_drive: true,
    user_data: Buffer.from(request.userData).toString("base64"),
    ...(request.keyName === undefined ? {} : { key_name: request.keyName }),
  };
}

function check(request: CreateServer): void {
  const refuse = (why: string) => new ComputeError("BAD_REQUEST", `Server ${request.name}: ${why}`);
  if (!/^[A-Za-z0-9._-]{1,255}$/.test(request.name)) {
    throw new ComputeError("BAD_REQUEST", "A server's name has 1 to 255 characters of [A-Za-z0-9._-]");
  }
  if (request.tags.length > 50) throw refuse(`at most 50 tags, not ${request.tags.length}`);
  const tag = request.tags.find((each) => !/^[^/,]{1,60}$/u.test(each));
  if (tag !== undefined) throw refuse(`tag "${tag}" has not 1 to 60 characters without "/" and ","`);
  for (const [key, value] of Object.entries(request.metadata)) {
    if (!/^[A-Za-z0-9-_:. ]{1,255}$/.test(key)) throw refuse(`metadata key "${key}"`);
    if (value.length > 255) throw refuse(`metadata "${key}" has ${value.length} characters, at most 255`);
  }
  if (request.userData.length > LONGEST_USER_DATA) {
    throw new ComputeError(
      "TOO_LARGE",
      `Server ${request.name}: ${request.userData.length} bytes of user data, at most ${LONGEST_USER_DATA}`,
    );
  }
}
