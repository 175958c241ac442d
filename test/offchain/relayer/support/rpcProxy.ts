// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Address, type Hex, parseTransaction } from "viem";

/** What happens to a transaction on its way to the chain's node. */
export type Mode =
  | "pass"
  /** It does not arrive, and nobody answers. */
  | "hold"
  /** It arrives, and nobody answers. */
  | "swallow";

/** A proxy in front of a chain's JSON-RPC that can come between a daemon and its transactions. */
export interface RpcProxy {
  readonly url: string;
  mode: Mode;
  /** Transactions to other contracts pass in any mode. */
  only: Address | undefined;
  /** How many requests with a transaction were held or swallowed. */
  caught(): number;
  stop(): Promise<void>;
}

export async function startRpcProxy(upstream: string): Promise<RpcProxy> {
  let caught = 0;
  const proxy: Pick<RpcProxy, "mode" | "only"> = { mode: "pass", only: undefined };
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const caughtHere = proxy.mode !== "pass" && sends(body, proxy.only);
    if (caughtHere && proxy.mode === "hold") {
      caught++;
      return;
    }
    const answer = await forward(upstream, body);
    if (caughtHere) caught++;
    else respond(response, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    caught: () => caught,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function sends(body: string, only: Address | undefined): boolean {
  const parsed = JSON.parse(body) as Request | Request[];
  const sent = [parsed].flat().filter(({ method }) => method === "eth_sendRawTransaction");
  return sent.some(({ params: [raw] }) => {
    return only === undefined || parseTransaction(raw as Hex).to?.toLowerCase() === only.toLowerCase();
  });
}

interface Request {
  method: string;
  params: unknown[];
}

async function forward(upstream: string, body: string) {
  const answer = await fetch(upstream, { method: "POST", headers: { "content-type": "application/json" }, body });
  return { status: answer.status, text: await answer.text() };
}

function respond(response: ServerResponse, { status, text }: { status: number; text: string }): void {
  response.writeHead(status, { "content-type": "application/json" }).end(text);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
