// SPDX-License-Identifier: Apache-2.0
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from "express";
import type { Logger } from "../core/log.ts";
import type { PoolDeps } from "./deps.ts";
import { createLimits } from "./limits.ts";
import { openApiRoute } from "./openApi.ts";
import { badRequest, notFound, notReady, ProblemError } from "./problem.ts";
import type { Problem } from "./problemSchema.ts";
import type { Route } from "./route.ts";
import { ROUTES } from "./routes/index.ts";
import { SCHEMAS } from "./schemas.ts";
import { serveSite } from "./site.ts";

/** The longest body of a take, with a sealed launch spec and a refund script, is far below. */
const MAX_BODY = "64kb";

const API_HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** The pool's HTTP service: the API under `/api`, `/health`, and the site for everything else. */
export function createApp(deps: PoolDeps): Express {
  const { trustedProxies, site, limits, log } = deps;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", trustedProxies);
  app.use(secureTransport);
  const limiters = createLimits(limits);
  for (const each of [...ROUTES, openApiRoute(ROUTES)]) {
    const path = each.path.replace(/\{(\w+)\}/g, ":$1");
    const body = each.body === undefined ? [] : [onlyJson, express.json({ limit: MAX_BODY })];
    app[each.method](path, apiHeaders, limiters[each.limit], ...body, handlerOf(each, deps));
  }
  app.use(["/api", "/health"], apiHeaders, missing);
  if (site !== undefined) app.use(serveSite(site));
  app.use(missing);
  app.use(problems(log));
  return app;
}

const apiHeaders: RequestHandler = (_request, response, next) => {
  response.set(API_HEADERS);
  next();
};

/** Whoever came by HTTPS once shall not come without (RFC 6797). */
const secureTransport: RequestHandler = (request, response, next) => {
  if (request.secure) response.set("Strict-Transport-Security", "max-age=31536000");
  next();
};

const missing: RequestHandler = (request) => {
  throw notFound(`There is nothing at ${request.method} ${request.originalUrl.split("?")[0]}.`);
};

/** A form of another site can send other types without asking; it cannot send this one. */
const onlyJson: RequestHandler = (request, _response, next) => {
  if (request.is("application/json") !== false) return next();
  const detail = "The body has to be JSON, with Content-Type: application/json.";
  throw new ProblemError({ code: "NOT_JSON", status: 415, title: "The request has the wrong form", detail });
};

function handlerOf(route: Route, deps: PoolDeps): RequestHandler {
  return async (request, response) => {
    if (route.early !== true && !deps.ready()) throw notReady("The index has not caught up with the chain yet.");
    const params = read(route.params, request.params, "path");
    const query = read(route.query, request.query, "query");
    const body = read(route.body === undefined ? undefined : SCHEMAS[route.body], request.body, "body");
    const reply = await route.handle({ params, query, body, request, response }, deps);
    if (reply === undefined) return;
    response.status(reply.status ?? 200).set(reply.headers ?? {});
    sendJson(response, reply.body);
  };
}

function read(
  schema: Route["params"] | (typeof SCHEMAS)[keyof typeof SCHEMAS],
  value: unknown,
  where: string,
): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw badRequest(result.error, where);
}

function sendJson(response: Response, body: object, type = "application/json"): void {
  response.type(type).send(JSON.stringify(body));
}

function problems(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    // Too late for an answer of its own: the connection is cut.
    if (response.headersSent) return next(error);
    const given = error instanceof ProblemError ? error : (httpProblem(error) ?? internal());
    const problem: Problem = { ...given.problem, instance: request.path };
    if (problem.status >= 500)
      log[problem.status === 503 ? "warn" : "error"]({ err: error, path: request.path }, "refused");
    if (given.retryAfter !== undefined) response.set("Retry-After", `${given.retryAfter}`);
    sendJson(response.set(API_HEADERS).status(problem.status), problem, "application/problem+json");
  };
}

/** What express itself refuses: bodies that are too long or no JSON, paths that are not well encoded. */
function httpProblem(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return undefined;
  if (error.status < 400 || error.status >= 500) return undefined;
  const { status, message } = error;
  return new ProblemError({ code: "BAD_REQUEST", status, title: "The request has the wrong form", detail: message });
}

function internal(): ProblemError {
  const detail = "This is a fault of the service, and it has been noted.";
  return new ProblemError({ code: "INTERNAL", status: 500, title: "The service failed", detail });
}
