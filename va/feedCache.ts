// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { readJson, writeFileAtomic } from "../offchain/core/files.ts";
import type { FeedCheckpoint } from "./leaseFeed.ts";

const hex = z.custom<`0x${string}`>((value) => typeof value === "string" && /^0x([0-9a-f]{2})*$/.test(value), "hex");
const natural = z
  .string()
  .regex(/^\d+$/)
  .transform((text) => BigInt(text));

const leaseSchema = z.object({
  leaseId: hex,
  openedAt: natural,
  market: z.number(),
  launches: z.array(z.object({ number: z.number(), block: natural, sealedSpec: hex })),
  announcements: z.number(),
});

const fileSchema = z.object({
  finalized: z.object({ number: natural, hash: hex, timestamp: natural }),
  leases: z.array(leaseSchema),
  orders: z.array(natural),
  card: hex.optional(),
});

/** Keeps what the events told in a file, so that a restart need not read them all again. It may be deleted at any time. */
export interface FeedCache {
  /** Undefined when there is no such file. @throws FileError when it holds something else */
  load(): Promise<FeedCheckpoint | undefined>;
  save(checkpoint: FeedCheckpoint): Promise<void>;
}

/** A cache in a file of this path, whose folder exists. */
export function feedCache(path: string): FeedCache {
  return {
    async load() {
      const file = await readJson(path, fileSchema);
      if (file === undefined) return undefined;
      const leases = file.leases.map((lease) => [lease.leaseId, lease] as const);
      return {
        finalized: file.finalized,
        index: { leases: new Map(leases), orders: new Set(file.orders), card: file.card },
      };
    },
    async save({ finalized, index }) {
      const file = { finalized, leases: [...index.leases.values()], orders: [...index.orders], card: index.card };
      const text = JSON.stringify(file, (_, value) => (typeof value === "bigint" ? value.toString() : value));
      await writeFileAtomic(path, `${text}\n`);
    },
  };
}
