// SPDX-License-Identifier: Apache-2.0
import type { Request, Response } from "express";
import type { z } from "zod";
import type { PoolDeps } from "./deps.ts";
import type { SCHEMAS } from "./schemas.ts";

type Input<S extends z.ZodType | undefined> = S extends z.ZodType ? z.output<S> : undefined;

/** One of the API's operations: how it is documented, what it reads, and what it does. */
export interface Route {
  readonly method: "get" | "post";
  /** As OpenAPI writes it: `/api/leases/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: keyof typeof SCHEMAS;
  /** By status; errors are documented for all alike. */
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** Which rate limit counts it. */
  readonly limit: "read" | "write" | "stream" | "none";
  /** Whether it answers while the index is being built. */
  readonly early?: boolean;
  handle(call: Call<unknown, unknown, unknown>, deps: PoolDeps): Promise<Reply | undefined>;
}

export interface RouteResponse {
  readonly description: string;
  /** The name of a schema; an event stream has none. */
  readonly schema?: keyof typeof SCHEMAS;
  readonly type?: string;
}

export interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: Request;
  readonly response: Response;
}

/** Undefined when the handler has answered by itself. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

export interface RouteParameters<
  P extends z.ZodObject | undefined,
  Q extends z.ZodObject | undefined,
  B extends keyof typeof SCHEMAS | undefined,
> {
  readonly method: Route["method"];
  readonly path: string;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly responses: Route["responses"];
  readonly limit: Route["limit"];
  readonly early?: boolean;
  handle(
    call: Call<Input<P>, Input<Q>, B extends keyof typeof SCHEMAS ? z.output<(typeof SCHEMAS)[B]> : undefined>,
    deps: PoolDeps,
  ): Promise<Reply | undefined>;
}

/** A route whose handler gets what its schemas have read. */
export function route<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends keyof typeof SCHEMAS | undefined = undefined,
>(parameters: RouteParameters<P, Q, B>): Route {
  return parameters as unknown as Route;
}
