// SPDX-License-Identifier: Apache-2.0
import { type DestinationStream, type Logger, pino } from "pino";
import { redact } from "./redact.ts";

export type { Logger } from "pino";

export interface LogParameters {
  /** The daemon's name, in every line. */
  name: string;
  /** Default "info". */
  level?: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  /** Default stdout. */
  destination?: DestinationStream;
}

/**
 * A logger of JSON lines. No secret gets through: neither in a field that is named like one, at any depth, nor a credential
 * or key within a text or URL. Bigints become decimal strings.
 */
export function createLog({ name, level = "info", destination }: LogParameters): Logger {
  const options = {
    name,
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: object) => plain(fields, 0) as Record<string, unknown>,
    },
    // On the finished line, so that it holds for child loggers, serialised errors and messages alike.
    hooks: { streamWrite: (line: string) => `${JSON.stringify(redact(JSON.parse(line)))}\n` },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

const MAX_DEPTH = 8;

/** JSON has no bigint, and an error's own fields are not enumerable where it counts. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "[deep]";
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  const fields = value instanceof Error ? { ...pino.stdSerializers.err(value), raw: undefined } : value;
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, plain(field, depth + 1)]));
}
