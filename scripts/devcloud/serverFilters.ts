// SPDX-License-Identifier: Apache-2.0
import { statusOf } from "./serverView.ts";
import type { Cloud, ServerRecord } from "./types.ts";

/** A query as Express reads it. */
export type Query = Readonly<Record<string, unknown>>;

/** The page that a list's query asks for, or undefined when its marker never existed. */
export function listPage(
  cloud: Cloud,
  query: Query,
): { servers: ServerRecord[]; next: string | undefined } | undefined {
  const ascending = text(query.sort_dir) === "asc";
  const order = (a: { created: number; id: string }, b: { created: number; id: string }) =>
    (a.created - b.created || (a.id < b.id ? -1 : 1)) * (ascending ? 1 : -1);
  let servers = Object.values(cloud.state.servers)
    .filter((server) => matches(server, query))
    .sort(order);
  const marker = text(query.marker);
  if (marker !== undefined) {
    const created = cloud.state.servers[marker]?.created ?? cloud.state.gone[marker];
    if (created === undefined) return undefined;
    servers = servers.filter((server) => order({ created, id: marker }, server) < 0);
  }
  const limit = Math.min(Number(text(query.limit) ?? cloud.options.pageLimit), cloud.options.pageLimit);
  const page = servers.slice(0, limit);
  // Like Nova: a full page has a link to the next one, which may be empty.
  return { servers: page, next: page.length === limit ? page.at(-1)?.id : undefined };
}

/** Filters that a member may use. Any other, `metadata` among them, is ignored without a word. */
function matches(server: ServerRecord, query: Query): boolean {
  const tags = list(query.tags);
  const notTags = list(query["not-tags"]);
  const name = text(query.name);
  const status = text(query.status)?.toUpperCase();
  return (
    (status === undefined || status === statusOf(server)) &&
    tags.every((tag) => server.tags.includes(tag)) &&
    (notTags.length === 0 || !notTags.every((tag) => server.tags.includes(tag))) &&
    (name === undefined || new RegExp(name, "i").test(server.name))
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function list(value: unknown): string[] {
  return text(value)?.split(",") ?? [];
}
