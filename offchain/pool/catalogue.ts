// SPDX-License-Identifier: Apache-2.0
import { stat } from "node:fs/promises";
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import { readJson } from "../core/files.ts";
import type { Logger } from "../core/log.ts";

/** The form of the catalogue's file: what each appliance, by its id, offers to boot. */
export const catalogueSchema = z.record(
  z.string().regex(/^\d+$/, "must be an appliance's id"),
  z.strictObject({ images: z.array(z.string().min(1).max(255)).max(100) }),
);

/** What the pool knows of its appliances beside the chain, which does not tell images. */
export interface Catalogue {
  /** Names of images by appliance. */
  images(): Promise<ReadonlyMap<number, readonly string[]>>;
}

export const EMPTY_CATALOGUE: Catalogue = { images: async () => new Map() };

export interface CatalogueParameters {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 5_000;

/**
 * A catalogue kept in a file, which is read again when it has changed. A file that cannot be used leaves what was read before.
 */
export function createCatalogue({ path, clock, log }: CatalogueParameters): Catalogue {
  let images: ReadonlyMap<number, readonly string[]> = new Map();
  let changedAt: number | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    async images() {
      if (clock.now() - lookedAt < LOOK_EVERY_MS) return images;
      lookedAt = clock.now();
      try {
        const { mtimeMs } = await stat(path);
        if (mtimeMs !== changedAt) {
          images = toMap((await readJson(path, catalogueSchema)) ?? {});
          changedAt = mtimeMs;
        }
      } catch (error) {
        log.warn({ err: error, path }, "the catalogue cannot be read");
      }
      return images;
    },
  };
}

function toMap(catalogue: z.output<typeof catalogueSchema>): ReadonlyMap<number, readonly string[]> {
  return new Map(Object.entries(catalogue).map(([appliance, { images }]) => [Number(appliance), images]));
}
