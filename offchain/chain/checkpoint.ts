// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "viem";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../core/files.ts";
import type { Position } from "./position.ts";

/**
 * What a consumer keeps after it has applied an update, in one step with what the update did to it: to go on exactly
 * there, also when a reorg happens in between. Plain JSON.
 */
export interface Checkpoint {
  chainId: number;
  /** A final block, as a decimal number and its hash. */
  base: { number: string; hash: Hash };
  /** The hashes of all blocks followed since, in order. */
  recent: readonly Hash[];
}

const hash = z.custom<Hash>((value) => typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value), "a block hash");

/** The form of a checkpoint in JSON. */
export const checkpointSchema: z.ZodType<Checkpoint> = z.object({
  chainId: z.number().int().positive(),
  base: z.object({ number: z.string().regex(/^\d+$/), hash }),
  recent: z.array(hash),
});

export function toCheckpoint(chainId: number, { base, recent }: Position): Checkpoint {
  return { chainId, base: { number: base.number.toString(), hash: base.hash }, recent };
}

export function fromCheckpoint({ base, recent }: Checkpoint): Position {
  return { base: { number: BigInt(base.number), hash: base.hash }, recent };
}

/** A checkpoint kept in a file, for consumers whose effects can be repeated. Others keep it where their effects are. */
export interface CheckpointFile {
  /** @throws FileError when the file holds something else */
  load(): Promise<Checkpoint | undefined>;
  save(checkpoint: Checkpoint): Promise<void>;
}

export function checkpointFile(path: string): CheckpointFile {
  return {
    load: () => readJson(path, checkpointSchema),
    save: (checkpoint) => writeFileAtomic(path, `${JSON.stringify(checkpoint)}\n`),
  };
}
