// SPDX-License-Identifier: Apache-2.0

import type { RequestHandler } from "express";
import type { Clock } from "../../offchain/core/clock.ts";

/**
 * What befalls the next requests that match.
 * - status: answered so, nothing is done (`headers` and `body` if given)
 * - delay: done and answered, `ms` later
 * - loseReply: done, then the connection breaks
 * - loseRequest: not done, the connection breaks
 * - hang: not done, never answered (for `ms`, then the connection breaks)
 */
export interface Fault {
  readonly method?: string;
  /** A regular expression on the path without its query, e.g. "/servers$". */
  readonly path: string;
  /** How many requests; 1. */
  readonly times?: number;
  readonly effect:
    | {
        readonly kind: "status";
        readonly status: number;
        readonly body?: unknown;
        readonly headers?: Record<string, string>;
      }
    | { readonly kind: "delay" | "hang"; readonly ms: number }
    | { readonly kind: "loseReply" | "loseRequest" };
}

interface Armed {
  readonly fault: Fault;
  left: number;
}

/** A request as the cloud saw it. */
export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly query: string;
}

const MOST_CALLS = 10_000;

/** Keeps what to do to requests, and which came. */
export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  calls(method?: string, path?: string): SeenCall[];
  readonly handler: RequestHandler;
}

export function createFaults(clock: Clock, signal: AbortSignal): Faults {
  let armed: Armed[] = [];
  const seen: SeenCall[] = [];
  const matches = (method: string | undefined, path: string | undefined, call: SeenCall) =>
    (method === undefined || method === call.method) && (path === undefined || new RegExp(path).test(call.path));
  return {
    add: (fault) => {
      armed.push({ fault, left: fault.times ?? 1 });
    },
    clear: () => {
      armed = [];
      seen.length = 0;
    },
    calls: (method, path) => seen.filter((call) => matches(method, path, call)),
    handler: (req, res, next) => {
      const [path = "", query = ""] = req.originalUrl.split("?");
      const call = { method: req.method, path, query };
      seen.push(call);
      if (seen.length > MOST_CALLS) seen.shift();
      const hit = armed.find(({ fault, left }) => left > 0 && matches(fault.method, fault.path, call));
      if (hit === undefined) return next();
      hit.left -= 1;
      const { effect } = hit.fault;
      switch (effect.kind) {
        case "status":
          res.status(effect.status).set(effect.headers ?? {});
          if (effect.body === undefined) res.end();
          else res.json(effect.body);
          return;
        case "delay":
          clock.sleep(effect.ms, signal).then(next, next);
          return;
        case "hang":
          void clock.sleep(effect.ms, signal).then(
            () => req.socket.destroy(),
            () => req.socket.destroy(),
          );
          return;
        case "loseRequest":
          req.socket.destroy();
          return;
        case "loseReply":
          res.end = () => {
            req.socket.destroy();
            return res;
          };
          next();
      }
    },
  };
}
