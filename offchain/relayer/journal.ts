// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Hex } from "../bitcoin/bytes.ts";
import { readJson, writeFileAtomic } from "../core/files.ts";
import { type Problem, problemSchema } from "./problem.ts";
import { type Take, takeSchema, takeToJson } from "./take.ts";

/** A take that this relayer has promised to submit. */
export interface JournaledTake {
  readonly leaseId: Hex;
  readonly take: Take;
  /** Why it will not be submitted after all. */
  readonly refusal: Problem | undefined;
}

/** Takes on disk: what `put` has kept is there after a crash. */
export interface Journal {
  get(leaseId: Hex): JournaledTake | undefined;
  all(): JournaledTake[];
  /** Keeps a take, in place of what is there for the same lease. On disk when it resolves. */
  put(entry: JournaledTake): Promise<void>;
  remove(leaseId: Hex): Promise<void>;
}

const NAME = /^(0x[0-9a-f]{64})\.json$/;
const fileSchema = z.object({ take: takeSchema, refusal: problemSchema.optional() });

/**
 * Opens the journal in a folder, one file for each take; makes the folder if it is not there.
 * @throws FileError when a file is not what was written: takes are promises, so none is passed over in silence
 */
export async function openJournal(folder: string): Promise<Journal> {
  await mkdir(folder, { recursive: true });
  const entries = new Map<Hex, JournaledTake>();
  for (const name of await readdir(folder)) {
    const leaseId = NAME.exec(name)?.[1] as Hex | undefined;
    // Other names are of files half written by a process that was killed.
    const file = leaseId && (await readJson(join(folder, name), fileSchema));
    if (leaseId && file) entries.set(leaseId, { leaseId, take: file.take, refusal: file.refusal });
  }
  return {
    get: (leaseId) => entries.get(leaseId),
    all: () => [...entries.values()],
    async put(entry) {
      const { leaseId, take, refusal } = entry;
      await writeFileAtomic(join(folder, `${leaseId}.json`), JSON.stringify({ take: takeToJson(take), refusal }));
      entries.set(leaseId, entry);
    },
    async remove(leaseId) {
      await rm(join(folder, `${leaseId}.json`), { force: true });
      entries.delete(leaseId);
    },
  };
}
