// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError } from "./compute.ts";
import type { Session } from "./session.ts";

const PAGE = 200;
const RESTARTS = 3;
/** More pages than any project has; a cloud that never ends its list must not hang us. */
const MOST_PAGES = 10_000;

const linksSchema = z.array(z.object({ rel: z.string() })).optional();

/** A list of the compute or the network API. */
export interface List<T> {
  readonly service: "compute" | "network";
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The member of the body that holds the list; the link to the next page is in `<name>_links`. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
}

/**
 * Reads a list to its end, page by page (limit and marker): a cloud may give fewer than are asked for. The links' own URLs are not
 * used: behind a proxy they often name a host that cannot be reached. When the item at a page's end is deleted meanwhile Nova
 * answers 400 and Neutron 404, and the list is read from the start again.
 * @throws ComputeError
 */
export async function readPages<T extends { id: string }>(
  session: Session,
  list: List<T>,
  signal: AbortSignal,
): Promise<T[]> {
  for (let restart = 0; ; restart++) {
    const progress: { marker?: string } = {};
    try {
      return await readOnce(session, list, progress, signal);
    } catch (error) {
      const isRefused = error instanceof ComputeError && (error.code === "BAD_REQUEST" || error.code === "NOT_FOUND");
      const lostMarker = isRefused && progress.marker !== undefined;
      if (!lostMarker || restart === RESTARTS) throw error;
    }
  }
}

async function readOnce<T extends { id: string }>(
  session: Session,
  list: List<T>,
  progress: { marker?: string },
  signal: AbortSignal,
): Promise<T[]> {
  const schema = z.object({ [list.name]: z.array(list.schema), [`${list.name}_links`]: linksSchema });
  const items = new Map<string, T>();
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { ...list.query, limit: String(PAGE), ...progress };
    const body = await session.call(
      { service: list.service, method: "GET", path: list.path, query, expect: [200], schema },
      signal,
    );
    // Checked by the schema of the body.
    const read = body[list.name] as T[];
    for (const item of read) items.set(item.id, item);
    const last = read.at(-1);
    const links = linksSchema.parse(body[`${list.name}_links`]);
    if (last === undefined || !links?.some((link) => link.rel === "next")) return [...items.values()];
    progress.marker = last.id;
  }
  throw new ComputeError("BAD_REPLY", `GET ${list.service} ${list.path}: more than ${MOST_PAGES} pages`);
}
