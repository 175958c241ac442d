// SPDX-License-Identifier: Apache-2.0
import type { z } from "zod";
import { TaggedError } from "../../core/errors.ts";
import { type Problem, problemSchema } from "../../pool/problemSchema.ts";

/**
 * Why a request gave nothing:
 * - PROBLEM: the service said no, and why (`problem`, RFC 9457)
 * - UNREACHABLE: no answer, or a broken one; the same request may succeed later
 * - BAD_REPLY: an answer of another shape than the API's
 */
export type ApiErrorCode = "PROBLEM" | "UNREACHABLE" | "BAD_REPLY";

export class ApiError extends TaggedError<ApiErrorCode> {
  override readonly name = "ApiError";
  readonly problem: Problem | undefined;

  constructor(code: ApiErrorCode, message: string, details: { problem?: Problem; cause?: unknown } = {}) {
    const { problem, cause } = details;
    super({ code, message, cause, retryable: code === "UNREACHABLE" || (problem?.status ?? 0) >= 500 });
    this.problem = problem;
  }
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Sent as JSON, with POST. */
  readonly body?: unknown;
}

const TIMEOUT_MS = 20_000;

/** Asks the pool's API and checks the answer. @throws ApiError, or the signal's reason when it is aborted */
export async function request<S extends z.ZodType>(
  path: string,
  schema: S,
  { signal, body }: RequestOptions = {},
): Promise<z.infer<S>> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  let reply: unknown;
  try {
    response = await fetch(path, {
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      headers: { accept: "application/json, application/problem+json", "content-type": "application/json" },
      credentials: "omit",
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    reply = await response.json();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ApiError("UNREACHABLE", "The pool does not answer.", { cause });
  }
  if (!response.ok) throw refusal(response.status, reply);
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  throw new ApiError("BAD_REPLY", "The pool answered in a way this page does not understand.", { cause: parsed.error });
}

function refusal(status: number, reply: unknown): ApiError {
  const { success, data: problem } = problemSchema.safeParse(reply);
  if (success) return new ApiError("PROBLEM", problem.detail === "" ? problem.title : problem.detail, { problem });
  if (status >= 500) return new ApiError("UNREACHABLE", "The pool cannot answer now.");
  return new ApiError("BAD_REPLY", `The pool answered with status ${status}.`);
}

/** Whether the service does not know what was asked for. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.problem?.status === 404;
}
