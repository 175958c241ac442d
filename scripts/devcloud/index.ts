// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import express, { type ErrorRequestHandler, type Express, type Response } from "express";
import type { Credential } from "../../va/openstack/credential.ts";
import { computeRoutes } from "./compute.ts";
import { type Control, controlRoutes, createControl } from "./control.ts";
import { createFaults, type Faults } from "./faults.ts";
import { identityRoutes, requireToken } from "./identity.ts";
import { imageRoutes } from "./image.ts";
import { settle } from "./lifecycle.ts";
import { networkRoutes } from "./network.ts";
import { placementRoutes } from "./placement.ts";
import { bareError, computeFault } from "./replies.ts";
import { createCloud } from "./state.ts";
import type { Cloud, DevCloudOptions } from "./types.ts";

export type * from "./types.ts";

/** A development cloud that listens. */
export interface DevCloud {
  /** "http://127.0.0.1:<port>". */
  readonly url: string;
  /** What the client logs in with. */
  readonly credential: Credential;
  readonly control: Control;
  /** Breaks open connections and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts a cloud that speaks the OpenStack API as far as the appliance uses it, in memory: no guest runs. Where the real
 * one is awkward it is as well; both pass the same tests (test/va/openstack).
 * @throws Error if the port is taken or the state file is not one
 */
export async function createDevCloud(options: DevCloudOptions): Promise<DevCloud> {
  const cloud = createCloud(options);
  const stop = new AbortController();
  const faults = createFaults(cloud.options.clock, stop.signal);
  const control = createControl(cloud, faults);
  const host = options.host ?? "127.0.0.1";
  const server = createHttpServer(createApp(cloud, faults, control, stop.signal));
  server.listen(options.port, host);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  cloud.url = `http://${host}:${port}`;
  cloud.save();
  return {
    url: cloud.url,
    credential: cloud.credential(),
    control,
    async close() {
      stop.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function createApp(cloud: Cloud, faults: Faults, control: Control, signal: AbortSignal): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(express.json({ limit: "1mb" }));
  app.use("/_control", controlRoutes(control));
  app.use((_req, res, next) => {
    res.set("x-openstack-request-id", `req-${randomUUID()}`);
    settle(cloud);
    next();
  });
  app.use(faults.handler);
  const { request } = cloud.options.latency;
  if (request > 0)
    app.use((_req, _res, next) => void cloud.options.clock.sleep(request, signal).then(() => next(), next));
  app.use("/identity/v3", identityRoutes(cloud));
  app.use("/compute/v2.1", requireToken(cloud), computeRoutes(cloud));
  app.use("/network/v2.0", requireToken(cloud), networkRoutes(cloud));
  app.use("/image/v2", requireToken(cloud, glanceUnauthorized), imageRoutes(cloud));
  app.use("/placement", requireToken(cloud), placementRoutes(cloud));
  app.use((_req, res) => bareError(res, 404, "Not Found", "The resource could not be found."));
  app.use(failed);
  return app;
}

/** Glance has its own words for 401, and no request id. */
function glanceUnauthorized(res: Response): void {
  res.removeHeader("x-openstack-request-id");
  bareError(res, 401, "Unauthorized", "This server could not verify that you are authorized to access the document.");
}

const failed: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error);
  const status = typeof error?.status === "number" ? error.status : 500;
  computeFault(res, status, status < 500 ? "Malformed request body" : "Unexpected API Error.");
};
