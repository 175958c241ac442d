// SPDX-License-Identifier: Apache-2.0
import type { Request, RequestHandler } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import type { Limits } from "./deps.ts";
import { ProblemError } from "./problem.ts";
import type { Route } from "./route.ts";

const MINUTE_MS = 60_000;

/** A client is an IPv4 address or an IPv6 network. */
function clientOf(request: Request): string {
  return ipKeyGenerator(request.ip ?? "unknown");
}

/** What keeps one client from taking the service from the others, by kind of route. */
export function createLimits(limits: Limits): Readonly<Record<Route["limit"], RequestHandler>> {
  return {
    read: perMinute("read", limits.readsPerMinute),
    write: perMinute("write", limits.writesPerMinute),
    stream: openStreams(limits),
    none: (_request, _response, next) => next(),
  };
}

/** Says in its headers how much is left (draft-ietf-httpapi-ratelimit-headers-08). */
function perMinute(identifier: string, limit: number): RequestHandler {
  return rateLimit({
    windowMs: MINUTE_MS,
    limit,
    identifier,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator: clientOf,
    handler: (_request, _response, next) => next(tooMany(`At most ${limit} such requests a minute are answered.`)),
  });
}

function openStreams({ streamsPerClient, streams }: Limits): RequestHandler {
  const open = new Map<string, number>();
  let all = 0;
  return (request, response, next) => {
    const client = clientOf(request);
    const own = open.get(client) ?? 0;
    if (own >= streamsPerClient) return next(tooMany(`At most ${streamsPerClient} event streams are open at a time.`));
    if (all >= streams) return next(busy());
    all++;
    open.set(client, own + 1);
    response.once("close", () => {
      all--;
      const left = (open.get(client) ?? 1) - 1;
      if (left === 0) open.delete(client);
      else open.set(client, left);
    });
    next();
  };
}

function tooMany(detail: string): ProblemError {
  return new ProblemError({ code: "TOO_MANY_REQUESTS", status: 429, title: "Too many requests", detail });
}

function busy(): ProblemError {
  const detail = "Too many event streams are open. Ask for what you need without one.";
  return new ProblemError({ code: "BUSY", status: 503, title: "The service is busy", detail }, 30);
}
