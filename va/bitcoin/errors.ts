// SPDX-License-Identifier: Apache-2.0
import { TaggedError } from "../../offchain/core/errors.ts";

/**
 * Why no transaction can be made:
 * - TOO_LITTLE: the coins do not pay for the outputs and the fee
 * - UNSPENDABLE: a coin's script is of no type that we know how to spend
 * - NO_KEY: nothing that we have signs for an input
 */
export type SpendErrorCode = "TOO_LITTLE" | "UNSPENDABLE" | "NO_KEY";

export class SpendError extends TaggedError<SpendErrorCode> {
  override readonly name = "SpendError";

  constructor(code: SpendErrorCode, message: string, details: { have?: unknown; need?: unknown } = {}) {
    super({ code, message, retryable: false, ...details });
  }
}
