// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { type Block, parseBlock } from "./block.ts";
import { bytesToHex, type Hash, type Hex } from "./bytes.ts";
import { isRefusal, RpcCode } from "./errors.ts";
import { type BatchResult, createRpc, type RpcCall, type RpcParameters } from "./rpc.ts";
import { type Outpoint, parseTransaction, type Transaction, transactionId } from "./transaction.ts";

/** A block header as the node knows it. */
export interface BlockHeader {
  hash: Hash;
  height: number;
  /** 1 at the tip; −1 when the block is not in the best chain. */
  confirmations: number;
  /** Undefined for the genesis block. */
  previousHash: Hash | undefined;
  /** Expected hashes of the chain up to and including this block. */
  chainwork: bigint;
}

export interface BlockchainInfo {
  chain: "main" | "test" | "testnet4" | "signet" | "regtest";
  /** Height of the best block that is fully validated. */
  blocks: number;
  /** Height of the best header, which the node may still be fetching the blocks for. */
  headers: number;
  bestHash: Hash;
  initialBlockDownload: boolean;
}

export interface Mempool {
  /** False while the node still reads back what it had before it stopped. */
  loaded: boolean;
  txids: readonly Hash[];
}

/**
 * What we ask a Bitcoin node about chains. Each call may be made twice. Each throws BitcoinNodeError, or the signal's
 * reason; what the node does not have is `undefined`, no error.
 */
export interface ChainReader {
  blockchainInfo(signal?: AbortSignal): Promise<BlockchainInfo>;
  bestBlockHash(signal?: AbortSignal): Promise<Hash>;
  /** The hash at a height of the best chain; undefined above its tip. */
  blockHash(height: number, signal?: AbortSignal): Promise<Hash | undefined>;
  /** The hashes of `count` heights from `from` in the best chain: fewer when it ends before. */
  blockHashes(from: number, count: number, signal?: AbortSignal): Promise<Hash[]>;
  /** A header of any chain that the node knows. */
  blockHeader(hash: Hash, signal?: AbortSignal): Promise<BlockHeader | undefined>;
  /** Raw headers, 80 bytes each, in the order of the hashes. REFUSED when one is unknown. */
  rawHeaders(hashes: readonly Hash[], signal?: AbortSignal): Promise<Hex[]>;
  /** A block of any chain that the node has the data of. REFUSED when it has not, or has pruned it. */
  block(hash: Hash, signal?: AbortSignal): Promise<Block>;
}

/** What we ask it about transactions that are not mined yet, under the same terms. */
export interface MempoolReader {
  mempool(signal?: AbortSignal): Promise<Mempool>;
  /** Transactions of the mempool (or, with `txindex`, of the chain); undefined for those that are not there. */
  transactions(txids: readonly Hash[], signal?: AbortSignal): Promise<(Transaction | undefined)[]>;
  /** The mempool's transactions that spend these outputs, in their order; undefined for outputs that none spends. */
  mempoolSpenders(outpoints: readonly Outpoint[], signal?: AbortSignal): Promise<(Hash | undefined)[]>;
  /** Whether the output is in the chain and unspent there; what the mempool spends is not looked at. */
  isUnspentInChain(outpoint: Outpoint, signal?: AbortSignal): Promise<boolean>;
}

export interface BitcoinNode extends ChainReader, MempoolReader {
  /**
   * Sends a transaction; one that the node has already, or that is mined, is no error, so this may be called twice too.
   * @returns its id
   */
  sendRawTransaction(raw: Uint8Array, signal?: AbortSignal): Promise<Hash>;
}

const BATCH = 100;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
// No regular expression: a block has eight million digits. Buffer stops at what is no digit.
const bytes = z
  .string()
  .transform((digits): Uint8Array => Buffer.from(digits, "hex"))
  .refine((decoded) => decoded.length > 0, "not hexadecimal");
const height = z.number().int().nonnegative();

const blockchainInfo = z
  .object({
    chain: z.enum(["main", "test", "testnet4", "signet", "regtest"]),
    blocks: height,
    headers: z.number().int(), // −1 before the first
    bestblockhash: hash,
    initialblockdownload: z.boolean(),
  })
  .transform(({ chain, blocks, headers, bestblockhash, initialblockdownload }): BlockchainInfo => {
    return { chain, blocks, headers, bestHash: bestblockhash, initialBlockDownload: initialblockdownload };
  });

