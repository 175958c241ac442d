// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { findBasis, portId, type RecordNames, serverId, untilGone, untilNot } from "./recordCompute.ts";
import type { Recorder } from "./recorder.ts";

const UNKNOWN = "00000000-0000-4000-8000-00000000ffff";

/** What a cloud refuses, at once or after it has accepted. */
export async function recordRefusals(to: Recorder, names: RecordNames): Promise<void> {
  const { imageRef, flavorRef, networkId } = await findBasis(to, names);
  const server = { name: "xov-record.bad", imageRef, flavorRef, networks: [{ uuid: networkId }] };
  const create = (name: string, more: Record<string, unknown>, microversion = "2.90") =>
    to.send("refusals", name, {
      service: "compute",
      method: "POST",
      path: "/servers",
      microversion,
      body: { server: { ...server, ...more } },
    });
  const get = (name: string, path: string, microversion = "2.90") =>
    to.send("refusals", name, { service: "compute", method: "GET", path, microversion });
  await get("microversion-unknown", "/servers", "2.999");
  await get("microversion-malformed", "/servers", "banana");
  await get("server-unknown", `/servers/${UNKNOWN}`);
  await get("path-unknown", "/nosuch");
  await to.send("refusals", "body-bad", {
    service: "compute",
    method: "POST",
    path: "/servers",
    body: { server: { name: "x" } },
  });
  await create("image-unknown", { imageRef: UNKNOWN });
  await create("flavor-unknown", { flavorRef: "nosuch" });
  await create("network-unknown", { networks: [{ uuid: UNKNOWN }] });
  await create("port-unknown", { networks: [{ port: UNKNOWN }] });
  await create("key-unknown", { key_name: "nosuch" });
  await create("tag-too-long", { tags: ["t".repeat(61)] });
  await create("tag-with-slash", { tags: ["a/b"] });
  await create("tag-with-comma", { tags: ["a,b"] });
  await create("tags-too-many", { tags: Array.from({ length: 51 }, (_, index) => `t${index}`) });
  await create("tags-before-2.52", { tags: ["a"] }, "2.51");
  await create("metadata-too-long", { metadata: { a: "v".repeat(256) } });
  await create("metadata-key-bad", { metadata: { "a/b": "v" } });
  await create("user-data-no-base64", { user_data: "not base64!" });
  await create("name-too-long", { name: "n".repeat(256) });
  await create("over-quota", { min_count: 5000, networks: "none" });
  await create("over-quota-ports", { min_count: 5000 });
  await recordLateRefusals(to, { imageRef, flavorRef, networkId });
}

/** Accepted with 202, and ERROR only then. */
async function recordLateRefusals(
  to: Recorder,
  basis: { imageRef: string; flavorRef: string; networkId: string },
): Promise<void> {
  const { networkId, ...refs } = basis;
  // More anti-affine servers than hosts: no host is left for the last, whatever the size of the cloud's hosts.
  const group = await to.ask({
    service: "compute",
    method: "POST",
    path: "/os-server-groups",
    body: { server_group: { name: "xov-record", policy: "anti-affinity" } },
  });
  const groupId = z.object({ server_group: z.object({ id: z.string() }) }).parse(group.body).server_group.id;
  const body = {
    server: { name: "xov-record.noroom", ...refs, networks: [{ uuid: networkId }] },
    "os:scheduler_hints": { group: groupId },
  };
  const ids: string[] = [];
  for (let tries = 0; tries < 10; tries++) {
    const reply = await to.ask({ service: "compute", method: "POST", path: "/servers", body });
    const id = serverId(reply);
    ids.push(id);
    const built = await untilNot(to, id, "BUILD");
    if (!JSON.stringify(built.body).includes("No valid host")) continue;
    await to.send("refusals", "no-valid-host", { service: "compute", method: "GET", path: `/servers/${id}` });
    await to.send("refusals", "no-valid-host-listed", {
      service: "compute",
      method: "GET",
      path: "/servers/detail?name=noroom&status=ERROR",
    });
    await to.send("refusals", "start-error", {
      service: "compute",
      method: "POST",
      path: `/servers/${id}/action`,
      body: { "os-start": null },
    });
    await to.send("refusals", "reboot-error", {
      service: "compute",
      method: "POST",
      path: `/servers/${id}/action`,
      body: { reboot: { type: "HARD" } },
    });
    await to.send("refusals", "console-error", {
      service: "compute",
      method: "POST",
      path: `/servers/${id}/action`,
      body: { "os-getConsoleOutput": { length: 50 } },
    });
    break;
  }
  ids.push(...(await recordTwoOnOnePort(to, basis)));
  for (const id of ids) await to.ask({ service: "compute", method: "DELETE", path: `/servers/${id}` });
  for (const id of ids) await untilGone(to, id);
  await to.ask({ service: "compute", method: "DELETE", path: `/os-server-groups/${groupId}` });
}

/** Two creates on one port at once: both accepted, one fails, and the port is no longer bound to the other. */
async function recordTwoOnOnePort(
  to: Recorder,
  basis: { imageRef: string; flavorRef: string; networkId: string },
): Promise<string[]> {
  const { networkId, ...refs } = basis;
  const port = { name: "xov-record.race", network_id: networkId };
  const made = await to.ask({ service: "network", method: "POST", path: "/ports", body: { port } });
  const pid = portId(made);
  const body = { server: { name: "xov-record.race", ...refs, networks: [{ port: pid }] } };
  const replies = await Promise.all(
    [1, 2].map((n) => to.send("refusals", `race-${n}`, { service: "compute", method: "POST", path: "/servers", body })),
  );
  const ids = replies.map(serverId);
  for (const id of ids) await untilNot(to, id, "BUILD");
  for (const [index, id] of ids.entries()) {
    await to.send("refusals", `race-${index + 1}-after`, { service: "compute", method: "GET", path: `/servers/${id}` });
  }
  await to.send("refusals", "race-port-after", { service: "network", method: "GET", path: `/ports/${pid}` });
  await to.ask({ service: "network", method: "DELETE", path: `/ports/${pid}` });
  return ids;
}
