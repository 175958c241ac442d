// SPDX-License-Identifier: Apache-2.0
import express, { type ErrorRequestHandler, type Express, type Router } from "express";
import { z } from "zod";
import type { Logger } from "../core/log.ts";
import { actionSchema } from "./action.ts";
import type { Actions } from "./actions.ts";
import { badInput, notFound, sendJson } from "./http.ts";
import { ProblemError } from "./problem.ts";
import type { LeaseReport } from "./report.ts";
import { takeSchema } from "./take.ts";
import type { Takes } from "./takes.ts";
import type { Hex } from "./types.ts";

export interface HealthReport {
  readonly ok: boolean;
  readonly [detail: string]: unknown;
}

export interface ApiParameters {
  readonly takes: Pick<Takes, "accept">;
  readonly actions: Pick<Actions, "accept">;
  /** Undefined for a lease that neither the chain nor this relayer knows. */
  leaseReport(leaseId: Hex): Promise<LeaseReport | undefined>;
  health(): Promise<HealthReport>;
  /** Under `/webhooks`; undefined when there are none. */
  readonly webhooks: Router | undefined;
  readonly log: Logger;
}

const leaseIdSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((id) => id.toLowerCase() as Hex);

/** The HTTP API; what it has is in README.md. Errors are problem documents (RFC 9457). */
export function createApi({ takes, actions, leaseReport, health, webhooks, log }: ApiParameters): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.json({ limit: "64kb" }));
  app.post("/takes", async (request, response) => {
    const take = takeSchema.safeParse(request.body);
    if (!take.success) throw badInput(take.error);
    const { leaseId, open } = await takes.accept(take.data);
    response.status(open ? 200 : 202).location(`/leases/${leaseId}`);
    sendJson(response, { leaseId });
  });
  app.post("/actions", async (request, response) => {
    const action = actionSchema.safeParse(request.body);
    if (!action.success) throw badInput(action.error);
    const { done } = await actions.accept(action.data);
    const { leaseId } = action.data;
    response.status(done ? 200 : 202).location(`/leases/${leaseId}`);
    sendJson(response, { leaseId });
  });
  app.get("/leases/:id", async (request, response) => {
    const leaseId = leaseIdSchema.safeParse(request.params.id);
    if (!leaseId.success) throw badInput(leaseId.error);
    const report = await leaseReport(leaseId.data);
    if (report === undefined) throw notFound(`no lease ${leaseId.data}`);
    sendJson(response, report);
  });
  app.get("/health", async (_request, response) => {
    const report = await health();
    response.status(report.ok ? 200 : 503);
    sendJson(response, report);
  });
  if (webhooks !== undefined) app.use("/webhooks", webhooks);
  app.use((request) => {
    throw notFound(`${request.method} ${request.path}`);
  });
  app.use(problems(log));
  return app;
}

function problems(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const { problem } = error instanceof ProblemError ? error : (httpProblem(error) ?? unavailable());
    if (problem.status === 503) response.set("retry-after", "1");
    if (problem.status >= 500 && !(error instanceof ProblemError))
      log.error({ err: error, path: request.path }, "request failed");
    sendJson(response.status(problem.status), problem, "application/problem+json");
  };
}

/** What express itself refuses: bodies that are too long or no JSON. */
function httpProblem(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return undefined;
  if (error.status < 400 || error.status >= 500) return undefined;
  const { status, message } = error;
  return new ProblemError({ code: "BAD_REQUEST", status, title: "The request has the wrong form", detail: message });
}

function unavailable(): ProblemError {
  return new ProblemError({
    code: "UNAVAILABLE",
    status: 503,
    title: "Something that this needs does not answer",
    detail: "The chain's or Bitcoin's node does not answer as it should; nothing was changed. Try again.",
  });
}
