// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { z } from "zod";
import { messageOf, TaggedError } from "./errors.ts";

/**
 * - NOT_JSON: the file's text is no JSON
 * - BAD_CONTENT: it is JSON of another form; `need` says where and what
 */
export class FileError extends TaggedError<"NOT_JSON" | "BAD_CONTENT"> {
  override readonly name = "FileError";
}

/**
 * Replaces a file's content as a whole: after a crash at any moment the file has either the old content or the new one.
 * `mode` (default 0600) is that of the new file.
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** The rename itself is on the disk only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Reads a JSON file of a known form; undefined when there is no such file.
 * @throws FileError NOT_JSON, BAD_CONTENT
 */
export async function readJson<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S> | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileError({ code: "NOT_JSON", message: `${path} is not JSON: ${messageOf(error)}`, cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const need = result.error.issues.map(({ path: at, message }) => `${at.map(String).join(".") || "(all)"}: ${message}`);
  throw new FileError({ code: "BAD_CONTENT", message: `${path} cannot be used: ${need.join("; ")}`, need });
}
