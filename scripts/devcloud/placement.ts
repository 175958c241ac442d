// SPDX-License-Identifier: Apache-2.0
import { Router } from "express";
import { namedUuid } from "./ids.ts";
import { hostFree } from "./lifecycle.ts";
import type { Cloud } from "./types.ts";

/** Placement, below /placement. For a member everything is forbidden. */
export function placementRoutes(cloud: Cloud): Router {
  const router = Router();
  router.use((req, res, next) => {
    res.set("openstack-api-version", req.get("openstack-api-version") ?? "placement 1.0");
    if (cloud.options.seesHosts) return next();
    const policy = "Policy does not allow placement:allocation_candidates:list to be performed.";
    res.status(403).json({
      errors: [
        {
          status: 403,
          title: "Forbidden",
          detail: `Access was denied to this resource.\n\n ${policy}  `,
          code: "placement.undefined_code",
          request_id: res.getHeader("x-openstack-request-id"),
        },
      ],
    });
  });
  router.get("/allocation_candidates", (req, res) => {
    const pairs = String(req.query.resources).split(",");
    const wanted = new Map(pairs.map((pair) => [pair.split(":")[0], Number(pair.split(":")[1])]));
    const summaries = cloud.hosts.flatMap((host) => {
      const free = hostFree(cloud, host);
      const resource = (capacity: number, left: number) => ({ capacity, used: capacity - left });
      const resources = {
        VCPU: resource(host.vcpus, free.vcpus),
        MEMORY_MB: resource(host.ram, free.ram),
        DISK_GB: resource(host.disk, free.disk),
      };
      const fits = Object.entries(resources).every(
        ([name, { capacity, used }]) => capacity - used >= (wanted.get(name) ?? 0),
      );
      return fits ? [[namedUuid("hypervisor", host.name), { resources, traits: [] }]] : [];
    });
    res.json({ allocation_requests: [], provider_summaries: Object.fromEntries(summaries) });
  });
  return router;
}
