// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:http";
import { z } from "zod";
import { isRefusal, RpcCode } from "../../offchain/bitcoin/errors.ts";
import { createRpc, type RpcAuth } from "../../offchain/bitcoin/rpc.ts";
import { systemClock } from "../../offchain/core/clock.ts";

/** An Esplora server over a bitcoind's RPC, with the answers of https://github.com/Blockstream/electrs. */
export interface FakeEsplora {
  /** The base of its paths. */
  url: string;
  /** Answers with HTTP 503. */
  down: boolean;
  /** Paths that were asked for. */
  readonly asked: string[];
  stop(): Promise<void>;
}

const SATS = 100_000_000;
const transaction = z.object({
  txid: z.string(),
  hex: z.string(),
  vin: z.array(z.object({ txid: z.string().optional(), vout: z.number().optional() })),
  vout: z.array(z.object({ n: z.number(), value: z.number() })),
});
const block = z.object({
  hash: z.string(),
  height: z.number(),
  previousblockhash: z.string().optional(),
  tx: z.array(transaction),
});
type Block = z.output<typeof block>;
type Transaction = z.output<typeof transaction>;

/** A body with its type; undefined for what there is not. */
type Answer = { type: string; body: string | Buffer } | undefined;

const text = (body: string): Answer => ({ type: "text/plain", body });
const json = (value: unknown): Answer => ({ type: "application/json", body: JSON.stringify(value) });
const binary = (hex: string): Answer => ({ type: "application/octet-stream", body: Buffer.from(hex, "hex") });

/** Starts one on the loopback interface, for the node with this RPC. */
export async function startFakeEsplora(node: { rpcUrl: string; auth: RpcAuth }): Promise<FakeEsplora> {
  const rpc = createRpc({ url: node.rpcUrl, auth: node.auth, clock: systemClock, retries: 0 });
  const index = createIndex(rpc);
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? "";
      esplora.asked.push(path);
      if (esplora.down) return response.writeHead(503).end();
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString("utf8");
      const given = await (request.method === "POST" ? broadcast(body) : get(path.split("/").slice(1)));
      if (given === undefined) return response.writeHead(404, { "content-type": "text/plain" }).end("not found");
      return response.writeHead("status" in given ? 400 : 200, { "content-type": given.type }).end(given.body);
    })().catch(() => response.destroy());
  });

  const broadcast = async (hex: string) => {
    try {
      return text(await rpc.call({ method: "sendrawtransaction", params: [hex], schema: z.string() }));
    } catch (error) {
      if (!(error instanceof Error) || !("rpcCode" in error)) throw error;
      const said = JSON.stringify({ code: error.rpcCode, message: error.message });
      return { type: "text/plain", status: 400, body: `sendrawtransaction RPC error: ${said}` };
    }
  };
  const get = async ([kind, key = "", what, more]: readonly string[]): Promise<Answer> => {
    await index.update();
    if (kind === "blocks" && key === "tip") {
      const tip = index.tip();
      return text(what === "hash" ? tip.hash : `${tip.height}`);
    }
    if (kind === "block-height") {
      const found = index.at(Number(key));
      return found && text(found.hash);
    }
    if (kind === "mempool" && key === "txids") {
      return json(await rpc.call({ method: "getrawmempool", schema: z.unknown() }));
    }
    if (kind === "block") return await ofBlock(key, what);
    return kind === "tx" ? await ofTransaction(key, what, more) : undefined;
  };
  const ofBlock = async (hash: string, what: string | undefined): Promise<Answer> => {
    const found = index.block(hash);
    if (what === "status") {
      if (found === undefined) return json({ in_best_chain: false });
      const next_best = index.at(found.height + 1)?.hash ?? null;
      return json({ in_best_chain: true, height: found.height, next_best });
    }
    if (found === undefined) return undefined;
    const raw = (method: string, verbose: unknown) => rpc.call({ method, params: [hash, verbose], schema: z.string() });
    if (what === "header") return text(await raw("getblockheader", false));
    if (what === "raw") return binary(await raw("getblock", 0));
    if (what !== undefined) return undefined;
    const { height, previousblockhash = null } = found;
    return json({ id: hash, height, previousblockhash, tx_count: found.tx.length });
  };
  const ofTransaction = async (txid: string, what = "", vout = ""): Promise<Answer> => {
    const mined = index.transaction(txid);
    const status = mined
      ? { confirmed: true, block_height: mined.height, block_hash: mined.hash }
      : { confirmed: false };
    if (what === "status") return json(status);
    if (what === "outspend") return json(await spendOf(txid, Number(vout)));
    const found = mined?.transaction ?? (await inMempool(txid));
    if (found === undefined) return undefined;
    if (what === "raw") return binary(found.hex);
    if (what === "outspends") return json(await Promise.all(found.vout.map(({ n }) => spendOf(txid, n))));
    const outputs = found.vout.map(({ value }) => ({ value: Math.round(value * SATS) }));
    return what === "" ? json({ txid, vout: outputs, status }) : undefined;
  };
  const spendOf = async (txid: string, vout: number) => {
    const mined = index.spender(txid, vout);
    if (mined !== undefined) return { spent: true, txid: mined.txid, status: { confirmed: true } };
    const call = { method: "gettxspendingprevout", params: [[{ txid, vout }]] };
    const [spend] = await rpc.call({ ...call, schema: z.array(z.object({ spendingtxid: z.string().optional() })) });
    const spender = spend?.spendingtxid;
    return spender === undefined ? { spent: false } : { spent: true, txid: spender, status: { confirmed: false } };
  };
  const inMempool = async (txid: string): Promise<Transaction | undefined> => {
    try {
      return await rpc.call({ method: "getrawtransaction", params: [txid, 1], schema: transaction });
    } catch (error) {
      if (isRefusal(error, RpcCode.NOT_FOUND)) return undefined;
      throw error;
    }
  };

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("no port");
  const esplora: FakeEsplora = {
    url: `http://127.0.0.1:${at.port}`,
    down: false,
    asked: [],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return esplora;
}

