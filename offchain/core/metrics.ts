// SPDX-License-Identifier: Apache-2.0
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

export interface MetricsServerParameters {
  readonly registry: Registry;
  /** 0: the system chooses. */
  readonly port: number;
  /** Default 127.0.0.1: whoever scrapes from elsewhere decides to let it in. */
  readonly host?: string;
  /** Why the daemon does not do its work now; empty when it does. */
  readonly troubles: () => readonly string[];
}

/**
 * Serves `GET /metrics` (Prometheus text format), `/health/live` (200 while the process answers) and `/health/ready` (200 or 503
 * with the reasons).
 * @returns where it is, and what ends it
 */
export async function serveMetrics(
  parameters: MetricsServerParameters,
): Promise<{ url: string; close(): Promise<void> }> {
  const { registry, port, host = "127.0.0.1", troubles } = parameters;
  const server = createServer((request, response) => {
    if (request.method !== "GET") return void answer(response, 405, { title: "only GET" });
    switch (request.url) {
      case "/metrics":
        return void registry.metrics().then(
          (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
          () => answer(response, 500, { title: "the metrics cannot be read" }),
        );
      case "/health/live":
        return void answer(response, 200, { ok: true });
      case "/health/ready": {
        const reasons = troubles();
        return void answer(response, reasons.length === 0 ? 200 : 503, { ok: reasons.length === 0, reasons });
      }
      default:
        return void answer(response, 404, { title: "there is /metrics, /health/live and /health/ready" });
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}
