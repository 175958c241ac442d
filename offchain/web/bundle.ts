// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** What a build of the site is: `bundle.json`, which the site serves. */
export interface Bundle {
  /** SHA-256 over the lines `<sha256 of the file>  <path>` in the order of the paths, as `sha256sum` prints them. */
  readonly hash: string;
  /** SHA-256 by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** The name of the file that names all others. */
export const BUNDLE_FILE = "bundle.json";

/** Bytes of all scripts of a build: as they are and compressed. */
export interface ScriptSize {
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
}

const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");

/** Hashes the files of a folder, but for the bundle file itself. */
export async function describeBundle(folder: string): Promise<Bundle> {
  const files: Record<string, string> = {};
  for (const path of await filesIn(folder)) {
    if (path !== BUNDLE_FILE) files[path] = sha256(await readFile(join(folder, path)));
  }
  const lines = Object.entries(files).map(([path, hash]) => `${hash}  ${path}\n`);
  return { hash: sha256(lines.join("")), files };
}

/** Adds up the scripts of a folder, each compressed on its own as it is served. */
export async function scriptSize(folder: string): Promise<ScriptSize> {
  const size = { raw: 0, gzip: 0, brotli: 0 };
  for (const path of await filesIn(folder)) {
    if (!path.endsWith(".js")) continue;
    const script = await readFile(join(folder, path));
    size.raw += script.length;
    size.gzip += gzipSync(script, { level: 9 }).length;
    size.brotli += brotliCompressSync(script, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  }
  return size;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.map((file) => relative(folder, file).split(sep).join("/")).sort();
}
