// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Hex } from "../bitcoin/bytes.ts";
import { openFolder } from "./folder.ts";
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

const fileSchema = z
  .object({ take: takeSchema, refusal: problemSchema.optional() })
  .transform(({ take, refusal }) => ({ take, refusal }));

/**
 * Opens the journal in a folder, one file for each take; makes the folder if it is not there.
 * @throws FileError when a file is not what was written: takes are promises, so none is passed over in silence
 */
export async function openJournal(path: string): Promise<Journal> {
  const folder = await openFolder(path, fileSchema, ({ take, refusal }) => ({ take: takeToJson(take), refusal }));
  const named = (leaseId: Hex, kept: z.output<typeof fileSchema>): JournaledTake => ({ leaseId, ...kept });
  return {
    get: (leaseId) => {
      const kept = folder.get(leaseId);
      return kept && named(leaseId, kept);
    },
    all: () => folder.all().map(([leaseId, kept]) => named(leaseId, kept)),
    put: ({ leaseId, take, refusal }) => folder.put(leaseId, { take, refusal }),
    remove: folder.remove,
  };
}
