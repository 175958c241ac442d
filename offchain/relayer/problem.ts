// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";

export const problemSchema = z.object({
  /** A URN of the code. */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  /** The name of a contract's custom error, or our own code. */
  code: z.string(),
  /** What was found and what would have been right, where the error tells; integers are decimal strings. */
  have: z.string().optional(),
  need: z.string().optional(),
  /** The arguments of a custom error by name. */
  args: z.record(z.string(), z.string()).optional(),
});

/** What a refusal says (RFC 9457). */
export type Problem = z.infer<typeof problemSchema>;

/** Carries a problem to whoever answers the request. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;

  constructor(parameters: Omit<Problem, "type">) {
    super(parameters.detail);
    this.problem = { type: `urn:xov:error:${parameters.code}`, ...parameters };
  }
}
