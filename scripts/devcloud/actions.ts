// SPDX-License-Identifier: Apache-2.0
import { createHash, randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import { z } from "zod";
import { invalidInput, rebuildSchema } from "./createRequest.ts";
import { namedUuid } from "./ids.ts";
import { plan } from "./lifecycle.ts";
import { computeFault } from "./replies.ts";
import { fullView } from "./serverView.ts";
import type { Cloud, ServerRecord, VmState } from "./types.ts";

const consoleSchema = z.object({ length: z.union([z.number(), z.string(), z.null()]).optional() }).nullable();
const rebootSchema = z.object({ type: z.enum(["SOFT", "HARD", "soft", "hard"]) });

/** POST /servers/{id}/action. */
export function act(cloud: Cloud, server: ServerRecord, req: Request, res: Response) {
  const body: unknown = req.body;
  const [name, argument] = Object.entries(typeof body === "object" && body !== null ? body : {})[0] ?? ["", undefined];
  switch (name) {
    case "os-start":
      return change(cloud, server, res, { word: "start", from: ["stopped"], task: "powering-on", kind: "started" });
    case "os-stop":
      return change(cloud, server, res, { word: "stop", from: ["active"], task: "powering-off", kind: "stopped" });
    case "reboot": {
      const parsed = rebootSchema.safeParse(argument);
      if (!parsed.success) return computeFault(res, 400, invalidInput(argument, parsed.error));
      if (parsed.data.type.toUpperCase() === "HARD") return rebootHard(cloud, server, res);
      return change(cloud, server, res, { word: "reboot", from: ["active"], task: "rebooting", kind: "started" });
    }
    case "os-getConsoleOutput":
      return showConsole(server, argument, res);
    case "rebuild":
      return rebuild(cloud, server, argument, res);
    default:
      return computeFault(res, 400, `There is no such action: ${name}`);
  }
}

interface Change {
  readonly word: string;
  readonly from: readonly VmState[];
  readonly task: string;
  readonly kind: "started" | "stopped";
}

function change(cloud: Cloud, server: ServerRecord, res: Response, to: Change) {
  if (!allowed(server, to.word, to.from, res)) return;
  const { latency } = cloud.options;
  plan(cloud, server, to.task, [[to.kind, to.kind === "started" ? latency.start : latency.stop]]);
  cloud.save();
  res.status(202).type("json").end();
}

/** Allowed out of any state in which it has run, ERROR included, as Nova's ALLOW_HARD_REBOOT has it; the state stays until it is done. */
function rebootHard(cloud: Cloud, server: ServerRecord, res: Response) {
  if (server.launched === null && server.host !== null) {
    return computeFault(res, 409, `Instance ${server.id} is in an invalid state for 'reboot'`);
  }
  change(cloud, server, res, {
    word: "reboot",
    from: ["active", "stopped", "error"],
    task: "rebooting_hard",
    kind: "started",
  });
}

function allowed(server: ServerRecord, word: string, from: readonly VmState[], res: Response): boolean {
  const refuse = (why: string) => computeFault(res, 409, why);
  if (server.host === null) refuse(`Instance ${server.id} is not ready`);
  else if (!from.includes(server.vmState)) {
    refuse(`Cannot '${word}' instance ${server.id} while it is in vm_state ${server.vmState}`);
  } else if (server.task !== null && server.task !== "powering-off") {
    refuse(`Cannot '${word}' instance ${server.id} while it is in task_state ${server.task}`);
  } else return true;
  return false;
}

function rebuild(cloud: Cloud, server: ServerRecord, argument: unknown, res: Response) {
  const parsed = rebuildSchema.safeParse(argument);
  if (!parsed.success) return computeFault(res, 400, invalidInput(argument, parsed.error));
  if (!allowed(server, "rebuild", ["active", "stopped", "error"], res)) return;
  const wanted = parsed.data;
  const image = cloud.options.images.find((each) => namedUuid("image", each.name) === wanted.imageRef);
  if (image === undefined) return computeFault(res, 400, "Can not find requested image");
  server.imageId = wanted.imageRef;
  server.userData = wanted.user_data ?? server.userData;
  server.name = wanted.name ?? server.name;
  server.metadata = wanted.metadata ?? server.metadata;
  plan(cloud, server, "rebuilding", [["rebuilt", cloud.options.latency.build]]);
  cloud.save();
  const view = { ...fullView(cloud, server, true), adminPass: "unused", user_data: server.userData };
  res.status(202).set("location", `${cloud.url}/compute/v2.1/servers/${server.id}`).json({ server: view });
}

function showConsole(server: ServerRecord, argument: unknown, res: Response) {
  const parsed = consoleSchema.safeParse(argument);
  if (!parsed.success) return computeFault(res, 400, invalidInput(argument, parsed.error));
  if (server.host === null || server.launched === null) {
    return computeFault(res, 409, `Instance ${server.id} is not ready`);
  }
  const lines = consoleOf(server);
  const length = Number(parsed.data?.length ?? lines.length);
  res.json({ output: lines.slice(-length).join("\n") });
}

const remoteConsoleSchema = z.object({
  remote_console: z.strictObject({
    protocol: z.enum(["vnc", "spice", "serial", "mks"]),
    type: z.enum(["novnc", "xvpvnc", "rdp-html5", "spice-html5", "serial", "webmks"]),
  }),
});

/** POST /servers/{id}/remote-consoles: a new token with each call. */
export function showRemoteConsole(cloud: Cloud, server: ServerRecord, req: Request, res: Response) {
  const parsed = remoteConsoleSchema.safeParse(req.body);
  if (!parsed.success) return computeFault(res, 400, invalidInput(req.body, parsed.error));
  const wanted = parsed.data.remote_console;
  if (server.host === null || server.launched === null) {
    return computeFault(res, 409, `Instance ${server.id} is not ready`);
  }
  if (!cloud.options.graphicalConsole || wanted.type !== "novnc") {
    return computeFault(res, 400, `Unavailable console type ${wanted.type}.`);
  }
  const url = `${cloud.url}/vnc_auto.html?path=%3Ftoken%3D${randomUUID()}`;
  res.json({ remote_console: { ...wanted, url } });
}

/** What a Debian guest with cloud-init says, its SSH host key among it: the same for a server as long as it lives. */
function consoleOf(server: ServerRecord): string[] {
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const blob = Buffer.concat([
    field(Buffer.from("ssh-ed25519")),
    field(createHash("sha256").update(`${server.id}/${server.imageId}/${server.userData}`).digest()),
  ]);
  const print = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  const owner = `root@${server.hostname}`;
  return [
    "[    0.000000] Linux version 6.1.0-devcloud (development cloud, no guest runs)",
    "ci-info: no authorized SSH keys fingerprints found for user debian.",
    "<14>cloud-init: #############################################################",
    "<14>cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----",
    `<14>cloud-init: 256 SHA256:${print} ${owner} (ED25519)`,
    "<14>cloud-init: -----END SSH HOST KEY FINGERPRINTS-----",
    "<14>cloud-init: #############################################################",
    "-----BEGIN SSH HOST KEY KEYS-----",
    `ssh-ed25519 ${blob.toString("base64")} ${owner}`,
    "-----END SSH HOST KEY KEYS-----",
    `Cloud-init finished. Datasource DataSourceConfigDrive [net,ver=2]. ${server.hostname} login:`,
  ];
}