/** The best chain's blocks by height, and where its transactions and spends are: blocks that it leaves are forgotten. */
function createIndex(rpc: ReturnType<typeof createRpc>) {
  const chain: Block[] = [];
  const transactions = new Map<string, { transaction: Transaction; height: number; hash: string }>();
  const spenders = new Map<string, { txid: string }>();
  const hashAt = async (height: number) => {
    try {
      return await rpc.call({ method: "getblockhash", params: [height], schema: z.string() });
    } catch (error) {
      if (isRefusal(error, RpcCode.INVALID_PARAMETER)) return undefined;
      throw error;
    }
  };
  const append = (next: Block) => {
    chain.push(next);
    for (const each of next.tx) {
      transactions.set(each.txid, { transaction: each, height: next.height, hash: next.hash });
      for (const { txid, vout } of each.vin) if (txid !== undefined) spenders.set(`${txid}:${vout}`, each);
    }
  };
  const removeLast = () => {
    for (const each of chain.pop()?.tx ?? []) {
      transactions.delete(each.txid);
      for (const { txid, vout } of each.vin) spenders.delete(`${txid}:${vout}`);
    }
  };
  const step = async () => {
    while (chain.length > 0 && (await hashAt(chain.length - 1)) !== chain.at(-1)?.hash) removeLast();
    for (;;) {
      const hash = await hashAt(chain.length);
      if (hash === undefined) return;
      const next = await rpc.call({ method: "getblock", params: [hash, 2], schema: block });
      if (chain.length > 0 && next.previousblockhash !== chain.at(-1)?.hash) return;
      append(next);
    }
  };
  let last: Promise<void> = Promise.resolve();
  return {
    /** Catches up with the node; one call after the other. */
    update: () => {
      const next = last.then(step);
      last = next.catch(() => undefined);
      return next;
    },
    tip: () => chain.at(-1) as Block,
    at: (height: number) => chain[height],
    block: (hash: string) => chain.find((each) => each.hash === hash),
    transaction: (txid: string) => transactions.get(txid),
    spender: (txid: string, vout: number) => spenders.get(`${txid}:${vout}`),
  };
}
