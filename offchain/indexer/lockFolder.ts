// SPDX-License-Identifier: Apache-2.0
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { IndexError } from "./errors.ts";

/** Locks of this process. */
const held = new Set<string>();

/**
 * Keeps other processes from opening the embedded database in a folder, which two at once would destroy. The lock of a
 * process that is gone does not count.
 * @returns what gives the folder free
 * @throws IndexError DATABASE_IN_USE
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "lock");
  for (;;) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      held.add(path);
      return async () => {
        held.delete(path);
        await rm(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = Number(await readFile(path, "utf8").catch(() => "0"));
    // In a container every start may have the same id: a lock of our own id that we did not make is an old one's.
    if (isAlive(owner) && (owner !== process.pid || held.has(path))) {
      const message = `process ${owner} has the database in ${folder} open`;
      throw new IndexError({ code: "DATABASE_IN_USE", message, have: owner });
    }
    await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
