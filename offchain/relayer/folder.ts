// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import type { Hex } from "../bitcoin/bytes.ts";
import { readJson, writeFileAtomic } from "../core/files.ts";

/** Promises on disk by a key of 32 bytes: what `put` has kept is there after a crash. */
export interface Folder<T> {
  get(key: Hex): T | undefined;
  all(): [key: Hex, value: T][];
  /** Keeps a value, in place of what is there for the same key. On disk when it resolves. */
  put(key: Hex, value: T): Promise<void>;
  remove(key: Hex): Promise<void>;
}

const NAME = /^(0x[0-9a-f]{64})\.json$/;

/**
 * Opens a folder with one file for each value; makes it if it is not there.
 *
 * @param schema reads what `toJson` writes
 * @throws FileError when a file is not what was written: they are promises, so none is passed over in silence
 */
export async function openFolder<T extends object>(
  path: string,
  schema: z.ZodType<T>,
  toJson: (value: T) => unknown,
): Promise<Folder<T>> {
  await mkdir(path, { recursive: true });
  const values = new Map<Hex, T>();
  for (const name of await readdir(path)) {
    const key = NAME.exec(name)?.[1] as Hex | undefined;
    // Other names are of files half written by a process that was killed.
    const value = key && (await readJson(join(path, name), schema));
    if (key && value) values.set(key, value);
  }
  return {
    get: (key) => values.get(key),
    all: () => [...values],
    async put(key, value) {
      await writeFileAtomic(join(path, `${key}.json`), JSON.stringify(toJson(value)));
      values.set(key, value);
    },
    async remove(key) {
      await rm(join(path, `${key}.json`), { force: true });
      values.delete(key);
    },
  };
}
