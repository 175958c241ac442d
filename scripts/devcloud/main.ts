// SPDX-License-Identifier: Apache-2.0
// Runs a development cloud. Prints one line of JSON when it is ready: {"ready":true,"url","credentialFile"}.
// SIGTERM or SIGINT ends it. Exit code 78: the environment is wrong.
//
//   DEVCLOUD_PORT             0, let the system choose
//   DEVCLOUD_HOST             127.0.0.1
//   DEVCLOUD_STATE_FILE       keeps servers and the credential over restarts; none
//   DEVCLOUD_CREDENTIAL_FILE  where to write the credential; needed
//   DEVCLOUD_OPTIONS          JSON with any of latency, flavors, images, networks, hosts, quotas, tokenSeconds, seesHosts, graphicalConsole
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { integer, readConfig } from "../../offchain/core/config.ts";
import { runMain } from "../../offchain/core/shutdown.ts";
import { createDevCloud } from "./index.ts";

const size = z.number().int().nonnegative();
const ms = z.number().nonnegative().exactOptional();
const limit = z.number().int().exactOptional();
const flag = z.boolean().exactOptional();
const networkOptions = { cidr6: z.cidrv6().exactOptional(), shared: flag, external: flag, routed: flag };
const optionsSchema = z.strictObject({
  latency: z.strictObject({ request: ms, build: ms, start: ms, stop: ms, delete: ms }).exactOptional(),
  flavors: z.array(z.strictObject({ name: z.string(), vcpus: size, ram: size, disk: size })).exactOptional(),
  images: z
    .array(z.strictObject({ name: z.string(), minDisk: size.exactOptional(), minRam: size.exactOptional() }))
    .exactOptional(),
  networks: z.array(z.strictObject({ name: z.string(), cidr: z.cidrv4(), ...networkOptions })).exactOptional(),
  hosts: z.array(z.strictObject({ name: z.string(), vcpus: size, ram: size, disk: size })).exactOptional(),
  quotas: z
    .strictObject({ instances: limit, cores: limit, ram: limit, ports: limit, floatingIps: limit })
    .exactOptional(),
  tokenSeconds: z.number().positive().exactOptional(),
  seesHosts: flag,
  graphicalConsole: flag,
});
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue("not JSON");
    return z.NEVER;
  }
});
const environmentSchema = z.object({
  DEVCLOUD_PORT: integer(0, 65_535).default(0),
  DEVCLOUD_HOST: z.string().default("127.0.0.1"),
  DEVCLOUD_STATE_FILE: z.string().exactOptional(),
  DEVCLOUD_CREDENTIAL_FILE: z.string().describe("a path to write the credential to"),
  DEVCLOUD_OPTIONS: json.pipe(optionsSchema).default({}),
});

await runMain(async (signal) => {
  const given = readConfig(environmentSchema, process.env);
  const cloud = await createDevCloud({
    port: given.DEVCLOUD_PORT,
    host: given.DEVCLOUD_HOST,
    ...(given.DEVCLOUD_STATE_FILE === undefined ? {} : { stateFile: given.DEVCLOUD_STATE_FILE }),
    ...given.DEVCLOUD_OPTIONS,
  });
  const credentialFile = given.DEVCLOUD_CREDENTIAL_FILE;
  writeFileSync(credentialFile, `${JSON.stringify(cloud.credential, null, 2)}\n`, { mode: 0o600 });
  console.log(JSON.stringify({ ready: true, url: cloud.url, credentialFile }));
  if (!signal.aborted) await once(signal, "abort");
  await cloud.close();
});
