// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { RequestHandler } from "express";
import { cacheControlOf, SITE_HEADERS } from "../web/headers.ts";

interface SiteFile {
  readonly body: Buffer;
  readonly br: Buffer;
  readonly gzip: Buffer;
  readonly etag: string;
}

/** The files of the built site by their path, `/index.html` among them. */
export type Site = ReadonlyMap<string, SiteFile>;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

/**
 * Reads a built site into memory, compressed once: it is small, and what is served does not change under a running service.
 * @throws Error when the folder has no index.html
 */
export async function loadSite(folder: string): Promise<Site> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const loaded = await Promise.all(
    files.map(async (file) => {
      const path = `/${relative(folder, file).split(sep).join("/")}`;
      return [path, await toSiteFile(await readFile(file))] as const;
    }),
  );
  const site = new Map(loaded);
  if (!site.has("/index.html")) throw new Error(`there is no built site in ${folder}`);
  return site;
}

async function toSiteFile(body: Buffer): Promise<SiteFile> {
  const [br, zipped] = await Promise.all([promisify(brotliCompress)(body), promisify(gzip)(body)]);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  return { body, br, gzip: zipped, etag };
}

/** Serves the site: its files, and index.html for every other page, since the browser finds out which one it is. */
export function serveSite(site: Site): RequestHandler {
  return (request, response, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") return next();
    const path = pathOf(request.path);
    // A name with an extension is a file's: a missing script must not turn into a page.
    const name = path !== undefined && site.has(path) ? path : extname(path ?? ".") === "" ? "/index.html" : undefined;
    const file = name === undefined ? undefined : site.get(name);
    if (name === undefined || file === undefined) return next();
    const encoding = request.acceptsEncodings(["br", "gzip", "identity"]);
    response.set(SITE_HEADERS).set("Cache-Control", cacheControlOf(name)).set("ETag", file.etag);
    response.set("Content-Type", TYPES[extname(name)] ?? "application/octet-stream").vary("Accept-Encoding");
    // Express answers 304 to whoever has it; the tag is of the content, whatever its encoding.
    if (request.fresh) return response.status(304).end();
    if (encoding !== "br" && encoding !== "gzip") return response.end(file.body);
    return response.set("Content-Encoding", encoding).end(file[encoding]);
  };
}

/** Undefined for one that is not well encoded. */
function pathOf(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
