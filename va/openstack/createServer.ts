// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError, type CreateServer, type Server } from "./compute.ts";
import { getServer } from "./getServer.ts";
import { findServersByName } from "./listServers.ts";
import { deletePort, ensurePort, type Port } from "./ports.ts";
import type { Session } from "./session.ts";

/** Nova takes at most 65535 characters of base64. */
const LONGEST_USER_DATA = 49_149;
const replySchema = z.object({ server: z.object({ id: z.string() }) });

/**
 * Makes a server once per name; see `Compute.createServer`. Nova has no idempotency key, so a Neutron port made before
 * serves as one: Nova refuses a second server on it. It looks at the port again when it builds, so of two requests at the same
 * instant both may be accepted, and then one ends in ERROR: at most one runs.
 */
export async function createServer(session: Session, request: CreateServer, signal: AbortSignal): Promise<Server> {
  check(request);
  const existing = await findServer(session, request.name, signal);
  if (existing !== undefined) return existing;
  const port = await ensurePort(
    session,
    { name: request.name, networkId: request.networkId, ownerTag: request.tags[0] },
    signal,
  );
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
    const made = await getServer(session, server.id, signal);
    if (made !== undefined) return made;
    throw new ComputeError("CONFLICT", `Server ${server.id} was accepted and is gone already`);
  } catch (error) {
    if (error instanceof ComputeError) return await afterRefusal(session, request.name, port, error, signal);
    throw error;
  }
}

/** The port is in use, or was removed between: either the server exists, or the port is a leftover. */
async function afterRefusal(
  session: Session,
  name: string,
  port: Port,
  error: ComputeError,
  signal: AbortSignal,
): Promise<Server> {
  if (error.code === "BAD_REQUEST" && /port .* could not be found/i.test(error.message)) {
    throw new ComputeError("CONFLICT", error.message, { status: error.status, requestId: error.requestId });
  }
  if (error.code !== "CONFLICT" || error.status !== 409) throw error;
  const existing = await findServer(session, name, signal);
  if (existing !== undefined) return existing;
  if (port.deviceId !== "" && (await getServer(session, port.deviceId, signal)) === undefined) {
    await deletePort(session, port.id, signal);
  }
  throw error;
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
