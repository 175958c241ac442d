// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Clock } from "../../offchain/core/clock.ts";
import { ComputeError } from "./compute.ts";
import type { Credential } from "./credential.ts";
import { exchange, type Reply, type Request } from "./exchange.ts";
import { failure } from "./failure.ts";
import { chooseMicroversion } from "./microversion.ts";
import { retryRead } from "./retryRead.ts";
import { requestToken, type Service, type Token } from "./token.ts";

/** One call of a service's API. */
export interface Call<T> {
  readonly service: Service;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the service's versioned root, e.g. "/servers/detail". */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The statuses that are a success. */
  readonly expect: readonly number[];
  /** The body of a success; `z.undefined()` for none. */
  readonly schema: z.ZodType<T>;
  /** A call that changes nothing although it is no GET: then it is repeated as a GET is. */
  readonly reads?: boolean;
}

/** Sends calls with a valid token, and knows where. */
export interface Session {
  /** @throws ComputeError */
  call<T>(call: Call<T>, signal: AbortSignal): Promise<T>;
  projectId(signal: AbortSignal): Promise<string>;
  /** Whether the catalogue has the service in the credential's region. */
  offers(service: Service, signal: AbortSignal): Promise<boolean>;
  /** The compute API's newest microversion, e.g. "2.93". */
  newestCompute(signal: AbortSignal): Promise<string>;
  readonly clock: Clock;
  /** Milliseconds that one request with its answer may take. */
  readonly deadlineMs: number;
}

/** How {@link createSession} behaves. */
export interface SessionOptions {
  readonly credential: Credential;
  readonly clock: Clock;
  /** Milliseconds that one request with its answer may take. */
  readonly deadlineMs: number;
}

interface Microversion {
  readonly chosen: string;
  readonly newest: string;
}

interface State {
  token: { promise: Promise<Token>; renewAt: number } | undefined;
  microversion: Promise<Microversion> | undefined;
}

/** A token is renewed when this share of its life is over. */
const RENEW_AT = 0.9;

/** A session logs in with its first call. */
export function createSession(options: SessionOptions): Session {
  const state: State = { token: undefined, microversion: undefined };
  return {
    clock: options.clock,
    deadlineMs: options.deadlineMs,
    call: (call, signal) => callService(options, state, call, signal),
    projectId: async (signal) => (await currentToken(options, state, signal)).projectId,
    offers: async (service, signal) => (await currentToken(options, state, signal)).endpoints.has(service),
    newestCompute: async (signal) => (await microversion(options, state, signal)).newest,
  };
}

async function callService<T>(options: SessionOptions, state: State, call: Call<T>, signal: AbortSignal): Promise<T> {
  const write = call.method !== "GET" && call.reads !== true;
  const once = async () => {
    const version = call.service === "compute" ? (await microversion(options, state, signal)).chosen : undefined;
    const what = `${call.method} ${call.service} ${call.path}`;
    const reply = await sendWithToken(options, state, signal, (token) => ({
      method: call.method,
      url: serviceUrl(token, call.service) + call.path + queryString(call.query),
      headers: headersOf(token, call.service, version, call.body !== undefined),
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      what,
      write,
      deadlineMs: options.deadlineMs,
    }));
    if (!call.expect.includes(reply.status)) throw asFailure(reply, what, write, options.clock.now());
    return readBody(reply, call.schema, what, write);
  };
  return write ? once() : retryRead(once, options.clock, signal);
}

/** Sends with the current token, and once more with a new one after a 401: that one did nothing. */
async function sendWithToken(
  options: SessionOptions,
  state: State,
  signal: AbortSignal,
  build: (token: Token) => Request,
): Promise<Reply> {
  const token = await currentToken(options, state, signal);
  const held = state.token;
  const reply = await exchange(build(token), signal);
  if (reply.status !== 401) return reply;
  if (state.token === held) state.token = undefined;
  return exchange(build(await currentToken(options, state, signal)), signal);
}

/** All callers that need a token at once share one request; no caller's signal may end it for the others. */
async function currentToken(options: SessionOptions, state: State, signal: AbortSignal): Promise<Token> {
  const now = options.clock.now();
  if (state.token === undefined || now >= state.token.renewAt) {
    const promise = requestToken(options.credential, options.deadlineMs, now, new AbortController().signal);
    const held = { promise, renewAt: Number.POSITIVE_INFINITY };
    state.token = held;
    promise.then(
      (token) => {
        held.renewAt = now + token.lifetimeMs * RENEW_AT;
      },
      () => {
        if (state.token === held) state.token = undefined;
      },
    );
  }
  return untilAborted(state.token.promise, signal);
}

function microversion(options: SessionOptions, state: State, signal: AbortSignal): Promise<Microversion> {
  if (state.microversion === undefined) {
    const promise = discover(options, state);
    state.microversion = promise;
    promise.catch(() => {
      state.microversion = undefined;
    });
  }
  return untilAborted(state.microversion, signal);
}

const versionSchema = z.object({ version: z.object({ version: z.string(), min_version: z.string() }) });

async function discover(options: SessionOptions, state: State): Promise<Microversion> {
  const own = new AbortController().signal;
  const what = "GET compute /";
  const reply = await sendWithToken(options, state, own, (token) => ({
    method: "GET",
    // Some catalogues name the project in the endpoint; the version document stands above it.
    url: `${serviceUrl(token, "compute").replace(`/${token.projectId}`, "")}/`,
    headers: headersOf(token, "compute", undefined, false),
    body: undefined,
    what,
    write: false,
    deadlineMs: options.deadlineMs,
  }));
  if (reply.status !== 200) throw asFailure(reply, what, false, options.clock.now());
  const { version } = readBody(reply, versionSchema, what, false);
  return { chosen: chooseMicroversion(version.min_version, version.version), newest: version.version };
}

function headersOf(token: Token, service: Service, version: string | undefined, hasBody: boolean) {
  return {
    accept: "application/json",
    "x-auth-token": token.value,
    ...(hasBody ? { "content-type": "application/json" } : {}),
    ...(version === undefined ? {} : { "openstack-api-version": `compute ${version}` }),
    ...(service === "placement" ? { "openstack-api-version": "placement 1.29" } : {}),
  };
}

const SUFFIX: Readonly<Record<Service, string>> = { compute: "", network: "/v2.0", image: "/v2", placement: "" };

function serviceUrl(token: Token, service: Service): string {
  const url = token.endpoints.get(service);
  if (url === undefined) {
    throw new ComputeError("UNAVAILABLE", `The catalogue has no usable public endpoint for ${service} in this region`);
  }
  const suffix = SUFFIX[service];
  return url.endsWith(suffix) ? url : url + suffix;
}

function queryString(query: Readonly<Record<string, string>> | undefined): string {
  return query === undefined ? "" : `?${new URLSearchParams(query)}`;
}

function asFailure(reply: Reply, what: string, write: boolean, now: number): ComputeError {
  return failure({ ...reply, what, write, retryAfter: reply.headers.get("retry-after"), now });
}

function readBody<T>(reply: Reply, schema: z.ZodType<T>, what: string, write: boolean): T {
  const bad = (why: string) =>
    new ComputeError("BAD_REPLY", `${what}: ${why}`, {
      uncertain: write,
      status: reply.status,
      requestId: reply.requestId,
    });
  let json: unknown;
  try {
    json = reply.text === "" ? undefined : JSON.parse(reply.text);
  } catch {
    throw bad("not JSON");
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw bad(`unexpected body (${parsed.error.issues[0]?.path.join(".")})`);
}

/** The same, until the signal is aborted: then a rejection with its reason. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
