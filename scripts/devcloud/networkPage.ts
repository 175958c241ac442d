// SPDX-License-Identifier: Apache-2.0
import type { Request, Response } from "express";
import { neutronError } from "./replies.ts";
import type { Sorted } from "./sorted.ts";
import type { Cloud } from "./types.ts";

interface NetworkList<T extends { readonly id: string }> {
  readonly name: string;
  /** Of the error for a marker that is not there, with the word for what it names. */
  readonly type: string;
  readonly what: string;
  /** By id, in the order of their creation. */
  readonly all: Readonly<Record<string, T>>;
  readonly byId: Sorted<{ readonly id: string }, T>;
  readonly isWanted: (item: T) => boolean;
  readonly view: (item: T) => object;
}

/** Answers with a list, or its page where a limit is asked for: with the links as Neutron has them, and no more than the cloud's own limit. */
export function sendPage<T extends { readonly id: string }>(
  cloud: Cloud,
  req: Request,
  res: Response,
  list: NetworkList<T>,
): void {
  const { name, type, what, isWanted, view } = list;
  const { limit, marker, sort_key: key } = req.query;
  if (limit === undefined) {
    res.json({ [name]: Object.values(list.all).filter(isWanted).map(view) });
    return;
  }
  const at = typeof marker === "string" ? list.all[marker] : undefined;
  if (marker !== undefined && (at === undefined || !isWanted(at))) {
    neutronError(res, 404, type, `${what} ${marker} could not be found.`);
    return;
  }
  const size = Math.min(Number(limit), cloud.options.pageLimit);
  const page = pageOf(list, typeof key === "string" ? key : "id", at, size);
  const link = (rel: string, more: Record<string, string>) => {
    const given = Object.entries(req.query).flatMap(([k, value]) => (typeof value === "string" ? [[k, value]] : []));
    return {
      rel,
      href: `${cloud.url}/network/v2.0/${name}?${new URLSearchParams({ ...Object.fromEntries(given), ...more })}`,
    };
  };
  const [first, last] = [page[0], page.at(-1)];
  res.json({
    [name]: page.map(view),
    [`${name}_links`]: [
      ...(last === undefined || page.length < size ? [] : [link("next", { marker: last.id })]),
      link("previous", { ...(first === undefined ? {} : { marker: first.id }), page_reverse: "True" }),
    ],
  });
}

function pageOf<T extends { readonly id: string }>(
  list: NetworkList<T>,
  key: string,
  marker: T | undefined,
  size: number,
): T[] {
  const { items, behind } = list.byId;
  const sorted = key === "id" ? items : sortedBy(list, key);
  const behindMarker = key === "id" ? behind : (item: T) => sorted.indexOf(item) + 1;
  const page: T[] = [];
  for (let index = marker === undefined ? 0 : behindMarker(marker); page.length < size; index++) {
    const item = sorted[index];
    if (item === undefined) break;
    if (list.isWanted(item)) page.push(item);
  }
  return page;
}

function sortedBy<T extends { readonly id: string }>({ byId, view }: NetworkList<T>, key: string): T[] {
  const keyOf = (item: T): string => {
    const value: unknown = Reflect.get(view(item), key);
    return typeof value === "string" ? value : item.id;
  };
  const valued = byId.items.map((item) => ({ item, value: keyOf(item) }));
  return valued.sort((a, b) => (a.value < b.value ? -1 : 1)).map(({ item }) => item);
}
