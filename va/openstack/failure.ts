// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError, type ComputeErrorCode } from "./compute.ts";

const LONGEST_MESSAGE = 300;

/** An HTTP answer that is no success. */
export interface FailedReply {
  readonly status: number;
  readonly text: string;
  readonly requestId: string | undefined;
  readonly retryAfter: string | null;
  /** "GET compute /servers": for the message. */
  readonly what: string;
  /** Whether the request could have changed something. */
  readonly write: boolean;
  /** The time now in Unix milliseconds, for a Retry-After that is a date. */
  readonly now: number;
}

// Nova, Keystone: {"badRequest": {"code", "message"}}; Neutron: {"NeutronError": {"type", "message"}};
// Placement: {"errors": [{"title", "detail"}]}; Glance and proxies: text or HTML.
const wrappedSchema = z.record(z.string(), z.looseObject({ message: z.string(), type: z.string().optional() }));
const listedSchema = z.object({ errors: z.array(z.looseObject({ detail: z.string() })).min(1) });

/** What an HTTP status means for the caller (API guide: https://docs.openstack.org/api-ref/compute/). */
export function failure(reply: FailedReply): ComputeError {
  const { message, type } = explain(reply.text);
  const code = codeOf(reply, message, type);
  return new ComputeError(code, `${reply.what}: HTTP ${reply.status}${message === "" ? "" : ` ${message}`}`, {
    status: reply.status,
    requestId: reply.requestId,
    retryAfterMs: retryAfterMs(reply),
    // A proxy's 502 or 504, and a service's 500, can come after the work was done.
    uncertain: reply.write && (reply.status >= 500 || code === "BAD_REPLY"),
  });
}

function codeOf(reply: FailedReply, message: string, type: string | undefined): ComputeErrorCode {
  switch (reply.status) {
    case 400:
      return type === "ExternalIpAddressExhausted" ? "QUOTA_EXCEEDED" : "BAD_REQUEST";
    case 401:
      return "UNAUTHORIZED";
    case 403:
      return /quota exceeded|maximum number of/i.test(message) ? "QUOTA_EXCEEDED" : "FORBIDDEN";
    case 404:
      // A proxy without its backend says 404 too, but not as JSON: that says nothing about what is there.
      return reply.text.trimStart().startsWith("{") ? "NOT_FOUND" : "UNAVAILABLE";
    case 406:
    case 415:
    case 422:
      return "BAD_REQUEST";
    case 409:
      return type === "OverQuota" || type === "IpAddressGenerationFailure" ? "QUOTA_EXCEEDED" : "CONFLICT";
    case 413:
      // Nova's old rate limit
      return reply.retryAfter === null ? "TOO_LARGE" : "RATE_LIMITED";
    case 408:
      return "TIMEOUT";
    case 429:
      return "RATE_LIMITED";
    default:
      return reply.status >= 500 ? "UNAVAILABLE" : "BAD_REPLY";
  }
}

function explain(text: string): { message: string; type: string | undefined } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { message: "", type: undefined };
  }
  const wrapped = wrappedSchema.safeParse(json);
  const first = wrapped.success ? Object.values(wrapped.data)[0] : undefined;
  if (first !== undefined) return { message: withoutValues(first.message), type: first.type };
  const listed = listedSchema.safeParse(json);
  return { message: listed.success ? withoutValues(listed.data.errors[0]?.detail ?? "") : "", type: undefined };
}

/** The API repeats a refused value in its message; ours may hold a user's data. */
function withoutValues(message: string): string {
  const cut = message.replace(/\bValue: .*/s, "").replace(/[A-Za-z0-9+/=]{80,}/g, "…");
  return cut.replace(/\s+/g, " ").trim().slice(0, LONGEST_MESSAGE);
}

function retryAfterMs(reply: FailedReply): number | undefined {
  if (reply.retryAfter === null) return undefined;
  const seconds = Number(reply.retryAfter);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(reply.retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - reply.now);
}
