// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";

/** An error (RFC 9457). */
export const problemSchema = z.object({
  /** A URN of the code. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** The name of a contract's custom error, or one of the service's own codes. */
  code: z.string(),
  /** The path that was asked for. */
  instance: z.string().optional(),
  /** What is wrong with which field of the request. */
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  have: z.string().optional(),
  need: z.string().optional(),
  /** The arguments of a custom error by name. */
  args: z.record(z.string(), z.string()).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
