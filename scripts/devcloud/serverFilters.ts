// SPDX-License-Identifier: Apache-2.0
import { serversAmong } from "./indexes.ts";
import { statusOf } from "./serverView.ts";
import type { Cloud, ServerRecord } from "./types.ts";

/** A query as Express reads it. */
export type Query = Readonly<Record<string, unknown>>;

/** The page that a list's query asks for, or undefined when its marker never existed. */
export function listPage(
  cloud: Cloud,
  query: Query,
): { servers: ServerRecord[]; next: string | undefined } | undefined {
  const { items, notBefore, behind } = serversAmong(cloud, list(query.tags));
  const ascending = text(query.sort_dir) === "asc";
  let index = ascending ? 0 : items.length - 1;
  const marker = text(query.marker);
  if (marker !== undefined) {
    const created = cloud.state.servers[marker]?.created ?? cloud.state.gone[marker];
    if (created === undefined) return undefined;
    const place = { created, id: marker };
    index = ascending ? behind(place) : notBefore(place) - 1;
  }
  const isWanted = filterOf(query);
  const limit = Math.min(Number(text(query.limit) ?? cloud.options.pageLimit), cloud.options.pageLimit);
  const page: ServerRecord[] = [];
  for (; page.length < limit; index += ascending ? 1 : -1) {
    const server = items[index];
    if (server === undefined) break;
    if (isWanted(server)) page.push(server);
  }
  // Like Nova: a full page has a link to the next one, which may be empty.
  return { servers: page, next: page.length === limit ? page.at(-1)?.id : undefined };
}

/** Filters that a member may use. Any other, `metadata` among them, is ignored without a word. */
function filterOf(query: Query): (server: ServerRecord) => boolean {
  const tags = list(query.tags);
  const notTags = list(query["not-tags"]);
  const name = text(query.name);
  const pattern = name === undefined ? undefined : new RegExp(name, "i");
  const status = text(query.status)?.toUpperCase();
  return (server) =>
    (status === undefined || status === statusOf(server)) &&
    tags.every((tag) => server.tags.includes(tag)) &&
    (notTags.length === 0 || !notTags.every((tag) => server.tags.includes(tag))) &&
    (pattern === undefined || pattern.test(server.name));
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function list(value: unknown): string[] {
  return text(value)?.split(",") ?? [];
}
