// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../offchain/core/clock.ts";
import type { Credential } from "../../va/openstack/credential.ts";
import type { Token } from "../../va/openstack/token.ts";
import { createSanitiser } from "./sanitise.ts";

/** A service as recordings name it. */
export type RecordedService = "identity" | "compute" | "network" | "image" | "placement";

/** A request as it is recorded; `path` below the versioned root. */
export interface RecordedRequest {
  readonly service: RecordedService;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** Of the compute API; 2.90 if left out. */
  readonly microversion?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request with its reply, as it stands in a file of recordings. */
export interface RecordedPair {
  readonly name: string;
  readonly request: Omit<RecordedRequest, "headers">;
  readonly reply: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

/** A reply as the steps of the recording use it. */
export interface LiveReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Sends requests to a real cloud and remembers them, sanitised. */
export interface Recorder {
  send(topic: string, name: string, request: RecordedRequest): Promise<LiveReply>;
  /** Sends without recording. */
  ask(request: RecordedRequest): Promise<LiveReply>;
  pause(ms: number): Promise<void>;
  recorded(): ReadonlyMap<string, RecordedPair[]>;
}

/** Headers that mean something to a client. */
const HEADERS = [
  "content-type",
  "location",
  "retry-after",
  "openstack-api-version",
  "vary",
  "www-authenticate",
  "x-openstack-request-id",
  "x-subject-token",
];

const ROOTS: Readonly<Record<string, string>> = { network: "/v2.0", image: "/v2" };

export function createRecorder(options: {
  credential: Credential;
  token: Token;
  clock: Clock;
  signal: AbortSignal;
}): Recorder {
  const { credential, token } = options;
  const base: Record<string, string> = { ...Object.fromEntries(token.endpoints) };
  base.identity = credential.auth_url.replace(/\/+(v3\/*)?$/, "");
  const literals = new Map([
    [credential.application_credential_secret, "SECRET"],
    [credential.application_credential_id, "c".repeat(32)],
    ...Object.entries(base)
      .map(([service, url]): [string, string] => [new URL(url).origin, `http://${service}.cloud.test`])
      .sort((a, b) => b[0].length - a[0].length),
  ]);
  const sanitise = createSanitiser(literals);
  const pairs = new Map<string, RecordedPair[]>();

  const ask = async (request: RecordedRequest): Promise<LiveReply> => {
    const root = request.service === "identity" ? "/v3" : (ROOTS[request.service] ?? "");
    const response = await fetch(`${base[request.service]}${root}${request.path}`, {
      method: request.method,
      redirect: "manual",
      headers: {
        accept: "application/json",
        "x-auth-token": token.value,
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...(request.service === "compute"
          ? { "openstack-api-version": `compute ${request.microversion ?? "2.90"}` }
          : {}),
        ...(request.service === "placement" ? { "openstack-api-version": "placement 1.29" } : {}),
        ...request.headers,
      },
      signal: options.signal,
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  };

  return {
    ask,
    async send(topic, name, request) {
      const reply = await ask(request);
      const { headers: _, ...shown } = request;
      const headers = HEADERS.flatMap((key) => {
        const value = reply.headers.get(key);
        return value === null ? [] : [[key, value]];
      });
      const pair = {
        name,
        request: sanitise(shown),
        reply: sanitise({ status: reply.status, headers: Object.fromEntries(headers), body: reply.body }),
      } as RecordedPair;
      pairs.set(topic, [...(pairs.get(topic) ?? []), pair]);
      return reply;
    },
    pause: (ms) => options.clock.sleep(ms, options.signal),
    recorded: () => pairs,
  };
}

function parse(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
