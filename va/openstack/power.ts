// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError, type ServerStatus } from "./compute.ts";
import { getServer } from "./getServer.ts";
import type { Session } from "./session.ts";

/** See `Compute.startServer` (POST /servers/{id}/action os-start). */
export async function startServer(session: Session, id: string, signal: AbortSignal): Promise<void> {
  await power(session, id, { "os-start": null }, { status: "ACTIVE", task: "powering-on" }, signal);
}

/** See `Compute.stopServer` (POST /servers/{id}/action os-stop). */
export async function stopServer(session: Session, id: string, signal: AbortSignal): Promise<void> {
  await power(session, id, { "os-stop": null }, { status: "SHUTOFF", task: "powering-off" }, signal);
}

/** Nova answers 409 to a server that is there already; so it does to one that is busy, hence the second look. */
async function power(
  session: Session,
  id: string,
  action: Record<string, null>,
  goal: { status: ServerStatus; task: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    await session.call(
      {
        service: "compute",
        method: "POST",
        path: `/servers/${encodeURIComponent(id)}/action`,
        body: action,
        expect: [202],
        schema: z.unknown(),
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof ComputeError) || error.code !== "CONFLICT") throw error;
    const server = await getServer(session, id, signal);
    const there = server?.status === goal.status && server.task === null;
    if (!there && server?.task !== goal.task) throw error;
  }
}
