// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../offchain/core/clock.ts";

/** What befalls a request. */
const FATES = ["lostRequest", "lostReply", "late", "doubled"] as const;
type Fate = (typeof FATES)[number];

export interface UnreliableParameters {
  /** Origin of the server, "http://127.0.0.1:<port>". */
  readonly target: string;
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  /** Of each kind of fault, from 0, for one that only counts, to 1/4. */
  readonly share: number;
  /** A late reply waits up to so long, milliseconds; longer than its reader does. */
  readonly latestMs: number;
}

/** A server that now and then loses a request, loses a reply, replies late, or gets a request twice. */
export interface Unreliable {
  readonly url: string;
  /** How many requests met what. */
  readonly met: ReadonlyMap<Fate | "nothing", number>;
  /** Requests so far; of those that JSON-RPC sends in one, each. */
  calls(): number;
  close(): Promise<void>;
}

/** Of the connection, not of the message; and those that the body does not fit any more. */
const HOP = new Set(["connection", "keep-alive", "host", "content-length", "transfer-encoding", "content-encoding"]);

/** The first byte of a JSON array. */
const LIST = "[".charCodeAt(0);

/** Opens one on the loopback interface. Where a reply names the target's origin, it says its own instead, as a catalogue has to. */
export async function openUnreliable(parameters: UnreliableParameters): Promise<Unreliable> {
  const { target, clock, random, share, latestMs } = parameters;
  const met = new Map<Fate | "nothing", number>();
  const stopped = new AbortController();
  let calls = 0;
  let url = "";

  const draw = (): Fate | undefined => {
    const fate = FATES[Math.floor(random() / share)];
    met.set(fate ?? "nothing", (met.get(fate ?? "nothing") ?? 0) + 1);
    return fate;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    calls += body[0] === LIST ? (JSON.parse(body.toString()) as unknown[]).length : 1;
    const fate = draw();
    if (fate === "lostRequest") return response.destroy();
    const [reply, second] = await Promise.all([
      forward(target, request, body),
      // Both are under way at once: which is first is not certain.
      fate === "doubled" ? forward(target, request, body) : undefined,
    ]);
    if (fate === "lostReply") return response.destroy();
    if (fate === "late") await clock.sleep(random() * latestMs, stopped.signal);
    const { status, headers, text } = second !== undefined && random() < 0.5 ? second : reply;
    return response.writeHead(status, headers).end(text.replaceAll(target, url));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    met,
    calls: () => calls,
    async close() {
      stopped.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function forward(target: string, request: IncomingMessage, body: Buffer) {
  const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    HOP.has(name) || typeof value !== "string" ? [] : [[name, value]],
  );
  const reply = await fetch(target + (request.url ?? "/"), {
    method: request.method ?? "GET",
    headers,
    ...(body.length === 0 ? {} : { body }),
  });
  const kept = [...reply.headers].filter(([name]) => !HOP.has(name));
  return { status: reply.status, headers: Object.fromEntries(kept), text: await reply.text() };
}
