// SPDX-License-Identifier: Apache-2.0
import type { Server } from "./compute.ts";
import { getServer } from "./getServer.ts";
import { readPages } from "./pages.ts";
import { listedServerSchema, toServer } from "./serverSchema.ts";
import type { Session } from "./session.ts";

/** Servers with a tag; see `Compute.listServers`. */
export async function listServers(session: Session, tag: string, signal: AbortSignal): Promise<Server[]> {
  const servers = await list(session, { tags: tag }, signal);
  // A filter that the API does not know is ignored without a word, and every server comes back.
  return servers.filter((server) => server.tags.includes(tag));
}

/** Servers with exactly this name, oldest first. The API's own filter is a regular expression. */
export async function findServersByName(session: Session, name: string, signal: AbortSignal): Promise<Server[]> {
  const servers = await list(session, { name: `^${name.replaceAll(".", "[.]")}$` }, signal);
  return servers.filter((server) => server.name === name);
}

async function list(session: Session, filter: Record<string, string>, signal: AbortSignal): Promise<Server[]> {
  const found = await readPages(
    session,
    {
      service: "compute",
      path: "/servers/detail",
      query: { ...filter, sort_key: "created_at", sort_dir: "asc" },
      name: "servers",
      schema: listedServerSchema,
    },
    signal,
  );
  const servers: Server[] = [];
  for (const each of found.map(toServer)) {
    const server = await withFault(session, each, signal);
    if (server !== undefined && server.status !== "DELETED") servers.push(server);
  }
  return servers;
}

/** Nova's list leaves out the fault of a server that no host took; the server by itself has it. */
async function withFault(session: Session, server: Server, signal: AbortSignal): Promise<Server | undefined> {
  const lacksFault = server.status === "ERROR" && server.fault === undefined;
  return lacksFault ? getServer(session, server.id, signal) : server;
}
