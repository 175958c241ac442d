// SPDX-License-Identifier: Apache-2.0

export interface TaggedErrorParameters<Code extends string> {
  code: Code;
  /** For a person: what happened, to what. */
  message: string;
  /** What was there, where that tells more than the message. */
  have?: unknown;
  /** What would have done. */
  need?: unknown;
  /** Whether the same call can succeed later. Default false. */
  retryable?: boolean;
  cause?: unknown;
}

/** An error that callers tell apart by `code`. Each module extends it with the union of its own codes. */
export class TaggedError<Code extends string = string> extends Error {
  override readonly name: string = "TaggedError";
  readonly code: Code;
  readonly have: unknown;
  readonly need: unknown;
  readonly retryable: boolean;

  constructor({ code, message, have, need, retryable = false, cause }: TaggedErrorParameters<Code>) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.have = have;
    this.need = need;
    this.retryable = retryable;
  }
}

/** Whether an error says of itself that the same call can succeed later, whichever module it is from. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Error && "retryable" in error && error.retryable === true;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
