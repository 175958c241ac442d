// SPDX-License-Identifier: Apache-2.0
import { randomBytes, randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import { type CreateBody, createSchema, invalidInput } from "./createRequest.ts";
import { namedUuid } from "./ids.ts";
import { addServer } from "./indexes.ts";
import { usage } from "./lifecycle.ts";
import { findNetwork } from "./portStore.ts";
import { computeFault } from "./replies.ts";
import { linksOf } from "./serverView.ts";
import type { Cloud, FlavorConfig, ServerRecord } from "./types.ts";

/** POST /servers. Accepts what is well-formed and within the quota; whether a host has room shows only later. */
export function createServer(cloud: Cloud, microversion: number, req: Request, res: Response) {
  const parsed = createSchema.safeParse(req.body);
  if (!parsed.success) return computeFault(res, 400, invalidInput(req.body, parsed.error));
  const { server } = parsed.data;
  if (server.tags !== undefined && microversion < 52) {
    const extra = "Additional properties are not allowed ('tags' was unexpected)";
    return computeFault(res, 400, `Invalid input for field/attribute server. Value: {}. ${extra}`);
  }
  const flavor = cloud.options.flavors.find((each) => namedUuid("flavor", each.name) === server.flavorRef);
  if (flavor === undefined) return computeFault(res, 400, `Flavor ${server.flavorRef} could not be found.`);
  const refusal = refuse(cloud, server);
  if (refusal !== undefined) return computeFault(res, ...refusal);
  const count = server.min_count ?? 1;
  const over = overQuota(cloud, flavor, count) ?? overPorts(cloud, server, count);
  if (over !== undefined) return computeFault(res, 403, over);
  const made = Array.from({ length: count }, () => record(cloud, parsed.data));
  for (const each of made) addServer(cloud, each);
  cloud.save();
  const first = made[0]?.id ?? "";
  res
    .status(202)
    .set("location", `${cloud.url}/compute/v2.1/servers/${first}`)
    .json({
      server: {
        id: first,
        links: linksOf(cloud, first),
        "OS-DCF:diskConfig": "MANUAL",
        security_groups: [{ name: "default" }],
        adminPass: randomBytes(9).toString("base64url"),
      },
    });
}

function refuse(cloud: Cloud, server: CreateBody["server"]): [number, string] | undefined {
  const image = cloud.options.images.find((each) => namedUuid("image", each.name) === server.imageRef);
  if (image === undefined) return [400, "Can not find requested image"];
  if (server.key_name !== undefined) return [400, "Invalid key_name provided."];
  if (typeof server.networks === "string") return undefined;
  for (const network of server.networks) {
    if ("uuid" in network) {
      if (findNetwork(cloud, network.uuid) === undefined) return [400, `Network ${network.uuid} could not be found.`];
      continue;
    }
    const port = cloud.state.ports[network.port];
    if (port === undefined) return [400, `Port id ${network.port} could not be found.`];
    if (port.deviceId !== "") return [409, `Port ${network.port} is still in use.`];
  }
  return undefined;
}

function overQuota(cloud: Cloud, flavor: FlavorConfig, count: number): string | undefined {
  const used = usage(cloud);
  const wanted = { cores: flavor.vcpus * count, instances: count, ram: flavor.ram * count };
  const names = (["cores", "instances", "ram"] as const).filter(
    (name) => cloud.quotas[name] >= 0 && used[name] + wanted[name] > cloud.quotas[name],
  );
  if (names.length === 0) return undefined;
  const list = (pick: (name: "cores" | "instances" | "ram") => number | string) => names.map(pick).join(", ");
  return (
    `Quota exceeded for ${list((name) => name)}: Requested ${list((name) => wanted[name])}, ` +
    `but already used ${list((name) => used[name])} of ${list((name) => cloud.quotas[name])} ${list((name) => name)}`
  );
}

function overPorts(cloud: Cloud, server: CreateBody["server"], count: number): string | undefined {
  if (typeof server.networks === "string" || cloud.quotas.ports < 0) return undefined;
  const wanted = server.networks.filter((network) => "uuid" in network).length * count;
  const used = Object.keys(cloud.state.ports).length;
  return wanted > 0 && used + wanted > cloud.quotas.ports ? "Maximum number of ports exceeded" : undefined;
}

function record(cloud: Cloud, body: CreateBody): ServerRecord {
  const { server } = body;
  const now = cloud.now();
  const networks = typeof server.networks === "string" ? [] : server.networks;
  const { build } = cloud.options.latency;
  return {
    id: randomUUID(),
    name: server.name,
    flavorId: server.flavorRef,
    imageId: server.imageRef,
    userData: server.user_data ?? "",
    keyName: server.key_name ?? null,
    configDrive: server.config_drive ?? false,
    metadata: server.metadata ?? {},
    tags: server.tags ?? [],
    hostname: (server.hostname ?? server.name).replace(/[^A-Za-z0-9-]/g, "-").toLowerCase(),
    groupId: body["os:scheduler_hints"]?.group ?? null,
    portIds: networks.flatMap((network) => ("port" in network ? [network.port] : [])),
    newPorts: networks.flatMap((network) => ("uuid" in network ? [network.uuid] : [])),
    ownPortIds: [],
    vmState: "building",
    task: "scheduling",
    host: null,
    fault: null,
    created: now,
    updated: now,
    launched: null,
    steps: [
      { kind: "schedule", at: now + build / 2 },
      { kind: "activate", at: now + build },
    ],
  };
}
