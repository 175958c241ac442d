// SPDX-License-Identifier: Apache-2.0
import type { z } from "zod";
import type { Problem } from "./problemSchema.ts";

/** Carries a problem (RFC 9457) to whoever answers the request. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;
  /** Seconds after which to come back. */
  readonly retryAfter: number | undefined;

  constructor(problem: Omit<Problem, "type"> & { type?: string }, retryAfter?: number) {
    super(problem.detail);
    this.problem = { type: `urn:xov:error:${problem.code}`, ...problem };
    this.retryAfter = retryAfter;
  }
}

export function notFound(detail: string): ProblemError {
  return new ProblemError({ code: "NOT_FOUND", status: 404, title: "There is no such thing here", detail });
}

export function notReady(detail: string): ProblemError {
  return new ProblemError({ code: "NOT_READY", status: 503, title: "The index is being built", detail }, 1);
}

/** @param where the part of the request that was read: `body`, `query` or `path` */
export function badRequest(error: z.ZodError, where: string): ProblemError {
  const errors = error.issues.flatMap(fieldErrors);
  const said = errors.map(({ field, message }) => `${field === "" ? where : field}: ${message}`);
  return new ProblemError({
    code: "BAD_REQUEST",
    status: 400,
    title: "The request has the wrong form",
    detail: said.join("; "),
    errors,
  });
}

function fieldErrors(issue: z.core.$ZodIssue): { field: string; message: string }[] {
  const field = issue.path.map(String).join(".");
  if (issue.code !== "unrecognized_keys") return [{ field, message: issue.message }];
  const under = field === "" ? "" : `${field}.`;
  return issue.keys.map((key) => ({ field: `${under}${key}`, message: "is not known" }));
}
