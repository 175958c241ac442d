// SPDX-License-Identifier: Apache-2.0
import type { Request, Response } from "express";
import { neutronError } from "./replies.ts";
import type { Cloud } from "./types.ts";

interface NetworkList {
  readonly name: string;
  /** Of the error for a marker that is not there, with the word for what it names. */
  readonly type: string;
  readonly what: string;
  readonly items: readonly { readonly id: string }[];
}

/** Answers with a list, or its page where a limit is asked for: with the links as Neutron has them, and no more than the cloud's own limit. */
export function sendPage(cloud: Cloud, req: Request, res: Response, { name, type, what, items }: NetworkList): void {
  const { limit, marker, sort_key: key } = req.query;
  if (limit === undefined) {
    res.json({ [name]: items });
    return;
  }
  const sorted = [...items].sort((a, b) => (sortable(a, key) < sortable(b, key) ? -1 : 1));
  const start = marker === undefined ? 0 : sorted.findIndex(({ id }) => id === marker) + 1;
  if (marker !== undefined && start === 0) {
    neutronError(res, 404, type, `${what} ${marker} could not be found.`);
    return;
  }
  const size = Math.min(Number(limit), cloud.options.pageLimit);
  const page = sorted.slice(start, start + size);
  const link = (rel: string, more: Record<string, string>) => {
    const given = Object.entries(req.query).flatMap(([k, value]) => (typeof value === "string" ? [[k, value]] : []));
    return {
      rel,
      href: `${cloud.url}/network/v2.0/${name}?${new URLSearchParams({ ...Object.fromEntries(given), ...more })}`,
    };
  };
  const [first, last] = [page[0], page.at(-1)];
  res.json({
    [name]: page,
    [`${name}_links`]: [
      ...(last === undefined || page.length < size ? [] : [link("next", { marker: last.id })]),
      link("previous", { ...(first === undefined ? {} : { marker: first.id }), page_reverse: "True" }),
    ],
  });
}

function sortable(item: { readonly id: string }, key: unknown): string {
  const value: unknown = typeof key === "string" ? Reflect.get(item, key) : undefined;
  return typeof value === "string" ? value : item.id;
}
