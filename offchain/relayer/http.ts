// SPDX-License-Identifier: Apache-2.0
import type { Response } from "express";
import { z } from "zod";
import { ProblemError } from "./problem.ts";

/** Integers beyond JSON's become decimal strings. */
export function sendJson(response: Response, body: unknown, type = "application/json"): void {
  response.type(type).send(JSON.stringify(body, (_, value) => (typeof value === "bigint" ? value.toString() : value)));
}

export function badInput(error: z.ZodError): ProblemError {
  const [issue] = error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "the request" : issue.path.join(".");
  return new ProblemError({
    code: "BAD_REQUEST",
    status: 400,
    title: "The request has the wrong form",
    detail: z.prettifyError(error),
    have: at,
    need: issue?.message ?? "another form",
  });
}

export function notFound(what: string): ProblemError {
  return new ProblemError({ code: "NOT_FOUND", status: 404, title: "There is no such thing here", detail: what });
}
