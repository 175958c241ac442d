// SPDX-License-Identifier: Apache-2.0
import { stat } from "node:fs/promises";
import type { Kysely } from "kysely";
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import { readJson } from "../core/files.ts";
import type { Logger } from "../core/log.ts";
import type { Database } from "../indexer/tables.ts";

/** The form of the catalogue's file: what each appliance, by its id, offers to boot. */
export const catalogueSchema = z.record(
  z.string().regex(/^\d+$/, "must be an appliance's id"),
  z.strictObject({ images: z.array(z.string().min(1).max(255)).max(100) }),
);

/** What a pool's operator says of appliances whose cards do not say it. */
export interface Catalogue {
  /** Names of images by appliance. */
  images(): Promise<Images>;
}

/** Names of images by appliance. */
export type Images = ReadonlyMap<number, readonly string[]>;

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
  let images: Images = new Map();
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

function toMap(catalogue: z.output<typeof catalogueSchema>): Images {
  return new Map(Object.entries(catalogue).map(([appliance, { images }]) => [Number(appliance), images]));
}

/** What each appliance offers to boot: as its card on the chain lists it, or else the operator's catalogue. */
export async function imagesOf({ db, catalogue }: { db: Kysely<Database>; catalogue: Catalogue }): Promise<Images> {
  const cards = await db.selectFrom("appliances").select(["id", "images"]).where("images", "is not", null).execute();
  const listed = cards.map(({ id, images }) => [id, images ?? []] as const);
  return new Map([...(await catalogue.images()), ...listed]);
}
