// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { Credential } from "../../va/openstack/index.ts";

/** Stands between an appliance and a cloud: passes everything on, and notes when it saw what. Times are of `performance.now()`. */
export interface Tap {
  /** For the appliance. */
  readonly credential: Credential;
  /** When the request for a lease's server came, by lease; the first one. */
  readonly askedAt: ReadonlyMap<string, number>;
  /** When the cloud first showed it in the status ACTIVE. */
  readonly activeAt: ReadonlyMap<string, number>;
  /** Requests so far. */
  readonly requests: () => number;
  close(): Promise<void>;
}

const metadata = z.object({ xov_lease: z.string().optional() });
const createSchema = z.object({ server: z.object({ metadata }) });
const listSchema = z.object({ servers: z.array(z.object({ status: z.string(), metadata })) });
const tokenSchema = z.object({
  token: z.looseObject({
    catalog: z.array(z.looseObject({ type: z.string(), endpoints: z.array(z.looseObject({ url: z.string() })) })),
  }),
});
/** Of the connection, not of the message; and those that the body does not fit any more. */
const HOP = new Set(["connection", "keep-alive", "host", "content-length", "transfer-encoding", "content-encoding"]);

/** Opens one on a port of the loopback interface. Only Keystone and Nova are spoken to through it. */
export async function tapCloud(credential: Credential): Promise<Tap> {
  const askedAt = new Map<string, number>();
  const activeAt = new Map<string, number>();
  const targets = new Map([["identity", credential.auth_url.replace(/\/v3\/?$/, "")]]);
  let requests = 0;
  let own = "";

  const handle = async (request: IncomingMessage) => {
    requests++;
    const [, service = "", path = ""] = /^\/(\w+)(.*)$/.exec(request.url ?? "") ?? [];
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (service === "compute" && request.method === "POST" && path === "/servers") {
      first(askedAt, createSchema.parse(JSON.parse(body.toString())).server.metadata.xov_lease);
    }
    const reply = await fetch(`${targets.get(service)}${path}`, {
      method: request.method ?? "GET",
      headers: Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
        HOP.has(name) || typeof value !== "string" ? [] : [[name, value]],
      ),
      ...(body.length === 0 ? {} : { body }),
    });
    const text = await reply.text();
    if (service === "identity" && reply.status === 201) return { reply, text: redirected(text) };
    if (service === "compute" && path.startsWith("/servers/detail") && reply.status === 200) {
      for (const server of listSchema.parse(JSON.parse(text)).servers) {
        if (server.status === "ACTIVE") first(activeAt, server.metadata.xov_lease);
      }
    }
    return { reply, text };
  };

  /** The catalogue leads the appliance here for Nova as well. */
  const redirected = (text: string) => {
    const { token } = tokenSchema.parse(JSON.parse(text));
    for (const endpoint of token.catalog.find(({ type }) => type === "compute")?.endpoints ?? []) {
      targets.set("compute", endpoint.url);
      endpoint.url = `${own}/compute`;
    }
    return JSON.stringify({ token });
  };

  const server = createServer((request, response) => {
    handle(request).then(
      ({ reply, text }) => {
        const headers = [...reply.headers].filter(([name]) => !HOP.has(name));
        response.writeHead(reply.status, headers.flat()).end(text);
      },
      // The cloud gave no answer: neither does this.
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    credential: { ...credential, auth_url: `${own}/identity` },
    askedAt,
    activeAt,
    requests: () => requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function first(times: Map<string, number>, lease: string | undefined): void {
  if (lease !== undefined && !times.has(lease)) times.set(lease, performance.now());
}
