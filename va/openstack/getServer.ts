// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError, type Server } from "./compute.ts";
import { serverSchema, toServer } from "./serverSchema.ts";
import type { Session } from "./session.ts";

const schema = z.object({ server: serverSchema });

/** One server (GET /servers/{id}), or undefined when the cloud says that there is none. @throws ComputeError */
export async function getServer(session: Session, id: string, signal: AbortSignal): Promise<Server | undefined> {
  try {
    const path = `/servers/${encodeURIComponent(id)}`;
    const { server } = await session.call({ service: "compute", method: "GET", path, expect: [200], schema }, signal);
    return toServer(server);
  } catch (error) {
    if (error instanceof ComputeError && error.code === "NOT_FOUND" && error.status === 404) return undefined;
    throw error;
  }
}
