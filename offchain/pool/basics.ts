// SPDX-License-Identifier: Apache-2.0
// What the API's schemas are made of.
import { z } from "zod";

export const hexSchema = z.string().regex(/^0x([0-9a-f]{2})*$/, "must be bytes in lower-case hexadecimal, with 0x");
export const addressSchema = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be an EVM address");
export const amountSchema = z.string().regex(/^(0|[1-9]\d*)$/, "must be a decimal integer");
export const timeSchema = z.int().nonnegative().meta({ description: "Unix seconds, by the chain's blocks." });

/** The newest block that the index has taken in, from which `blockTime` is: count on from there, not from a machine's clock. */
export const blockSchema = z.object({
  number: z.int().nonnegative(),
  time: timeSchema,
  /** The highest blocks that are safe and final. */
  safe: z.int().nonnegative(),
  finalized: z.int().nonnegative(),
});
export type BlockInfo = z.infer<typeof blockSchema>;
