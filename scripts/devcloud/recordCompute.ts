// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { LiveReply, Recorder } from "./recorder.ts";

/** Names of what the recording uses in the cloud. */
export interface RecordNames {
  readonly image: string;
  readonly flavor: string;
  readonly network: string;
}

/** Their ids, and the member of a create's body for them. */
export interface Basis {
  readonly imageRef: string;
  readonly flavorRef: string;
  readonly networkId: string;
}

const serverSchema = z.object({ server: z.looseObject({ id: z.string(), status: z.string().optional() }) });
const portSchema = z.object({ port: z.object({ id: z.string() }) });

export const serverId = (reply: LiveReply): string => serverSchema.parse(reply.body).server.id;
export const portId = (reply: LiveReply): string => portSchema.parse(reply.body).port.id;

/** Finds the ids, recording nothing. */
export async function findBasis(to: Recorder, names: RecordNames): Promise<Basis> {
  const listed = z.record(z.string(), z.unknown());
  const items = z.array(z.object({ id: z.string(), name: z.string() }));
  const find = async (service: "compute" | "image" | "network", path: string, key: string, name: string) => {
    const { body } = await to.ask({ service, method: "GET", path });
    const found = items.parse(listed.parse(body)[key]).find((each) => each.name === name);
    if (found === undefined) throw new Error(`no ${name} in ${path}`);
    return found.id;
  };
  return {
    imageRef: await find("image", "/images", "images", names.image),
    flavorRef: await find("compute", "/flavors", "flavors", names.flavor),
    networkId: await find("network", "/networks", "networks", names.network),
  };
}

/** Waits until a server has left a status; returns the last reply (404 when it is gone). */
export async function untilNot(to: Recorder, id: string, status: string, task?: boolean): Promise<LiveReply> {
  for (;;) {
    const reply = await to.ask({ service: "compute", method: "GET", path: `/servers/${id}` });
    if (reply.status !== 200) return reply;
    const server = serverSchema.parse(reply.body).server;
    const busy = task === true && server["OS-EXT-STS:task_state"] !== null;
    if (server.status !== status && !busy) return reply;
    await to.pause(300);
  }
}

/** Waits until a server is gone. */
export async function untilGone(to: Recorder, id: string): Promise<void> {
  while ((await to.ask({ service: "compute", method: "GET", path: `/servers/${id}` })).status !== 404)
    await to.pause(300);
}

/** The catalogue of what a cloud offers, and one server's life. */
export async function recordCompute(to: Recorder, names: RecordNames): Promise<void> {
  const basis = await findBasis(to, names);
  await recordOffers(to, names, basis);
  await recordLife(to, basis);
}

async function recordOffers(to: Recorder, names: RecordNames, basis: Basis): Promise<void> {
  const get = (topic: string, name: string, service: "compute" | "image" | "network" | "placement", path: string) =>
    to.send(topic, name, { service, method: "GET", path });
  await get("offers", "compute-version", "compute", "/");
  await get("offers", "flavors", "compute", "/flavors/detail?limit=200");
  await get("offers", "flavors-page", "compute", "/flavors/detail?limit=1");
  await get("offers", "flavor", "compute", `/flavors/${basis.flavorRef}`);
  await get("offers", "flavor-unknown", "compute", "/flavors/nosuch");
  await get("offers", "images", "image", `/images?name=${names.image}&status=active&sort=created_at:desc&limit=5`);
  await get("offers", "images-none", "image", "/images?name=nosuch&status=active&sort=created_at:desc&limit=5");
  await get("offers", "networks", "network", `/networks?name=${names.network}`);
  await get("offers", "networks-none", "network", "/networks?name=nosuch");
  await get("offers", "limits", "compute", "/limits");
  const project = /[0-9a-f]{32}/.exec(
    JSON.stringify((await to.ask({ service: "network", method: "GET", path: `/networks/${basis.networkId}` })).body),
  );
  await get("offers", "quota-detail", "compute", `/os-quota-sets/${project?.[0]}/detail`);
  await get(
    "offers",
    "placement-member",
    "placement",
    "/allocation_candidates?resources=VCPU:1,MEMORY_MB:128,DISK_GB:1",
  );
  await get("offers", "hypervisors-member", "compute", "/os-hypervisors/detail");
  await get("offers", "agents-member", "network", "/agents");
  await get("offers", "keypair-unknown", "compute", "/os-keypairs/nosuch");
}

interface Life {
  readonly to: Recorder;
  readonly run: string;
  readonly basis: Basis;
  readonly get: (name: string, path: string) => Promise<LiveReply>;
  readonly act: (name: string, id: string, body: unknown) => Promise<LiveReply>;
}

async function recordLife(to: Recorder, basis: Basis): Promise<void> {
  const life: Life = {
    to,
    basis,
    run: `xov-record-${Date.now().toString(36)}`,
    get: (name, path) => to.send("server", name, { service: "compute", method: "GET", path }),
    act: (name, id, body) =>
      to.send("server", name, { service: "compute", method: "POST", path: `/servers/${id}/action`, body }),
  };
  const port = await recordPort(life);
  const id = await recordCreate(life, port);
  await recordLists(life, id);
  await recordActions(life, id);
  await recordPages(to, basis, life.run);
  await recordDelete(life, id, port);
}

