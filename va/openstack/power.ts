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

/**
 * See `Compute.rebootServer` (POST /servers/{id}/action reboot, HARD). While it is under way a server in ERROR stays there, with the
 * task "rebooting_hard"; it is ACTIVE when that has worked.
 */
export async function rebootServer(session: Session, id: string, signal: AbortSignal): Promise<void> {
  await act(session, id, { reboot: { type: "HARD" } }, signal);
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
    await act(session, id, action, signal);
  } catch (error) {
    if (!(error instanceof ComputeError) || error.code !== "CONFLICT") throw error;
    const server = await getServer(session, id, signal);
    const there = server?.status === goal.status && server.task === null;
    if (!there && server?.task !== goal.task) throw error;
  }
}

async function act(session: Session, id: string, body: Record<string, unknown>, signal: AbortSignal): Promise<void> {
  const path = `/servers/${encodeURIComponent(id)}/action`;
  await session.call({ service: "compute", method: "POST", path, body, expect: [202], schema: z.unknown() }, signal);
}