const blockHeader = z
  .object({
    hash,
    height,
    confirmations: z.number().int(),
    previousblockhash: hash.optional(),
    chainwork: z.string().regex(/^[0-9a-f]+$/),
  })
  .transform(({ previousblockhash, chainwork, ...header }): BlockHeader => {
    return { ...header, previousHash: previousblockhash, chainwork: BigInt(`0x${chainwork}`) };
  });

const mempoolCalls: readonly RpcCall<{ loaded: boolean } | Hash[]>[] = [
  { method: "getmempoolinfo", schema: z.object({ loaded: z.boolean() }) },
  { method: "getrawmempool", schema: z.array(hash) },
];

const spenders = z.array(z.object({ spendingtxid: hash.optional() }));
const txOut = z.object({ confirmations: z.number().int() }).nullable();

/** A client of a bitcoind (or another node that speaks its RPC, version 28 or newer). Nothing is sent before the first call. */
export function createBitcoinNode(parameters: RpcParameters): BitcoinNode {
  const rpc = createRpc(parameters);

  /** Splits what is too much for one request. */
  async function batches<T>(calls: readonly RpcCall<T>[], signal?: AbortSignal): Promise<BatchResult<T>[]> {
    const results: BatchResult<T>[] = [];
    for (let i = 0; i < calls.length; i += BATCH) {
      results.push(...(await rpc.batch(calls.slice(i, i + BATCH), signal)));
    }
    return results;
  }

  const blockHashes: BitcoinNode["blockHashes"] = async (from, count, signal) => {
    const calls = Array.from({ length: count }, (_, i) => {
      return { method: "getblockhash", params: [from + i], schema: hash };
    });
    const results = await batches(calls, signal);
    const hashes: Hash[] = [];
    for (const result of results) {
      const value = orUndefined(result, RpcCode.INVALID_PARAMETER);
      if (value === undefined) break;
      hashes.push(value);
    }
    return hashes;
  };

  return {
    blockHashes,
    blockchainInfo: (signal) => rpc.call({ method: "getblockchaininfo", schema: blockchainInfo }, signal),
    bestBlockHash: (signal) => rpc.call({ method: "getbestblockhash", schema: hash }, signal),
    blockHash: async (at, signal) => (await blockHashes(at, 1, signal))[0],
    async blockHeader(of, signal) {
      const [result] = await rpc.batch([{ method: "getblockheader", params: [of], schema: blockHeader }], signal);
      return result && orUndefined(result, RpcCode.NOT_FOUND);
    },
    async rawHeaders(hashes, signal) {
      const calls = hashes.map((each) => ({ method: "getblockheader", params: [each, false], schema: bytes }));
      return (await batches(calls, signal)).map((result) => bytesToHex(orThrow(result)));
    },
    block: async (of, signal) =>
      parseBlock(await rpc.call({ method: "getblock", params: [of, 0], schema: bytes }, signal)),
    async mempool(signal) {
      const [info, txids] = (await rpc.batch(mempoolCalls, signal)).map(orThrow);
      return {
        loaded: info !== undefined && "loaded" in info && info.loaded,
        txids: Array.isArray(txids) ? txids : [],
      };
    },
    async transactions(txids, signal) {
      const calls = txids.map((txid) => ({ method: "getrawtransaction", params: [txid], schema: bytes }));
      const results = await batches(calls, signal);
      return results.map((result) => {
        const raw = orUndefined(result, RpcCode.NOT_FOUND);
        return raw && parseTransaction(raw);
      });
    },
    async mempoolSpenders(outpoints, signal) {
      if (outpoints.length === 0) return [];
      const found = await rpc.call({ method: "gettxspendingprevout", params: [outpoints], schema: spenders }, signal);
      return found.map(({ spendingtxid }) => spendingtxid);
    },
    async isUnspentInChain({ txid, vout }, signal) {
      return (await rpc.call({ method: "gettxout", params: [txid, vout, false], schema: txOut }, signal)) !== null;
    },
    async sendRawTransaction(raw, signal) {
      try {
        const digits = Buffer.from(raw).toString("hex");
        return await rpc.call({ method: "sendrawtransaction", params: [digits], schema: hash }, signal);
      } catch (error) {
        if (isRefusal(error, RpcCode.ALREADY_IN_CHAIN)) return transactionId(parseTransaction(raw));
        throw error;
      }
    },
  };
}

function orThrow<T>(result: BatchResult<T>): T {
  if (result.ok) return result.value;
  throw result.error;
}

function orUndefined<T>(result: BatchResult<T>, absent: number): T | undefined {
  if (!result.ok && isRefusal(result.error, absent)) return undefined;
  return orThrow(result);
}
