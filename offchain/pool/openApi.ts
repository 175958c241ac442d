// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { type Route, route } from "./route.ts";
import { SCHEMAS } from "./schemas.ts";

type Json = Record<string, unknown>;

/** The route of the document that describes these routes, and itself. */
export function openApiRoute(routes: readonly Route[]): Route {
  const own: Route = route({
    method: "get",
    path: "/api/openapi.json",
    summary: "This document",
    responses: { 200: { description: "OpenAPI 3.1", schema: "OpenApi" } },
    limit: "read",
    early: true,
    handle: async () => ({ body: document }),
  });
  const document = openApi([...routes, own]);
  return own;
}

/** OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1) of routes, by the schemas that check what they read. */
export function openApi(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const each of routes) paths[each.path] = { ...paths[each.path], [each.method]: operation(each) };
  // What clients send is described as it arrives, before it is read; the same for what they get.
  const schemas = Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchema(schema)]);
  return {
    openapi: "3.1.0",
    info: {
      title: "XOV pool",
      version: "1",
      description:
        "Amounts are decimal strings: bitcoin in millisatoshi, XOV in base units. Times are Unix seconds by the chain's blocks.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths,
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function operation({ path, method, summary, params, query, body, responses }: Route): Json {
  const replies = Object.entries(responses).map(([status, { description, schema, type }]) => {
    const content = {
      [type ?? "application/json"]: { schema: schema === undefined ? { type: "string" } : ref(schema) },
    };
    return [status, { description, content }];
  });
  const problem = { description: "What is wrong", content: { "application/problem+json": { schema: ref("Problem") } } };
  return {
    operationId: `${method} ${path}`.replace(/[^a-z0-9]+/gi, "_").replace(/^_|_$/g, ""),
    summary,
    parameters: [...parametersIn("path", params), ...parametersIn("query", query)],
    ...(body && { requestBody: { required: true, content: { "application/json": { schema: ref(body) } } } }),
    responses: { ...Object.fromEntries(replies), default: problem },
  };
}

function parametersIn(where: "path" | "query", schema: z.ZodObject | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function jsonSchema(schema: z.ZodType): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}

function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}
