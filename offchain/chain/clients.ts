// SPDX-License-Identifier: Apache-2.0
import {
  createClient,
  createPublicClient,
  defineChain,
  fallback,
  http,
  type PublicClient,
  type Transport,
  type Chain as ViemChain,
} from "viem";
import { type ChainSource, type Finality, rpcSource } from "./source.ts";

export interface CreateChainParameters {
  /** In order of preference; at least one. They may hold keys of a provider: never log them. */
  rpcUrls: readonly string[];
  chainId: number;
  /** Default "tags". */
  finality?: Finality;
  /** For one request. Default 10,000. */
  timeoutMs?: number;
}

/** viem's client with its public actions. */
export type ChainClient = PublicClient<Transport, ViemChain>;

/** The EVM chain, as a daemon sees it. */
export interface Chain {
  chainId: number;
  /** For single reads: tries the endpoints in their order, caches nothing. Two of its answers may not be of one block. */
  client: ChainClient;
  /** For the follower: each endpoint by itself. */
  sources: readonly ChainSource[];
}

/** Connects to nothing yet. */
export function createChain(parameters: CreateChainParameters): Chain {
  const { rpcUrls, chainId, finality = "tags", timeoutMs: timeout = 10_000 } = parameters;
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: rpcUrls } },
  });
  const transports = rpcUrls.map((url) => http(url, { batch: { batchSize: 100 }, timeout, retryCount: 0 }));
  const client = createPublicClient({
    chain,
    transport: fallback(transports, { retryCount: 2, retryDelay: 200 }),
    // viem remembers the block number for 4 s otherwise.
    cacheTime: 0,
    pollingInterval: 500,
  });
  const sources = transports.map((transport, i) => {
    const own = createClient({ chain, transport, cacheTime: 0 });
    return rpcSource({ name: nameOf(rpcUrls[i] ?? "", i), client: own, chainId, finality });
  });
  return { chainId, client, sources };
}

/** Only the host: user, path and query may hold a key. */
function nameOf(url: string, index: number): string {
  return `rpc ${index + 1} (${new URL(url).host})`;
}
