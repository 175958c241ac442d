// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { systemClock } from "../../offchain/core/clock.ts";
import { namedHex } from "./ids.ts";
import { indexState } from "./indexes.ts";
import { defaultGroup } from "./securityGroups.ts";
import type { Cloud, DevCloudOptions, State } from "./types.ts";

const DEFAULTS = {
  flavors: [
    { name: "m1.tiny", vcpus: 1, ram: 128, disk: 1 },
    { name: "m1.small", vcpus: 1, ram: 256, disk: 2 },
    { name: "m1.large", vcpus: 2, ram: 1024, disk: 4 },
    { name: "m1.huge", vcpus: 150, ram: 150_000, disk: 900_000 },
  ],
  images: [{ name: "tiny", minDisk: 1, minRam: 64 }, { name: "debian-12" }],
  networks: [
    { name: "xov-net", cidr: "10.77.0.0/22" },
    { name: "public", cidr: "203.0.113.0/24", external: true },
  ],
  hosts: [{ name: "dev-host", vcpus: 128, ram: 32_768, disk: 9_600 }],
  quotas: { instances: 100, cores: 200, ram: 204_800, ports: 1000, floatingIps: 200 },
  latency: { request: 0, build: 1000, start: 500, stop: 500, delete: 500 },
};

/** A cloud from its options and, if there is one, its state file. @throws Error if that file is not one */
export function createCloud(options: DevCloudOptions): Cloud {
  const clock = options.clock ?? systemClock;
  const state = load(options.stateFile) ?? emptyState();
  const group = defaultGroup(clock.now());
  state.securityGroups[group.id] ??= group;
  const flavors = options.flavors ?? DEFAULTS.flavors;
  return {
    options: {
      clock,
      flavors,
      images: options.images ?? DEFAULTS.images,
      networks: options.networks ?? DEFAULTS.networks,
      hosts: options.hosts ?? DEFAULTS.hosts,
      quotas: { ...DEFAULTS.quotas, ...options.quotas },
      latency: { ...DEFAULTS.latency, ...options.latency },
      tokenSeconds: options.tokenSeconds ?? 14_400,
      seesHosts: options.seesHosts ?? false,
      newestMicroversion: options.newestMicroversion ?? "2.93",
      pageLimit: options.pageLimit ?? 1000,
      graphicalConsole: options.graphicalConsole ?? false,
    },
    state,
    indexes: indexState(state, flavors),
    hosts: options.hosts ?? DEFAULTS.hosts,
    quotas: { ...DEFAULTS.quotas, ...options.quotas },
    tokens: new Map(),
    now: () => clock.now(),
    url: "",
    save: () => store(options.stateFile, state),
    credential() {
      return {
        auth_url: `${this.url}/identity/v3`,
        region_name: "RegionOne",
        project_id: state.projectId,
        application_credential_id: state.credentialId,
        application_credential_secret: state.credentialSecret,
      };
    },
  };
}

function emptyState(): State {
  return {
    credentialId: randomBytes(16).toString("hex"),
    credentialSecret: randomBytes(64).toString("base64url"),
    projectId: namedHex("project", "xov"),
    userId: namedHex("user", "xov-va"),
    servers: {},
    ports: {},
    groups: {},
    floatingIps: {},
    securityGroups: {},
    gone: {},
  };
}

const records = z.record(z.string(), z.looseObject({ id: z.string() }));
const stateSchema = z.object({
  credentialId: z.string(),
  credentialSecret: z.string(),
  projectId: z.string(),
  userId: z.string(),
  servers: records,
  ports: records,
  groups: records,
  floatingIps: records,
  securityGroups: records,
  gone: z.record(z.string(), z.number()),
});

function load(file: string | undefined): State | undefined {
  if (file === undefined || !existsSync(file)) return undefined;
  // Written by `store` alone: the outline tells a wrong file from a right one.
  return stateSchema.parse(JSON.parse(readFileSync(file, "utf8"))) as unknown as State;
}

function store(file: string | undefined, state: State): void {
  if (file === undefined) return;
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
