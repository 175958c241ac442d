// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { type CloudDescription, ComputeError } from "./compute.ts";
import type { Session } from "./session.ts";

/**
 * See `Compute.describeCloud`. GET /os-hypervisors/detail and GET /agents: by default for administrators and readers of the
 * whole system only. To anybody else Nova says 403, and Neutron lists none.
 */
export async function describeCloud(session: Session, signal: AbortSignal): Promise<CloudDescription> {
  const computeVersion = await session.newestCompute(signal);
  const [hypervisors, agents] = await Promise.all([
    unlessForbidden(readHypervisors(session, signal)),
    unlessForbidden(readAgents(session, signal)),
  ]);
  return { computeVersion, hypervisors, networkAgents: agents === null || agents.length === 0 ? null : agents };
}

const hypervisorsSchema = z.object({
  hypervisors: z.array(z.object({ hypervisor_type: z.string(), hypervisor_version: z.number() })),
});

async function readHypervisors(session: Session, signal: AbortSignal) {
  const call = { service: "compute", method: "GET", path: "/os-hypervisors/detail", expect: [200] } as const;
  const reply = await session.call({ ...call, schema: hypervisorsSchema }, signal);
  const distinct = new Map(
    reply.hypervisors.map(({ hypervisor_type: type, hypervisor_version: version }) => [
      `${type} ${version}`,
      { type, version },
    ]),
  );
  return [...distinct.values()];
}

const agentsSchema = z.object({ agents: z.array(z.object({ binary: z.string() })) });

async function readAgents(session: Session, signal: AbortSignal): Promise<string[]> {
  const call = { service: "network", method: "GET", path: "/agents", expect: [200] } as const;
  const { agents } = await session.call({ ...call, schema: agentsSchema }, signal);
  return [...new Set(agents.map(({ binary }) => binary))].sort();
}

/** Null as well where there is no such thing to be asked. */
async function unlessForbidden<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ComputeError && (error.code === "FORBIDDEN" || error.code === "NOT_FOUND")) return null;
    throw error;
  }
}
