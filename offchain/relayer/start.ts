// SPDX-License-Identifier: Apache-2.0
import { BitcoinNodeError } from "../bitcoin/errors.ts";
import type { BitcoinNode, BlockchainInfo } from "../bitcoin/node.ts";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import type { Clock } from "../core/clock.ts";
import type { Lease } from "./book.ts";
import type { BlockId } from "./types.ts";

/** Blocks before a lease's opening that may pay it already: a day. */
const LOOKBACK = 144;
/** Blocks that the light client keeps; what is older can be neither proven nor removed. */
const RING = 4096;
const PAUSE_MS = 2_000;

const NETWORKS: Readonly<Record<BlockchainInfo["chain"], BitcoinNetwork>> = {
  main: "mainnet",
  test: "testnet",
  testnet4: "testnet",
  signet: "signet",
  regtest: "regtest",
};

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

/**
 * The block above which all payments are to be found that can still be credited or taken back.
 * @param leases those that are watched
 * @param clientHeight of the light client
 */
export async function searchFrom(
  node: BitcoinNode,
  leases: Iterable<Lease>,
  clientHeight: number,
  signal: AbortSignal,
): Promise<BlockId> {
  const { blocks } = await node.blockchainInfo(signal);
  const opened = [...leases].map(({ bitcoinHeight }) => bitcoinHeight);
  const oldest = [blocks, ...opened].reduce((a, b) => Math.min(a, b)) - LOOKBACK;
  const height = Math.min(blocks, Math.max(0, oldest, clientHeight - RING));
  const hash = await node.blockHash(height, signal);
  if (hash !== undefined) return { height, hash };
  throw new BitcoinNodeError("BEHIND", "getblockhash", `no block at height ${height}, below the tip`);
}
