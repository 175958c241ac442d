// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that a shop has got. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** `body`, parsed. */
  readonly event: Record<string, unknown>;
}

/** A shop's server, on the loopback interface. */
export interface Shop {
  readonly url: string;
  readonly received: Received[];
  /** The status of the next answers: first to last, then 200. `0`: it hangs up. */
  answers: number[];
  stop(): Promise<void>;
}

export async function startShop(): Promise<Shop> {
  const shop: Pick<Shop, "received" | "answers"> = { received: [], answers: [] };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const status = shop.answers.shift() ?? 200;
    if (status === 0) return response.destroy();
    shop.received.push({ headers: request.headers, body, event: JSON.parse(body) });
    return response.writeHead(status, { location: "/elsewhere" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(shop, {
    url: `http://127.0.0.1:${port}/callback?shop=1`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
