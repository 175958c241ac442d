// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import { retry } from "../core/retry.ts";
import { BitcoinNodeError, RpcCode } from "./errors.ts";
import { exchange } from "./exchange.ts";

/** A user and password (`rpcauth`), or the file that bitcoind writes at each start (`<datadir>/<chain>/.cookie`). */
export type RpcAuth = { user: string; password: string } | { cookieFile: string };

export interface RpcParameters {
  url: string;
  auth: RpcAuth;
  clock: Clock;
  /** Milliseconds for one answer. Default 30,000: a node that validates a block answers nobody for seconds. */
  timeoutMs?: number;
  /** Further tries after a failure that may pass, with growing pauses; default 3, within two seconds. */
  retries?: number;
}

/** One RPC call with the shape of its result. */
export interface RpcCall<T> {
  method: string;
  params?: readonly unknown[];
  schema: z.ZodType<T>;
}

/** The result of one call of a batch: a refusal of one leaves the others as they are. */
export type BatchResult<T> = { ok: true; value: T } | { ok: false; error: BitcoinNodeError };

export interface Rpc {
  /**
   * For calls that may safely be made twice.
   * @throws BitcoinNodeError, or the signal's reason
   */
  call<T>(call: RpcCall<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Many calls in one request; the results are in the order of the calls.
   * @throws BitcoinNodeError when the request as a whole fails, or the signal's reason
   */
  batch<T>(calls: readonly RpcCall<T>[], signal?: AbortSignal): Promise<BatchResult<T>[]>;
}

const reply = z.object({
  id: z.number().nullable(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string() }).nullish(),
});
const replies = z.array(reply);
type Reply = z.infer<typeof reply>;

/** JSON-RPC 2.0 over HTTP as bitcoind (28 or newer) speaks it. */
export function createRpc(parameters: RpcParameters): Rpc {
  return {
    call: ({ method, params = [], schema }, signal) =>
      retried(parameters, signal, async () => {
        const body = request(method, params, 0);
        const answer = await post({ ...parameters, method, body, signal });
        return resultOf(method, schema, checked(method, reply, answer));
      }),
    batch: (calls, signal) =>
      retried(parameters, signal, async () => {
        if (calls.length === 0) return [];
        const body = calls.map(({ method, params = [] }, id) => request(method, params, id));
        const answers = checked("batch", replies, await post({ ...parameters, method: "batch", body, signal }));
        const byId = new Map(answers.map((each) => [each.id, each]));
        return calls.map((call, id) => settled(call, byId.get(id)));
      }),
  };
}

function request(method: string, params: readonly unknown[], id: number) {
  return { jsonrpc: "2.0", id, method, params };
}

function retried<T>(
  { clock, retries = 3 }: RpcParameters,
  signal: AbortSignal = new AbortController().signal,
  attempt: () => Promise<T>,
): Promise<T> {
  return retry(attempt, { clock, signal, attempts: retries + 1 });
}

interface Post extends RpcParameters {
  method: string;
  body: unknown;
  signal: AbortSignal | undefined;
}

/** Sends one request and gives the parsed body of the answer. */
async function post({ url, auth, clock, timeoutMs, method, body, signal }: Post): Promise<unknown> {
  const authorization = await authorizationOf(auth, method);
  const headers = { "content-type": "application/json", authorization };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const { status, bytes } = await exchange({ url, init, name: method, clock, timeoutMs, signal });
  return parseBody(method, status, bytes.toString("utf8"));
}

async function authorizationOf(auth: RpcAuth, method: string): Promise<string> {
  // Read each time: the cookie changes when the node restarts.
  const credentials =
    "cookieFile" in auth ? await readCookie(auth.cookieFile, method) : `${auth.user}:${auth.password}`;
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}

async function readCookie(file: string, method: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    throw new BitcoinNodeError("UNAUTHORIZED", method, `cannot read the cookie file ${file}`, { cause });
  }
}

function parseBody(method: string, status: number, text: string): unknown {
  if (status === 401 || status === 403) {
    throw new BitcoinNodeError("UNAUTHORIZED", method, `the credentials were refused (HTTP ${status})`);
  }
  if (status === 503) throw new BitcoinNodeError("BUSY", method, text.trim());
  try {
    return JSON.parse(text);
  } catch {
    throw new BitcoinNodeError("BAD_REPLY", method, `HTTP ${status} without JSON`);
  }
}

function checked<T>(method: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new BitcoinNodeError("BAD_REPLY", method, z.prettifyError(result.error));
}

function resultOf<T>(method: string, schema: z.ZodType<T>, { result, error }: Reply): T {
  if (error === null || error === undefined) return checked(method, schema, result);
  const code = error.code === RpcCode.IN_WARMUP ? "STARTING" : "REFUSED";
  throw new BitcoinNodeError(code, method, error.message, { rpcCode: error.code });
}

/** @throws BitcoinNodeError for what concerns the whole batch */
function settled<T>({ method, schema }: RpcCall<T>, answer: Reply | undefined): BatchResult<T> {
  if (answer === undefined) throw new BitcoinNodeError("BAD_REPLY", method, "a batch without this call's answer");
  try {
    return { ok: true, value: resultOf(method, schema, answer) };
  } catch (error) {
    if (error instanceof BitcoinNodeError && !error.retryable) return { ok: false, error };
    throw error;
  }
}
