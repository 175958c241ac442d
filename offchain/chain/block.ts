// SPDX-License-Identifier: Apache-2.0
import type { Address, Hash, Hex } from "viem";

/** A block's place in a chain. */
export interface BlockId {
  number: bigint;
  hash: Hash;
}

export interface Block extends BlockId {
  parentHash: Hash;
  /** Seconds since the Unix epoch: the only time that counts. */
  timestamp: bigint;
}

/** A block as an endpoint gives it. */
export interface Header extends Block {
  logsBloom: Hex;
}

/** A log as an endpoint gives it: not yet decoded. */
export interface RawLog {
  address: Address;
  topics: readonly Hex[];
  data: Hex;
  blockNumber: bigint;
  blockHash: Hash;
  transactionHash: Hash;
  /** Position among all logs of the block. */
  logIndex: number;
}
