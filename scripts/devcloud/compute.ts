// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { act, showRemoteConsole } from "./actions.ts";
import { invalidInput } from "./createRequest.ts";
import { createServer } from "./createServer.ts";
import { namedUuid } from "./ids.ts";
import { plan, usage } from "./lifecycle.ts";
import { bareError, computeFault } from "./replies.ts";
import { listPage, type Query } from "./serverFilters.ts";
import { briefView, fullView } from "./serverView.ts";
import type { Cloud, FlavorConfig, ServerRecord } from "./types.ts";

/** Nova, below /compute/v2.1. */
export function computeRoutes(cloud: Cloud): Router {
  const router = Router();
  router.use((req, res, next) => {
    if (negotiate(cloud, req, res)) next();
  });
  router.get("/", (_req, res) => {
    res.json({ version: versionView(cloud) });
  });
  serverRoutes(cloud, router);
  offerRoutes(cloud, router);
  groupRoutes(cloud, router);
  router.use((_req, res) => {
    res.removeHeader("vary");
    res.removeHeader("openstack-api-version");
    bareError(res, 404, "Not Found", "The resource could not be found.");
  });
  return router;
}

const VARY = "OpenStack-API-Version, X-OpenStack-Nova-API-Version";

/** Reads the microversion (2.x), answers 400 or 406 to one that is not there. */
function negotiate(cloud: Cloud, req: Request, res: Response): boolean {
  const asked = /^compute (.+)$/.exec(req.get("openstack-api-version") ?? "")?.[1] ?? "2.1";
  const newest = cloud.options.newestMicroversion;
  const minor = /^2\.(\d+)$/.exec(asked === "latest" ? newest : asked)?.[1];
  if (minor === undefined) {
    const why = "is of invalid format. Must be of format MajorNum.MinorNum.";
    computeFault(res, 400, `API Version String ${asked} ${why}`);
    return false;
  }
  res.set("vary", VARY).set("openstack-api-version", `compute 2.${minor}`);
  if (Number(minor) < 1 || Number(minor) > Number(newest.split(".")[1])) {
    const range = `Minimum is 2.1 and maximum is ${newest}.`;
    computeFault(res, 406, `Version ${asked} is not supported by the API. ${range}`);
    return false;
  }
  res.locals.microversion = Number(minor);
  return true;
}

function versionView(cloud: Cloud) {
  return {
    id: "v2.1",
    status: "CURRENT",
    version: cloud.options.newestMicroversion,
    min_version: "2.1",
    updated: "2013-07-23T11:33:21Z",
    links: [
      { rel: "self", href: `${cloud.url}/compute/v2.1/` },
      { rel: "describedby", type: "text/html", href: "http://docs.openstack.org/" },
    ],
    "media-types": [{ base: "application/json", type: "application/vnd.openstack.compute+json;version=2.1" }],
  };
}

function serverRoutes(cloud: Cloud, router: Router): void {
  const withServer = (handle: (server: ServerRecord, req: Request, res: Response) => void) => {
    return (req: Request<{ id: string }>, res: Response) => {
      const server = cloud.state.servers[req.params.id];
      if (server === undefined) return computeFault(res, 404, `Instance ${req.params.id} could not be found.`);
      return handle(server, req, res);
    };
  };
  router.get("/servers", (req, res) => list(cloud, req, res, "/servers", (server) => briefView(cloud, server)));
  router.get("/servers/detail", (req, res) =>
    list(cloud, req, res, "/servers/detail", (server) => fullView(cloud, server, false)),
  );
  router.post("/servers", (req, res) => createServer(cloud, Number(res.locals.microversion), req, res));
  router.get(
    "/servers/:id",
    withServer((server, _req, res) => {
      res.json({ server: fullView(cloud, server, true) });
    }),
  );
  router.get(
    "/servers/:id/tags",
    withServer((server, _req, res) => {
      res.json({ tags: server.tags });
    }),
  );
  router.delete(
    "/servers/:id",
    withServer((server, _req, res) => {
      if (server.task !== "deleting") plan(cloud, server, "deleting", [["deleted", cloud.options.latency.delete]]);
      cloud.save();
      res.status(204).type("json").end();
    }),
  );
  router.post(
    "/servers/:id/remote-consoles",
    withServer((server, req, res) => showRemoteConsole(cloud, server, req, res)),
  );
  router.post(
    "/servers/:id/action",
    withServer((server, req, res) => act(cloud, server, req, res)),
  );
}

function list(cloud: Cloud, req: Request, res: Response, path: string, view: (server: ServerRecord) => unknown) {
  const page = listPage(cloud, req.query);
  if (page === undefined) return computeFault(res, 400, `marker [${req.query.marker}] not found`);
  const links = page.next === undefined ? {} : { servers_links: nextLink(cloud, path, req.query, page.next) };
  res.json({ servers: page.servers.map(view), ...links });
}

function nextLink(cloud: Cloud, path: string, query: Query, marker: string) {
  const given = Object.entries(query).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : []));
  const parameters = new URLSearchParams({ ...Object.fromEntries(given), marker });
  return [{ rel: "next", href: `${cloud.url}/compute/v2.1${path}?${parameters}` }];
}

