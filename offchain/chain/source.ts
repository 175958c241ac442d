// SPDX-License-Identifier: Apache-2.0
import {
  type Address,
  BaseError,
  type Client,
  type Hash,
  HttpRequestError,
  numberToHex,
  ResponseBodyTooLargeError,
  RpcRequestError,
} from "viem";
import { z } from "zod";
import { messageOf } from "../core/errors.ts";
import type { Header, RawLog } from "./block.ts";
import { ChainError } from "./errors.ts";

/** An endpoint's view of the chain's end. */
export interface Tips {
  latest: Header;
  safe: Header;
  finalized: Header;
}

export type LogQuery = { blockHash: Hash } | { fromBlock: bigint; toBlock: bigint };

/** One RPC endpoint, asked by the follower. Every method may throw a ChainError. */
export interface ChainSource {
  /** For logs; holds no secret. */
  readonly name: string;
  /** The number of its latest block. */
  height(signal: AbortSignal): Promise<bigint>;
  tips(signal: AbortSignal): Promise<Tips>;
  /** The blocks of these numbers in its canonical chain; undefined where it has none. */
  headers(numbers: readonly bigint[], signal: AbortSignal): Promise<(Header | undefined)[]>;
  logs(query: LogQuery, addresses: readonly Address[], signal: AbortSignal): Promise<RawLog[]>;
}

/**
 * How a chain says what is safe and final: by the block tags of its nodes, or, where it has none, by so many blocks
 * below the latest.
 */
export type Finality = "tags" | { safeDepth: number; finalizedDepth: number };

export interface RpcSourceParameters {
  name: string;
  /** Its transport should batch, or each header is a request of its own. */
  client: Client;
  /** What `eth_chainId` has to say. */
  chainId: number;
  finality: Finality;
}

const hex = (bytes?: number) =>
  z.custom<`0x${string}`>(
    (value) =>
      typeof value === "string" &&
      /^0x[0-9a-f]*$/i.test(value) &&
      (bytes === undefined || value.length === 2 + 2 * bytes),
    bytes === undefined ? "hex" : `${bytes} bytes in hex`,
  );
const quantity = z
  .string()
  .regex(/^0x[0-9a-f]+$/i)
  .transform((value) => BigInt(value));

const headerReply = z.object({
  number: quantity,
  hash: hex(32),
  parentHash: hex(32),
  timestamp: quantity,
  logsBloom: hex(256),
});

const logsReply = z.array(
  z.object({
    address: hex(20),
    topics: z.array(hex(32)).max(4),
    data: hex(),
    blockNumber: quantity,
    blockHash: hex(32),
    transactionHash: hex(32),
    logIndex: quantity.transform(Number),
  }),
);

/** An endpoint spoken to with JSON-RPC (https://ethereum.github.io/execution-apis/). */
export function rpcSource({ name, client, chainId, finality }: RpcSourceParameters): ChainSource {
  let checked = false;
  const ask = async <S extends z.ZodType>(request: Request, schema: S, signal: AbortSignal): Promise<z.output<S>> => {
    let reply: unknown;
    try {
      reply = await client.request(request as Parameters<Client["request"]>[0], { signal, retryCount: 0 });
    } catch (error) {
      signal.throwIfAborted();
      throw failed(name, request.method, detailOf(error), error);
    }
    const result = schema.safeParse(reply);
    if (result.success) return result.data;
    throw failed(name, request.method, `not what it should answer: ${z.prettifyError(result.error)}`);
  };
  const checkChain = async (signal: AbortSignal) => {
    if (checked) return;
    const have = await ask({ method: "eth_chainId" }, quantity.transform(Number), signal);
    if (have !== chainId) {
      throw new ChainError({ code: "WRONG_CHAIN", message: `${name} is on chain ${have}`, have, need: chainId });
    }
    checked = true;
  };
  const block = (tag: Tag, signal: AbortSignal) =>
    ask({ method: "eth_getBlockByNumber", params: [tag, false] }, headerReply.nullable(), signal);
  const needed = async (tag: Tag, signal: AbortSignal) => {
    const found = await block(tag, signal);
    if (found === null) throw failed(name, "eth_getBlockByNumber", `no block ${tag}`);
    return found;
  };
  return {
    name,
    async height(signal) {
      await checkChain(signal);
      return await ask({ method: "eth_blockNumber" }, quantity, signal);
    },
    async tips(signal) {
      await checkChain(signal);
      if (finality === "tags") {
        const tags = ["latest", "safe", "finalized"] as const;
        const [latest, safe, finalized] = await Promise.all([
          needed(tags[0], signal),
          needed(tags[1], signal),
          needed(tags[2], signal),
        ]);
        return { latest, safe, finalized };
      }
      const latest = await needed("latest", signal);
      const below = (depth: number) => {
        const number = latest.number - BigInt(depth);
        return depth === 0 ? latest : needed(numberToHex(number > 0n ? number : 0n), signal);
      };
      const [safe, finalized] = await Promise.all([below(finality.safeDepth), below(finality.finalizedDepth)]);
      return { latest, safe, finalized };
    },
    async headers(numbers, signal) {
      return await Promise.all(numbers.map(async (n) => (await block(numberToHex(n), signal)) ?? undefined));
    },
    async logs(query, addresses, signal) {
      // To a node, no address means any.
      if (addresses.length === 0) return [];
      const range =
        "blockHash" in query ? query : { fromBlock: numberToHex(query.fromBlock), toBlock: numberToHex(query.toBlock) };
      return await ask({ method: "eth_getLogs", params: [{ ...range, address: addresses }] }, logsReply, signal);
    },
  };
}

type Tag = "latest" | "safe" | "finalized" | `0x${string}`;

interface Request {
  method: string;
  params?: unknown;
}

function failed(name: string, method: string, what: string, cause?: unknown): ChainError {
  const code = isRefusal(cause) ? "RPC_REFUSED" : "RPC_FAILED";
  // Without the cause: viem's error has the URL in it, which may hold a key.
  return new ChainError({ code, message: `${name} ${method}: ${what}`, retryable: true });
}

/** Whether the endpoint understood and declined, be it by JSON-RPC or, for what is too large, by HTTP. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  return (
    error.walk(
      (each) =>
        each instanceof RpcRequestError ||
        each instanceof ResponseBodyTooLargeError ||
        (each instanceof HttpRequestError && (each.status === 400 || each.status === 413)),
    ) !== null
  );
}

/** The parts of viem's message that show neither the URL nor the request's body. */
function detailOf(error: unknown): string {
  return error instanceof BaseError ? `${error.shortMessage} ${error.details}`.trim() : messageOf(error);
}
