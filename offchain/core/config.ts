// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { TaggedError } from "./errors.ts";
import { isSecret, REDACTED, redactText } from "./redact.ts";

export interface ConfigProblem {
  /** The variable or the path of the field, such as `RPC_URLS` or `rpc.urls.0`. */
  key: string;
  /** What it was set to; secrets are masked. */
  have: string;
  need: string;
}

/** A configuration that cannot be used. A `main` ends with EX_CONFIG (78). */
export class ConfigError extends TaggedError<"BAD_CONFIG"> {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ key, have, need }) => `  ${key}: is ${have}, needs ${need}`);
    super({ code: "BAD_CONFIG", message: `the configuration cannot be used:\n${lines.join("\n")}` });
    this.problems = problems;
  }
}

/**
 * Reads a daemon's configuration out of the environment or a parsed JSON file. A variable set to nothing counts as not set.
 * What a field needs is its schema's `description`, else zod's own message.
 * @throws ConfigError with every problem at once
 */
export function readConfig<S extends z.ZodObject>(schema: S, source: Readonly<Record<string, unknown>>): z.output<S> {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ""));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => describe(schema, given, issue)));
}

function describe(schema: z.ZodObject, source: Record<string, unknown>, issue: z.core.$ZodIssue): ConfigProblem {
  const path = issue.path.map(String);
  const [name = ""] = path;
  const description = descriptionOf(schema.shape[name]);
  const value = path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : at),
    source,
  );
  const key = path.join(".") || "(all)";
  return { key, have: mask(path.at(-1) ?? "", value), need: description ?? issue.message };
}

/** Also of a field that is optional or has a default. */
function descriptionOf(field: unknown): string | undefined {
  if (field instanceof z.ZodDefault || field instanceof z.ZodOptional) return descriptionOf(field.unwrap());
  return field instanceof z.ZodType ? field.description : undefined;
}

function mask(name: string, value: unknown): string {
  if (value === undefined) return "not set";
  if (isSecret(name, value)) return REDACTED;
  return redactText(JSON.stringify(value, (_, v) => (typeof v === "bigint" ? v.toString() : v)) ?? String(value));
}

/** One or more http(s) URLs, separated by commas. */
export const urlList = z
  .string()
  .transform((text) => text.split(",").map((url) => url.trim()))
  .pipe(z.array(z.url({ protocol: /^https?$/ })).min(1))
  .describe("http(s) URLs, separated by commas");

/** A decimal whole number out of the environment. */
export function integer(min: number, max: number) {
  return z
    .union([
      z.number(),
      z
        .string()
        .regex(/^-?\d+$/)
        .transform(Number),
    ])
    .pipe(z.number().int().min(min).max(max))
    .describe(`a whole number from ${min} to ${max}`);
}