function offerRoutes(cloud: Cloud, router: Router): void {
  const ordered = [...cloud.options.flavors].sort((a, b) => (a.name < b.name ? -1 : 1));
  router.get("/flavors/detail", (req, res) => {
    const limit = Number(req.query.limit ?? cloud.options.pageLimit);
    const start = ordered.findIndex((flavor) => namedUuid("flavor", flavor.name) === req.query.marker) + 1;
    if (req.query.marker !== undefined && start === 0) {
      return computeFault(res, 400, `marker [${req.query.marker}] not found`);
    }
    const page = ordered.slice(start, start + limit).map((flavor) => flavorView(cloud, flavor));
    const last = page.length === limit ? page.at(-1)?.id : undefined;
    const links = last === undefined ? {} : { flavors_links: nextLink(cloud, "/flavors/detail", req.query, last) };
    res.json({ flavors: page, ...links });
  });
  router.get("/flavors", (_req, res) => {
    res.json({ flavors: ordered.map((flavor) => flavorView(cloud, flavor)) });
  });
  router.get("/flavors/:id", (req, res) => {
    const flavor = ordered.find((each) => namedUuid("flavor", each.name) === req.params.id);
    if (flavor === undefined) return computeFault(res, 404, `Flavor ${req.params.id} could not be found.`);
    res.json({ flavor: flavorView(cloud, flavor) });
  });
  router.get("/limits", (_req, res) => {
    res.json({ limits: { rate: [], absolute: limitsView(cloud) } });
  });
  router.get("/os-quota-sets/:project/detail", (_req, res) => {
    const used = usage(cloud);
    const entry = (limit: number, inUse: number) => ({ limit, in_use: inUse, reserved: 0 });
    res.json({
      quota_set: {
        id: cloud.state.projectId,
        cores: entry(cloud.quotas.cores, used.cores),
        instances: entry(cloud.quotas.instances, used.instances),
        key_pairs: entry(100, 0),
        metadata_items: entry(128, 0),
        ram: entry(cloud.quotas.ram, used.ram),
        server_group_members: entry(10, 0),
        server_groups: entry(10, Object.keys(cloud.state.groups).length),
      },
    });
  });
  router.get("/os-keypairs/:name", (req, res) =>
    computeFault(res, 404, `Keypair ${req.params.name} not found for user ${cloud.state.userId}`),
  );
  router.get("/os-hypervisors/detail", (_req, res) => {
    if (!cloud.options.seesHosts) {
      const policy = "os_compute_api:os-hypervisors:list-detail";
      return computeFault(res, 403, `Policy doesn't allow ${policy} to be performed.`);
    }
    const view = (name: string) => ({
      id: namedUuid("hypervisor", name),
      hypervisor_hostname: name,
      state: "up",
      status: "enabled",
      hypervisor_type: "QEMU",
      hypervisor_version: 7_002_000,
    });
    res.json({ hypervisors: cloud.hosts.map((host) => view(host.name)) });
  });
}

function flavorView(cloud: Cloud, flavor: FlavorConfig) {
  const id = namedUuid("flavor", flavor.name);
  return {
    id,
    name: flavor.name,
    ram: flavor.ram,
    disk: flavor.disk,
    swap: 0,
    "OS-FLV-EXT-DATA:ephemeral": 0,
    "OS-FLV-DISABLED:disabled": false,
    vcpus: flavor.vcpus,
    "os-flavor-access:is_public": true,
    rxtx_factor: 1,
    links: [
      { rel: "self", href: `${cloud.url}/compute/v2.1/flavors/${id}` },
      { rel: "bookmark", href: `${cloud.url}/compute/flavors/${id}` },
    ],
    description: null,
    extra_specs: {},
  };
}

function limitsView(cloud: Cloud) {
  const used = usage(cloud);
  return {
    maxTotalInstances: cloud.quotas.instances,
    maxTotalCores: cloud.quotas.cores,
    maxTotalRAMSize: cloud.quotas.ram,
    maxServerMeta: 128,
    maxTotalKeypairs: 100,
    maxServerGroups: 10,
    maxServerGroupMembers: 10,
    totalRAMUsed: used.ram,
    totalCoresUsed: used.cores,
    totalInstancesUsed: used.instances,
    totalServerGroupsUsed: Object.keys(cloud.state.groups).length,
  };
}

const groupSchema = z.object({ server_group: z.object({ name: z.string(), policy: z.string() }) });

function groupRoutes(cloud: Cloud, router: Router): void {
  router.post("/os-server-groups", (req, res) => {
    const parsed = groupSchema.safeParse(req.body);
    if (!parsed.success) return computeFault(res, 400, invalidInput(req.body, parsed.error));
    const group = { id: randomUUID(), ...parsed.data.server_group };
    cloud.state.groups[group.id] = group;
    cloud.save();
    res.json({ server_group: { ...group, rules: {}, members: [], project_id: cloud.state.projectId } });
  });
  router.delete("/os-server-groups/:id", (req, res) => {
    delete cloud.state.groups[req.params.id];
    cloud.save();
    res.status(204).end();
  });
}