async function recordPort({ to, run, basis }: Life): Promise<string> {
  const mac = "0a:00:00:00:be:ef";
  const port = { name: `${run}.1`, network_id: basis.networkId, description: "xov record", mac_address: mac };
  const create = { service: "network", method: "POST", path: "/ports", body: { port } } as const;
  const made = await to.send("ports", "create", create);
  await to.send("ports", "create-mac-in-use", create);
  await to.send("ports", "unknown-network", {
    ...create,
    body: { port: { name: "x", network_id: "00000000-0000-4000-8000-00000000ffff" } },
  });
  await to.send("ports", "by-name", { service: "network", method: "GET", path: `/ports?name=${run}.1` });
  await to.send("ports", "by-description", {
    service: "network",
    method: "GET",
    path: "/ports?description=xov+record",
  });
  return portId(made);
}

async function recordCreate({ to, run, basis, get, act }: Life, port: string): Promise<string> {
  const server = {
    name: `${run}.1`,
    imageRef: basis.imageRef,
    flavorRef: basis.flavorRef,
    networks: [{ port }],
    tags: ["xov-record", "xov:record:1"],
    metadata: { "xov:lease": "1", run: "a" },
    config_drive: true,
    user_data: Buffer.from("#!/bin/sh\necho hello\n").toString("base64"),
  };
  const create = { service: "compute", method: "POST", path: "/servers", body: { server } } as const;
  const id = serverId(await to.send("server", "create", create));
  await get("building", `/servers/${id}`);
  await act("console-building", id, { "os-getConsoleOutput": { length: 50 } });
  await untilNot(to, id, "BUILD");
  await get("active", `/servers/${id}`);
  await to.send("ports", "bound", { service: "network", method: "GET", path: `/ports?name=${run}.1` });
  await to.send("server", "create-port-in-use", create);
  return id;
}

async function recordLists({ run, get }: Life, id: string): Promise<void> {
  await get("list-by-tag", "/servers/detail?tags=xov-record&sort_key=created_at&sort_dir=asc&limit=200");
  await get("list-by-two-tags", "/servers/detail?tags=xov-record,xov:record:1");
  await get("list-by-unknown-tag", "/servers/detail?tags=nosuch");
  await get("list-by-name-regex", `/servers/detail?name=^${run}[.]1$`);
  await get("list-by-name-part", "/servers?name=xov-rec.rd");
  await get("list-by-metadata-ignored", `/servers?metadata=${encodeURIComponent('{"xov:lease":"nosuch"}')}`);
  await get("tags", `/servers/${id}/tags`);
}

async function recordActions({ to, basis, get, act }: Life, id: string): Promise<void> {
  await act("console", id, { "os-getConsoleOutput": { length: 50 } });
  await act("start-active", id, { "os-start": null });
  await act("unknown-action", id, { "os-nosuch": null });
  await act("stop", id, { "os-stop": null });
  await get("stopping", `/servers/${id}`);
  await untilNot(to, id, "ACTIVE", true);
  await get("shutoff", `/servers/${id}`);
  await act("stop-shutoff", id, { "os-stop": null });
  await act("start", id, { "os-start": null });
  await untilNot(to, id, "SHUTOFF", true);
  const userData = Buffer.from("#!/bin/sh\necho again\n").toString("base64");
  await act("rebuild", id, { rebuild: { imageRef: basis.imageRef, user_data: userData } });
  await untilNot(to, id, "REBUILD", true);
  await act("reboot-hard", id, { reboot: { type: "HARD" } });
  await get("rebooting-hard", `/servers/${id}`);
  await untilNot(to, id, "HARD_REBOOT", true);
}

async function recordDelete({ to, run, get, act }: Life, id: string, port: string): Promise<void> {
  await to.send("server", "delete", { service: "compute", method: "DELETE", path: `/servers/${id}` });
  await get("deleting", `/servers/${id}`);
  await untilGone(to, id);
  await get("gone", `/servers/${id}`);
  await to.send("server", "delete-gone", { service: "compute", method: "DELETE", path: `/servers/${id}` });
  await act("stop-gone", id, { "os-stop": null });
  await to.send("ports", "outlives-its-server", { service: "network", method: "GET", path: `/ports?name=${run}.1` });
  await to.send("ports", "delete", { service: "network", method: "DELETE", path: `/ports/${port}` });
  await to.send("ports", "delete-gone", { service: "network", method: "DELETE", path: `/ports/${port}` });
}

/** Nova has no idempotency key: the same request twice makes two; and three servers in pages of one. */
async function recordPages(to: Recorder, basis: Basis, run: string): Promise<void> {
  const { networkId, imageRef, flavorRef } = basis;
  const server = { name: `${run}.twice`, imageRef, flavorRef, networks: [{ uuid: networkId }], tags: ["xov-record"] };
  const request = { service: "compute", method: "POST", path: "/servers", body: { server } } as const;
  const ids = [
    serverId(await to.send("pages", "duplicate-1", request)),
    serverId(await to.send("pages", "duplicate-2", request)),
  ];
  for (const id of ids) await untilNot(to, id, "BUILD");
  const page = (name: string, query: string) =>
    to.send("pages", name, {
      service: "compute",
      method: "GET",
      path: `/servers?tags=xov-record&sort_key=created_at&sort_dir=asc&${query}`,
    });
  const first = await page("page-1", "limit=2");
  const last = z
    .object({ servers: z.array(z.object({ id: z.string() })) })
    .parse(first.body)
    .servers.at(-1)?.id;
  await page("page-2", `limit=2&marker=${last}`);
  await page("unknown-marker", "limit=2&marker=00000000-0000-4000-8000-00000000ffff");
  for (const id of ids) await to.ask({ service: "compute", method: "DELETE", path: `/servers/${id}` });
  for (const id of ids) await untilGone(to, id);
  await page("marker-gone", `limit=2&marker=${ids[0]}`);
}
