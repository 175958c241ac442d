// SPDX-License-Identifier: Apache-2.0
import { type Abi, BaseError, decodeErrorResult, type Hash, type Hex, isHex } from "viem";
import { TaggedError, type TaggedErrorParameters } from "../core/errors.ts";

/**
 * What became of a transaction that did not succeed:
 * - REVERTED: the contract refuses it, in the simulation (`hash` undefined, nothing was spent) or when mined
 * - UNDERFUNDED: the account cannot pay for it; nothing was sent
 * - FEE_TOO_HIGH: the chain asks more per gas than the cap; nothing was sent; retryable
 * - SPENDING_LIMIT: it may cost more than is allowed now; it was not sent, or not with higher fees; retryable
 * - REJECTED: no endpoint takes it; nothing was sent
 * - RPC_FAILED: nothing was sent, as no endpoint answers; retryable
 * - NOT_MINED: sent, but not mined in time. It may still be, until the next call takes its nonce: look first
 * - NONCE_TAKEN: sent, but another transaction of the same key was mined in its place; retryable
 */
export type TransactionErrorCode =
  | "REVERTED"
  | "UNDERFUNDED"
  | "FEE_TOO_HIGH"
  | "SPENDING_LIMIT"
  | "REJECTED"
  | "RPC_FAILED"
  | "NOT_MINED"
  | "NONCE_TAKEN";

/** A custom error of a contract, or Error(string) or Panic(uint256). */
export interface Revert {
  /** Undefined when it is not among the known errors, or there was no data. */
  errorName: string | undefined;
  args: readonly unknown[];
  data: Hex;
}

/** Has no viem error as its cause, which would show the endpoint's URL and with it perhaps a key. */
export class TransactionError extends TaggedError<TransactionErrorCode> {
  override readonly name = "TransactionError";
  /** With REVERTED. */
  readonly revert: Revert | undefined;
  /** The last transaction sent, if one was. */
  readonly hash: Hash | undefined;

  constructor(parameters: TaggedErrorParameters<TransactionErrorCode> & { revert?: Revert; hash?: Hash }) {
    super(parameters);
    this.revert = parameters.revert;
    this.hash = parameters.hash;
  }
}

/** Whether a contract refused with this custom error. */
export function isRevert(error: unknown, errorName: string): error is TransactionError {
  return error instanceof TransactionError && error.revert?.errorName === errorName;
}

/** The revert that an `eth_call` or `eth_estimateGas` ended in, or undefined when it failed for another reason. */
export function revertOf(error: unknown, errors: Abi): Revert | undefined {
  if (!(error instanceof BaseError)) return undefined;
  const data = dataOf(error);
  if (data === undefined) {
    // A revert without data, such as `require(false)`, shows in the node's words alone.
    return /execution reverted|VM Exception/i.test(textOf(error))
      ? { errorName: undefined, args: [], data: "0x" }
      : undefined;
  }
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: errors, data });
    return { errorName, args, data };
  } catch {
    return { errorName: undefined, args: [], data };
  }
}

/** What the node said, in whatever layer of viem's errors it is. */
export function textOf(error: unknown): string {
  if (!(error instanceof BaseError)) return error instanceof Error ? error.message : String(error);
  return `${error.shortMessage} ${error.details}`.trim();
}

function dataOf(error: BaseError): Hex | undefined {
  const holder = error.walk((each) => rawData(each) !== undefined);
  return holder === null ? undefined : rawData(holder);
}

/** Nodes put it into `error.data`, or one level deeper. */
function rawData(error: unknown): Hex | undefined {
  if (typeof error !== "object" || error === null || !("data" in error)) return undefined;
  const { data } = error;
  if (typeof data === "object" && data !== null) return rawData(data);
  return isHex(data) && data.length > 2 ? data : undefined;
}
