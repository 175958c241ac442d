// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { type CloudDescription, ComputeError } from "./compute.ts";
import type { Session } from "./session.ts";

const schema = z.object({
  hypervisors: z.array(z.object({ hypervisor_type: z.string(), hypervisor_version: z.number() })),
});

/** See `Compute.describeCloud` (GET /os-hypervisors/detail, by default for administrators only). */
export async function describeCloud(session: Session, signal: AbortSignal): Promise<CloudDescription> {
  const computeVersion = await session.newestCompute(signal);
  try {
    const path = "/os-hypervisors/detail";
    const reply = await session.call({ service: "compute", method: "GET", path, expect: [200], schema }, signal);
    const distinct = new Map(
      reply.hypervisors.map((each) => [
        `${each.hypervisor_type} ${each.hypervisor_version}`,
        { type: each.hypervisor_type, version: each.hypervisor_version },
      ]),
    );
    return { computeVersion, hypervisors: [...distinct.values()] };
  } catch (error) {
    if (error instanceof ComputeError && error.code === "FORBIDDEN") return { computeVersion, hypervisors: null };
    throw error;
  }
}
