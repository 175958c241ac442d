// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:http";
import { systemClock } from "../../offchain/core/clock.ts";

/** An RPC endpoint in front of a node that can be made to misbehave. */
export interface RpcProxy {
  url: string;
  /** Answers with HTTP 502. */
  down: boolean;
  /** Before each answer. */
  delayMs: number;
  /** It knows no block above this one. */
  headAt: bigint | undefined;
  /** It has lost all logs. */
  withholdsLogs: boolean;
  /** It refuses a range of more blocks. */
  maxRange: bigint;
  /** Swallows the answer to these methods after the node has acted on them. */
  loses: Set<string>;
  /** Methods that were asked for. */
  readonly asked: string[];
  stop(): Promise<void>;
}

interface Request {
  id: number;
  method: string;
  params?: unknown[];
}

export async function rpcProxy(target: string): Promise<RpcProxy> {
  const server = createServer((request, response) => {
    void (async () => {
      let text = "";
      for await (const chunk of request) text += chunk;
      const body: Request | Request[] = JSON.parse(text);
      await systemClock.sleep(proxy.delayMs);
      const requests = Array.isArray(body) ? body : [body];
      proxy.asked.push(...requests.map(({ method }) => method));
      const replies = await Promise.all(requests.map((each) => answer(target, each, proxy)));
      if (proxy.down || requests.some(({ method }) => proxy.loses.has(method))) {
        response.writeHead(502).end();
        return;
      }
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(Array.isArray(body) ? replies : replies[0]));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("no port");
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${at.port}`,
    down: false,
    delayMs: 0,
    headAt: undefined,
    withholdsLogs: false,
    maxRange: 1_000_000n,
    loses: new Set(),
    asked: [],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}

async function answer(target: string, request: Request, proxy: RpcProxy): Promise<unknown> {
  if (proxy.down) return undefined;
  const { id, method, params = [] } = request;
  const head = proxy.headAt;
  const reply = (result: unknown) => ({ jsonrpc: "2.0", id, result });
  const refuse = (message: string) => ({ jsonrpc: "2.0", id, error: { code: -32_000, message } });
  if (method === "eth_blockNumber" && head !== undefined) return reply(`0x${head.toString(16)}`);
  if (method === "eth_getBlockByNumber" && head !== undefined) {
    const [tag] = params;
    if (typeof tag === "string" && tag.startsWith("0x")) {
      if (BigInt(tag) > head) return reply(null);
    } else {
      const lag = tag === "latest" ? 0n : tag === "safe" ? 1n : 2n;
      return await forward(target, { ...request, params: [`0x${(head > lag ? head - lag : 0n).toString(16)}`, false] });
    }
  }
  if (method === "eth_getLogs") {
    const [query] = params as [{ blockHash?: string; fromBlock?: string; toBlock?: string }];
    const blocks = BigInt(query.toBlock ?? 0) - BigInt(query.fromBlock ?? 0) + 1n;
    if (blocks > proxy.maxRange) return refuse(`query exceeds max block range ${proxy.maxRange}`);
    if (proxy.withholdsLogs) return reply([]);
    if (head !== undefined && query.blockHash !== undefined) {
      const block = await forward(target, { id, method: "eth_getBlockByHash", params: [query.blockHash, false] });
      if (BigInt(block.result?.number ?? 0) > head) return refuse("unknown block");
    }
  }
  return await forward(target, request);
}

async function forward(target: string, request: Request): Promise<{ result?: { number?: string } | null }> {
  const response = await fetch(target, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", ...request }),
  });
  return (await response.json()) as { result?: { number?: string } | null };
}
