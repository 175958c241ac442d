// SPDX-License-Identifier: Apache-2.0
import type { Hash, Hex } from "../../offchain/bitcoin/bytes.ts";
import type { BitcoinNode } from "../../offchain/bitcoin/node.ts";
import type { Outpoint } from "../../offchain/bitcoin/transaction.ts";

/** An output that the chain has and that nothing in it spends. */
export interface Unspent extends Outpoint {
  /** Satoshi. */
  readonly value: bigint;
  readonly script: Hex;
}

/** What a signing wallet makes of a PSBT. */
export interface Processed {
  readonly psbt: string;
  /** Whether every input is signed. */
  readonly complete: boolean;
}

/** The provider's wallet inside the node: it may be without keys, and then it watches only. */
export interface NodeWallet {
  /** Confirmed coins of types that we know how to spend. */
  coins(signal?: AbortSignal): Promise<Unspent[]>;
  /** The script of a fresh address for change. */
  changeScript(signal?: AbortSignal): Promise<Hex>;
  /** Adds what it knows of its inputs, and signs them if it can. `psbt` is base64. */
  process(psbt: string, signal?: AbortSignal): Promise<Processed>;
  /** Its transactions that no block has and that are not given up, as raw bytes. */
  pending(signal?: AbortSignal): Promise<Uint8Array[]>;
}

/** What the refunds need of a Bitcoin node. Each call may be made twice, and throws BitcoinNodeError. */
export interface CoinNode
  extends Pick<
    BitcoinNode,
    | "blockchainInfo"
    | "blockHash"
    | "blockHashes"
    | "block"
    | "rawHeaders"
    | "mempool"
    | "mempoolSpenders"
    | "transactions"
    | "sendRawTransaction"
  > {
  /** The outputs as the chain has them, whatever the mempool spends; undefined for those that are spent or not there. */
  unspent(outpoints: readonly Outpoint[], signal?: AbortSignal): Promise<(Unspent | undefined)[]>;
  /** The chain's height when a transaction came into the mempool; undefined when it is not there. */
  inMempoolSince(txid: Hash, signal?: AbortSignal): Promise<number | undefined>;
  /** Satoshi per vbyte to be mined within so many blocks; never below what the node relays. Undefined when it has no estimate. */
  feeRate(blocks: number, signal?: AbortSignal): Promise<number | undefined>;
  /** Satoshi per vbyte that the mempool asks for at least now. */
  leastFeeRate(signal?: AbortSignal): Promise<number>;
  /** Undefined when none is configured. */
  readonly wallet: NodeWallet | undefined;
}
