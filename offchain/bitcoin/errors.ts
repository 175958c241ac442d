// SPDX-License-Identifier: Apache-2.0
import { TaggedError } from "../core/errors.ts";

/**
 * What went wrong between us and a node:
 * - UNREACHABLE: no connection, or it broke before the answer was whole
 * - TIMED_OUT: no answer in time
 * - UNAUTHORIZED: it does not accept our credentials, or the cookie file cannot be read
 * - STARTING: it loads its chain and does not answer yet
 * - BUSY: its queue is full
 * - REFUSED: it answered with an error; `rpcCode` is the node's own
 * - BEHIND: it has not come as far as we have
 * - BAD_REPLY: not the answer that the call should have
 */
export type BitcoinNodeErrorCode =
  | "UNREACHABLE"
  | "TIMED_OUT"
  | "UNAUTHORIZED"
  | "STARTING"
  | "BUSY"
  | "REFUSED"
  | "BEHIND"
  | "BAD_REPLY";

// A restarting node writes a new cookie, so a stale one is worth another try as well.
const RETRYABLE: ReadonlySet<BitcoinNodeErrorCode> = new Set([
  "UNREACHABLE",
  "TIMED_OUT",
  "UNAUTHORIZED",
  "STARTING",
  "BUSY",
  "BEHIND",
]);

interface BitcoinNodeErrorDetails {
  rpcCode?: number;
  /** What kind of node it is. Default bitcoind. */
  node?: string;
  cause?: unknown;
  have?: unknown;
  need?: unknown;
}

export class BitcoinNodeError extends TaggedError<BitcoinNodeErrorCode> {
  override readonly name = "BitcoinNodeError";
  /** The RPC method, or "batch"; of a REST API the request. */
  readonly method: string;
  /** The node's own code, when `code` is REFUSED: https://github.com/bitcoin/bitcoin/blob/master/src/rpc/protocol.h */
  readonly rpcCode: number | undefined;

  constructor(
    code: BitcoinNodeErrorCode,
    method: string,
    message: string,
    { rpcCode, node = "bitcoind", ...details }: BitcoinNodeErrorDetails = {},
  ) {
    super({ code, message: `${node} ${method}: ${message}`, retryable: RETRYABLE.has(code), ...details });
    this.method = method;
    this.rpcCode = rpcCode;
  }
}

/** RPC codes that callers tell apart (rpc/protocol.h). */
export const RpcCode = {
  /** A block, transaction or wallet that the node does not know. */
  NOT_FOUND: -5,
  /** An argument that is out of range, such as a height above the tip. */
  INVALID_PARAMETER: -8,
  /** The transaction that is sent is in the chain already. */
  ALREADY_IN_CHAIN: -27,
  IN_WARMUP: -28,
} as const;

export function isRefusal(error: unknown, rpcCode: number): boolean {
  return error instanceof BitcoinNodeError && error.code === "REFUSED" && error.rpcCode === rpcCode;
}
