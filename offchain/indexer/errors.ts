// SPDX-License-Identifier: Apache-2.0
import { TaggedError } from "../core/errors.ts";

/**
 * - DATABASE_IN_USE: another process has the folder of the embedded database open
 * - OTHER_WRITER: the index has moved on since we looked: another indexer writes to the same database
 * - MISSING_ROW: an event is about something that no event before it has told of: the start block is too late, or the
 *   contracts are others
 */
export type IndexErrorCode = "DATABASE_IN_USE" | "OTHER_WRITER" | "MISSING_ROW";

export class IndexError extends TaggedError<IndexErrorCode> {
  override readonly name = "IndexError";
}

/** Connection trouble, too many connections, a serialization failure or a server that is shutting down. */
const PASSING = /^(08|53|40|57P)|^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|AI_AGAIN)/;

/** Whether a database that gave this error can do better later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof IndexError) return error.retryable;
  if (!(error instanceof Error)) return false;
  if ("code" in error && typeof error.code === "string") return PASSING.test(error.code);
  // What pg says, without a code, when a connection ends while it is used.
  return /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message);
}
