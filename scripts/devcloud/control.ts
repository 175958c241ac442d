// SPDX-License-Identifier: Apache-2.0
import { type RequestHandler, Router } from "express";
import { z } from "zod";
import type { Fault, Faults, SeenCall } from "./faults.ts";
import { settle } from "./lifecycle.ts";
import { type PlacedServer, placeServer } from "./placeServer.ts";
import { statusOf } from "./serverView.ts";
import type { Cloud, FloatingIpRecord, HostConfig, PortRecord, Quotas, SecurityGroupRecord } from "./types.ts";

/** A server as the control shows it: with what no client of the API may read. */
export interface ControlServer {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly task: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** As given, in base64. */
  readonly userData: string;
  readonly host: string | null;
}

/** What a test or a developer may do behind the API's back. */
export interface Control {
  /** Something that happens to the next requests that match. */
  fault(fault: Fault): void;
  /** Forgets all faults and counted calls. */
  clear(): void;
  /** The requests so far that match: by method, by a regular expression on the path. */
  calls(method?: string, path?: string): SeenCall[];
  servers(): ControlServer[];
  ports(): PortRecord[];
  /** Puts running servers there, each with a port of its name, as if they had been made long ago. */
  place(servers: readonly PlacedServer[]): void;
  floatingIps(): FloatingIpRecord[];
  securityGroups(): SecurityGroupRecord[];
  /** Removes a server at once, as if its operator did. Its ports stay unbound. @returns whether it was there */
  vanish(serverId: string): boolean;
  /** Changes a server's state at once, as if it happened in the guest or by the operator's hand. @returns whether it was there */
  force(serverId: string, state: "active" | "stopped" | "error"): boolean;
  setQuotas(quotas: Partial<Quotas>): void;
  setHosts(hosts: readonly HostConfig[]): void;
  /** All tokens lose their validity; the credential keeps its own. */
  revokeTokens(): void;
}

export function createControl(cloud: Cloud, faults: Faults): Control {
  const find = (id: string) => {
    settle(cloud);
    return cloud.state.servers[id];
  };
  return {
    fault: faults.add,
    clear: faults.clear,
    calls: faults.calls,
    servers() {
      settle(cloud);
      return Object.values(cloud.state.servers).map((server) => ({
        id: server.id,
        name: server.name,
        status: statusOf(server),
        task: server.task,
        tags: server.tags,
        metadata: server.metadata,
        userData: server.userData,
        host: server.host,
      }));
    },
    ports() {
      settle(cloud);
      return Object.values(cloud.state.ports);
    },
    place(servers) {
      for (const server of servers) placeServer(cloud, server);
      cloud.save();
    },
    floatingIps: () => Object.values(cloud.state.floatingIps),
    securityGroups: () => Object.values(cloud.state.securityGroups),
    vanish(id) {
      const server = find(id);
      if (server === undefined) return false;
      server.steps = [{ kind: "deleted", at: cloud.now() }];
      cloud.indexes.pending.add(server);
      settle(cloud);
      cloud.save();
      return true;
    },
    force(id, state) {
      const server = find(id);
      if (server === undefined) return false;
      server.vmState = state;
      server.task = null;
      server.steps = [];
      server.fault = state === "error" ? { code: 500, message: "Forced", created: cloud.now() } : null;
      cloud.save();
      return true;
    },
    setQuotas(quotas) {
      cloud.quotas = { ...cloud.quotas, ...quotas };
    },
    setHosts(hosts) {
      cloud.hosts = hosts;
    },
    revokeTokens: () => cloud.tokens.clear(),
  };
}

const faultSchema = z.object({
  method: z.string().exactOptional(),
  path: z.string(),
  times: z.number().int().positive().exactOptional(),
  effect: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("status"),
      status: z.number().int().min(200).max(599),
      body: z.unknown().exactOptional(),
      headers: z.record(z.string(), z.string()).exactOptional(),
    }),
    z.object({ kind: z.enum(["delay", "hang"]), ms: z.number().nonnegative() }),
    z.object({ kind: z.enum(["loseReply", "loseRequest"]) }),
  ]),
});
const amount = z.number().int();
const quotasSchema = z.object({
  instances: amount.exactOptional(),
  cores: amount.exactOptional(),
  ram: amount.exactOptional(),
  ports: amount.exactOptional(),
  floatingIps: amount.exactOptional(),
});
const hostsSchema = z.array(z.object({ name: z.string(), vcpus: amount, ram: amount, disk: amount }));
const forceSchema = z.object({ state: z.enum(["active", "stopped", "error"]) });

/** The same over HTTP, below /_control, for a caller on the same machine. */
export function controlRoutes(control: Control): Router {
  const router = Router();
  const put = <T>(schema: z.ZodType<T>, apply: (value: T) => void): RequestHandler => {
    return (req, res) => {
      const parsed = schema.safeParse(req.body);
      if (!parsed.success) return void res.status(400).json({ error: z.prettifyError(parsed.error) });
      apply(parsed.data);
      res.status(204).end();
    };
  };
  router.use((req, res, next) => {
    if (/^(::1|127\.|::ffff:127\.)/.test(req.socket.remoteAddress ?? "")) return next();
    res.status(403).json({ error: "The control is for callers on this machine" });
  });
  router.post("/faults", put(faultSchema, control.fault));
  router.delete("/faults", (_req, res) => {
    control.clear();
    res.status(204).end();
  });
  router.get("/calls", (req, res) => {
    const text = (value: unknown) => (typeof value === "string" ? value : undefined);
    res.json(control.calls(text(req.query.method), text(req.query.path)));
  });
  router.get("/servers", (_req, res) => void res.json(control.servers()));
  router.get("/ports", (_req, res) => void res.json(control.ports()));
  router.delete("/servers/:id", (req, res) => {
    res.status(control.vanish(req.params.id) ? 204 : 404).end();
  });
  router.put("/servers/:id/state", (req, res) => {
    const parsed = forceSchema.safeParse(req.body);
    if (!parsed.success) res.status(400).json({ error: z.prettifyError(parsed.error) });
    else res.status(control.force(req.params.id, parsed.data.state) ? 204 : 404).end();
  });
  router.put("/quotas", put(quotasSchema, control.setQuotas));
  router.put("/hosts", put(hostsSchema, control.setHosts));
  router.post("/revoke", (_req, res) => {
    control.revokeTokens();
    res.status(204).end();
  });
  return router;
}
