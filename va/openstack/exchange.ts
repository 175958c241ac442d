// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../offchain/core/clock.ts";
import { ComputeError } from "./compute.ts";

/** One HTTP request, ready to send. */
export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** "GET compute /servers": for messages. */
  readonly what: string;
  /** Whether it can change something: then a lost answer leaves that uncertain. */
  readonly write: boolean;
  /** Milliseconds until the request with its whole answer is given up. */
  readonly deadlineMs: number;
}

/** Its answer, read to the end. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** X-Openstack-Request-Id: by it the cloud's operator finds the request in the logs. */
  readonly requestId: string | undefined;
}

/** Failures before a byte of the request left: it was not done. */
const NOT_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/**
 * Sends one request and reads the answer within the deadline. Redirects are not followed: they would carry the token elsewhere.
 * @throws ComputeError TIMEOUT or UNAVAILABLE, `uncertain` for a write that may have been sent; the signal's reason if it was aborted
 */
export async function exchange(request: Request, signal: AbortSignal): Promise<Reply> {
  signal.throwIfAborted();
  const deadline = AbortSignal.timeout(request.deadlineMs);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      redirect: "manual",
      signal: AbortSignal.any([signal, deadline]),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      requestId: response.headers.get("x-openstack-request-id") ?? undefined,
    };
  } catch (cause) {
    signal.throwIfAborted();
    if (deadline.aborted) {
      throw new ComputeError("TIMEOUT", `${request.what}: no answer within ${request.deadlineMs} ms`, {
        uncertain: request.write,
      });
    }
    const reason = systemCode(cause);
    throw new ComputeError("UNAVAILABLE", `${request.what}: no connection (${reason ?? "broken"})`, {
      uncertain: request.write && !(reason !== undefined && NOT_SENT.has(reason)),
      cause,
    });
  }
}

/** How one request went, for the log: no secret, no body. */
export interface CallReport {
  /** "GET compute /servers". */
  readonly what: string;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  /** The cloud's own id of the request. */
  readonly requestId: string | undefined;
  /** TIMEOUT, UNAVAILABLE or ABORTED when there was no answer. */
  readonly failure: string | undefined;
  readonly durationMs: number;
  readonly deadlineMs: number;
}

/** {@link exchange}, which tells how each request went. */
export function reported(clock: Pick<Clock, "now">, onCall: (report: CallReport) => void): typeof exchange {
  return async (request, signal) => {
    const begun = clock.now();
    const { what, deadlineMs } = request;
    const tell = (outcome: Pick<CallReport, "status" | "requestId" | "failure">) =>
      onCall({ what, ...outcome, durationMs: clock.now() - begun, deadlineMs });
    try {
      const reply = await exchange(request, signal);
      tell({ status: reply.status, requestId: reply.requestId, failure: undefined });
      return reply;
    } catch (error) {
      const failure = error instanceof ComputeError ? error.code : "ABORTED";
      tell({ status: undefined, requestId: undefined, failure });
      throw error;
    }
  };
}

/** The code of the error at the root: fetch wraps the socket's error, and an AggregateError wraps one per address. */
function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError && error.errors.length > 0) return systemCode(error.errors[0]);
  return systemCode(error.cause) ?? ("code" in error && typeof error.code === "string" ? error.code : undefined);
}
