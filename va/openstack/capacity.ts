// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError, type Flavor, UNLIMITED } from "./compute.ts";
import type { Session } from "./session.ts";

/** See `Compute.capacity`: the smaller of what the project's limits and the hosts allow. */
export async function capacity(session: Session, flavor: Flavor, signal: AbortSignal): Promise<number> {
  const byLimits = await limitsAllow(session, flavor, signal);
  if (byLimits === 0) return 0;
  return Math.min(byLimits, await hostsAllow(session, flavor, signal));
}

const limitsSchema = z.object({
  limits: z.object({
    absolute: z.object({
      maxTotalInstances: z.number(),
      totalInstancesUsed: z.number(),
      maxTotalCores: z.number(),
      totalCoresUsed: z.number(),
      maxTotalRAMSize: z.number(),
      totalRAMUsed: z.number(),
    }),
  }),
});

/** GET /limits: the project's quota and use. A limit of -1 is none. */
async function limitsAllow(session: Session, flavor: Flavor, signal: AbortSignal): Promise<number> {
  const reply = await session.call(
    { service: "compute", method: "GET", path: "/limits", expect: [200], schema: limitsSchema },
    signal,
  );
  const limits = reply.limits.absolute;
  return Math.min(
    room(limits.maxTotalInstances, limits.totalInstancesUsed, 1),
    room(limits.maxTotalCores, limits.totalCoresUsed, flavor.vcpus),
    room(limits.maxTotalRAMSize, limits.totalRAMUsed, flavor.ram),
  );
}

function room(limit: number, used: number, each: number): number {
  if (limit < 0 || each === 0) return UNLIMITED;
  return Math.max(0, Math.floor((limit - used) / each));
}

const candidatesSchema = z.object({
  provider_summaries: z.record(
    z.string(),
    z.object({ resources: z.record(z.string(), z.object({ capacity: z.number(), used: z.number() })) }),
  ),
});

/**
 * Placement's GET /allocation_candidates: the hosts with room for at least one, and what each has left. By default only an
 * administrator may ask; for anybody else, and where the catalogue has no Placement, the limits decide alone.
 */
async function hostsAllow(session: Session, flavor: Flavor, signal: AbortSignal): Promise<number> {
  if (!(await session.offers("placement", signal))) return UNLIMITED;
  const each: Record<string, number> = { VCPU: flavor.vcpus, MEMORY_MB: flavor.ram, DISK_GB: flavor.disk };
  const needed = Object.entries(each).filter(([, amount]) => amount > 0);
  const resources = needed.map(([name, amount]) => `${name}:${amount}`).join(",");
  try {
    const reply = await session.call(
      {
        service: "placement",
        method: "GET",
        path: "/allocation_candidates",
        query: { resources },
        expect: [200],
        schema: candidatesSchema,
      },
      signal,
    );
    const hosts = Object.values(reply.provider_summaries).map((host) =>
      Math.min(
        ...needed.map(([name, amount]) => {
          const resource = host.resources[name];
          return resource === undefined ? 0 : room(resource.capacity, resource.used, amount);
        }),
      ),
    );
    return hosts.reduce((sum, count) => Math.min(UNLIMITED, sum + count), 0);
  } catch (error) {
    if (error instanceof ComputeError && error.code === "FORBIDDEN") return UNLIMITED;
    throw error;
  }
}
