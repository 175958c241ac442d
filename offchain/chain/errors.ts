// SPDX-License-Identifier: Apache-2.0
import { TaggedError } from "../core/errors.ts";

/**
 * What keeps the follower from going on:
 * - RPC_FAILED: an endpoint gave no answer, or something that is not the answer
 * - RPC_REFUSED: an endpoint answered with an error
 * - BEHIND: an endpoint has not come as far as blocks that we know to be final
 * - INCONSISTENT: two answers of an endpoint contradict each other, mostly because its chain changed in between
 * - LOGS_WITHHELD: an endpoint left out logs that another one has; what was used is whole
 * - WRONG_CHAIN: an endpoint, or a checkpoint, is of another chain
 * - FINALITY_VIOLATED: an endpoint's chain lacks a block that was final: it lies, or the chain was replaced
 * - UNDECODABLE_LOG: one of our contracts emitted a known event in another form: the ABI is not the contract's
 */
export type ChainErrorCode =
  | "RPC_FAILED"
  | "RPC_REFUSED"
  | "BEHIND"
  | "INCONSISTENT"
  | "LOGS_WITHHELD"
  | "WRONG_CHAIN"
  | "FINALITY_VIOLATED"
  | "UNDECODABLE_LOG";

export class ChainError extends TaggedError<ChainErrorCode> {
  override readonly name = "ChainError";
}
