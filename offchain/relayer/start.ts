// SPDX-License-Identifier: Apache-2.0
import {
  BaseError,
  HttpRequestError,
  InternalRpcError,
  LimitExceededRpcError,
  ResourceUnavailableRpcError,
  TimeoutError,
} from "viem";
import { BitcoinNodeError } from "../bitcoin/errors.ts";
import type { BitcoinNode, BlockchainInfo } from "../bitcoin/node.ts";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import type { Clock } from "../core/clock.ts";
import { isRetryable } from "../core/errors.ts";
import { backoffMs } from "../core/retry.ts";
import type { Lease } from "./book.ts";
import type { Search } from "./cache.ts";
import type { BlockId, Payment } from "./types.ts";

/** Blocks before a lease's opening that may pay it already: a day. */
const LOOKBACK = 144;
/** Blocks that the light client keeps; what is older can be neither proven nor removed. */
export const RING = 4096;
const PAUSE_MS = 2_000;

const NETWORKS: Readonly<Record<BlockchainInfo["chain"], BitcoinNetwork>> = {
  main: "mainnet",
  test: "testnet",
  testnet4: "testnet",
  signet: "signet",
  regtest: "regtest",
};

export interface UntilAnsweredParameters {
  clock: Clock;
  signal: AbortSignal;
  /** Hears of each failure. */
  onWait: (error: Error) => void;
}

/**
 * Repeats a step until the nodes that it asks answer: a daemon may be up before they are.
 * @throws what waiting does not mend, such as a contract that is not there
 */
export async function untilAnswered<T>(step: () => Promise<T>, parameters: UntilAnsweredParameters): Promise<T> {
  const { clock, signal, onWait } = parameters;
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    try {
      return await step();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error) || !(isRetryable(error) || isSilence(error))) throw error;
      onWait(error);
    }
    await clock.sleep(backoffMs(failures, { minMs: PAUSE_MS }), signal);
  }
}

/** Whether no endpoint of the chain gave an answer: one that refuses the call does, unless it only says that it is busy. */
function isSilence(error: Error): boolean {
  if (!(error instanceof BaseError)) return false;
  return error.walk((each) => SILENCE.some((kind) => each instanceof kind)) !== null;
}

const SILENCE = [HttpRequestError, TimeoutError, LimitExceededRpcError, InternalRpcError, ResourceUnavailableRpcError];

export interface AwaitNodeParameters {
  node: BitcoinNode;
  /** The node is of no use before it has come this far. */
  height: number;
  clock: Clock;
  signal: AbortSignal;
  onWait: (reason: unknown) => void;
}

/** Waits until the node answers and has the blocks that the light client began with; says what network it is of. */
export async function awaitNode({ node, height, clock, signal, onWait }: AwaitNodeParameters): Promise<BitcoinNetwork> {
  for (;;) {
    try {
      const { blocks, chain } = await node.blockchainInfo(signal);
      if (blocks >= height) return NETWORKS[chain];
      onWait(`bitcoind is at height ${blocks}, the light client began at ${height}`);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BitcoinNodeError) || !error.retryable) throw error;
      onWait(error);
    }
    await clock.sleep(PAUSE_MS, signal);
  }
}

export interface SearchFromParameters {
  node: BitcoinNode;
  /** Those that are watched. */
  leases: readonly Lease[];
  /** Of the light client. */
  clientHeight: number;
  /** What was searched before. */
  searched: Search | undefined;
  signal: AbortSignal;
}

/** Where to begin the search for all payments that can still be credited or taken back, and those up to there. */
export async function searchFrom(parameters: SearchFromParameters): Promise<{ from: BlockId; before: Payment[] }> {
  const { node, leases, clientHeight, signal } = parameters;
  const { blocks } = await node.blockchainInfo(signal);
  const searched = await stillThere(parameters);
  const known = new Set(searched?.leases);
  const added = leases.filter(({ leaseId }) => !known.has(leaseId)).map(({ bitcoinHeight }) => bitcoinHeight);
  const oldest = [blocks, ...added].reduce((a, b) => Math.min(a, b)) - LOOKBACK;
  const needed = Math.max(0, oldest, clientHeight - RING);
  const height = Math.min(blocks, needed, Math.max(searched?.upTo.height ?? needed, clientHeight - RING));
  const hash = await node.blockHash(height, signal);
  if (hash === undefined) {
    throw new BitcoinNodeError("BEHIND", "getblockhash", `no block at height ${height}, below the tip`);
  }
  const before = searched?.payments.filter(({ block }) => block.height <= height) ?? [];
  return { from: { height, hash }, before };
}

/** A search of blocks that the node's chain has no longer is of no use. */
async function stillThere({ node, searched, signal }: SearchFromParameters): Promise<Search | undefined> {
  if (searched === undefined) return undefined;
  const { height, hash } = searched.upTo;
  return (await node.blockHash(height, signal)) === hash ? searched : undefined;
}
