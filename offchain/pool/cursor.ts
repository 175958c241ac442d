// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { badRequest } from "./problem.ts";

/** Where a page ended, for the next one to go on: opaque to clients. */
export function toCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** @throws ProblemError BAD_REQUEST when it is not one that `toCursor` made for such a position */
export function fromCursor<S extends z.ZodType>(cursor: string, schema: S): z.output<S> {
  const text = Buffer.from(cursor, "base64url").toString();
  const json = z
    .string()
    .transform((value, context) => {
      try {
        return JSON.parse(value) as unknown;
      } catch {
        context.addIssue({ code: "custom", message: "is not the nextCursor of a page" });
        return z.NEVER;
      }
    })
    .safeParse(text);
  const result = json.success ? schema.safeParse(json.data) : json;
  if (result.success) return result.data as z.output<S>;
  const message = "is not the nextCursor of a page with the same sort";
  throw badRequest(new z.ZodError([{ code: "custom", path: ["cursor"], message, input: cursor }]), "query");
}
