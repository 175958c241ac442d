// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import { retry } from "../core/retry.ts";
import { parseBlock, readHeader } from "./block.ts";
import { bytesToHex, type Hash, type Hex, hexToBytes } from "./bytes.ts";
import { bitsOf, RETARGET_INTERVAL, workOf } from "./chainwork.ts";
import { BitcoinNodeError, isRefusal, RpcCode } from "./errors.ts";
import { exchange } from "./exchange.ts";
import type { BitcoinNode, BlockchainInfo, ChainReader } from "./node.ts";
import { parseTransaction, transactionId } from "./transaction.ts";

/** A block of the best chain whose chainwork is known. */
export interface Anchor {
  height: number;
  hash: Hash;
  chainwork: bigint;
}

export interface EsploraParameters {
  /** Without a slash at its end, such as `https://blockstream.info/api`. */
  url: string;
  clock: Clock;
  /**
   * Spares the summing up of all targets since the first block, as Esplora does not tell chainwork. Not used while it is
   * not of Esplora's best chain.
   */
  anchor?: (signal: AbortSignal | undefined) => Promise<Anchor | undefined>;
  /** Milliseconds for one answer; default 30,000. */
  timeoutMs?: number;
  /** Further tries after a failure that may pass; default 3. */
  retries?: number;
}

/** Requests under way at once, where many are made: Esplora knows no batches. */
const AT_ONCE = 8;
/** Headers that are walked back to a block of known chainwork before it is counted from the anchor. */
const WALK = 32;
/** Blocks whose chainwork is remembered. */
const REMEMBERED = 10_000;

/** The first block of each chain: https://github.com/bitcoin/bitcoin/blob/master/src/kernel/chainparams.cpp */
const GENESIS: ReadonlyMap<Hash, BlockchainInfo["chain"]> = new Map([
  ["000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f", "main"],
  ["000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943", "test"],
  ["00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043", "testnet4"],
  ["00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6", "signet"],
  ["0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206", "regtest"],
]);

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const natural = z.number().int().nonnegative();
const blockSummary = z.object({ id: hash, height: natural, previousblockhash: hash.nullish() });
const blockStatus = z.object({ in_best_chain: z.boolean() });
const transactionStatus = z.object({ confirmed: z.boolean() });
const outspend = z.object({ spent: z.boolean(), txid: hash.nullish(), status: transactionStatus.nullish() });

/**
 * A node behind Esplora's REST API (https://github.com/Blockstream/esplora/blob/master/API.md), with the same answers as
 * `createBitcoinNode` but for two: blocks that are not in its best chain are unknown to it, and it tells no mempool that
 * is still being loaded. It may be somebody else's, who then learns which transactions are looked at.
 */
export function createEsplora(parameters: EsploraParameters): BitcoinNode {
  const rest = createRest(parameters);
  return { ...chainReader(rest, parameters), ...mempoolReader(rest) };
}

function chainReader(rest: Rest, parameters: EsploraParameters): ChainReader {
  const { json, text, bytes } = rest;
  const blockHash: BitcoinNode["blockHash"] = async (height, signal) => {
    const found = await text(`/block-height/${height}`, signal);
    return found === undefined ? undefined : rest.checked(`/block-height/${height}`, hash, found.trim());
  };
  const bestBlockHash: BitcoinNode["bestBlockHash"] = async (signal) =>
    rest.checked("/blocks/tip/hash", hash, (await text("/blocks/tip/hash", signal))?.trim());
  const rawHeader = (of: Hash, signal?: AbortSignal) => readRawHeader(rest, of, signal);
  const chainwork = createChainwork({ ...parameters, rawHeader, blockHash });
  return {
    blockHash,
    bestBlockHash,
    async blockchainInfo(signal) {
      const [first, bestHash] = await Promise.all([blockHash(0, signal), bestBlockHash(signal)]);
      const chain = GENESIS.get(first ?? "");
      if (chain === undefined) throw rest.failure("BAD_REPLY", "/block-height/0", `an unknown chain: ${first}`);
      const { height } = await known(json(`/block/${bestHash}`, blockSummary, signal), rest, `/block/${bestHash}`);
      return { chain, blocks: height, headers: height, bestHash, initialBlockDownload: false };
    },
    async blockHashes(from, count, signal) {
      const heights = Array.from({ length: count }, (_, i) => from + i);
      const found = await inTurns(heights, (height) => blockHash(height, signal));
      const end = found.indexOf(undefined);
      return (end === -1 ? found : found.slice(0, end)).filter((each) => each !== undefined);
    },
    async blockHeader(of, signal) {
      const [summary, status] = await Promise.all([
        json(`/block/${of}`, blockSummary, signal),
        json(`/block/${of}/status`, blockStatus, signal),
      ]);
      if (summary === undefined) return undefined;
      const { height, previousblockhash } = summary;
      const tip = await rest.number("/blocks/tip/height", signal);
      return {
        hash: of,
        height,
        confirmations: status?.in_best_chain === true ? Math.max(1, tip - height + 1) : -1,
        previousHash: previousblockhash ?? undefined,
        chainwork: await chainwork(of, height, signal),
      };
    },
    rawHeaders: (hashes, signal) =>
      inTurns(hashes, (each) => known(rawHeader(each, signal), rest, `/block/${each}/header`)),
    async block(of, signal) {
      const path = `/block/${of}/raw`;
      const block = parseBlock(await known(bytes(path, signal), rest, path));
      if (block.hash !== of) throw rest.failure("BAD_REPLY", path, "another block");
      return block;
    },
  };
}

async function readRawHeader(rest: Rest, of: Hash, signal?: AbortSignal): Promise<Hex | undefined> {
  const path = `/block/${of}/header`;
  const digits = (await rest.text(path, signal))?.trim();
  if (digits === undefined) return undefined;
  const header = hexToBytes(rest.checked(path, z.string().regex(/^[0-9a-f]{160}$/), digits));
  if (readHeader(header).hash !== of) throw rest.failure("BAD_REPLY", path, "the header of another block");
  return bytesToHex(header);
}

function mempoolReader(rest: Rest): Omit<BitcoinNode, keyof ChainReader> {
  const { json, bytes } = rest;
  return {
    async mempool(signal) {
      return { loaded: true, txids: (await json("/mempool/txids", z.array(hash), signal)) ?? [] };
    },
    transactions: (txids, signal) =>
      inTurns(txids, async (txid) => {
        const raw = await bytes(`/tx/${txid}/raw`, signal);
        return raw && parseTransaction(raw);
      }),
    mempoolSpenders: (outpoints, signal) =>
      inTurns(outpoints, async ({ txid, vout }) => {
        const spend = await json(`/tx/${txid}/outspend/${vout}`, outspend, signal);
        return spend?.spent === true && spend.status?.confirmed === false ? (spend.txid ?? undefined) : undefined;
      }),
    async isUnspentInChain({ txid, vout }, signal) {
      const status = await json(`/tx/${txid}/status`, transactionStatus, signal);
      if (status?.confirmed !== true) return false;
      const spend = (await json(`/tx/${txid}/outspends`, z.array(outspend), signal))?.[vout];
      return spend !== undefined && !(spend.spent && spend.status?.confirmed === true);
    },
    async sendRawTransaction(raw, signal) {
      try {
        return await rest.send(Buffer.from(raw).toString("hex"), signal);
      } catch (error) {
        if (isRefusal(error, RpcCode.ALREADY_IN_CHAIN)) return transactionId(parseTransaction(raw));
        throw error;
      }
    },
  };
}

type Rest = ReturnType<typeof createRest>;

/** Requests whose 404 means that it does not have what is asked for. */
function createRest({ url, clock, timeoutMs, retries = 3 }: EsploraParameters) {
  const failure = (code: BitcoinNodeError["code"], path: string, message: string, rpcCode?: number) =>
    new BitcoinNodeError(code, path, message, { node: "esplora", ...(rpcCode === undefined ? {} : { rpcCode }) });
  const checked = <T>(path: string, schema: z.ZodType<T>, value: unknown): T => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    throw failure("BAD_REPLY", path, z.prettifyError(result.error));
  };
  const ask = (path: string, init: RequestInit, signal: AbortSignal = new AbortController().signal) =>
    retry(
      async () => {
        const request = { url: `${url}${path}`, init, name: path, node: "esplora", clock, timeoutMs, signal };
        const { status, bytes } = await exchange(request);
        if (status === 200) return bytes;
        if (status === 404 && init.method === undefined) return undefined;
        throw refusal(path, status, bytes.toString("utf8").slice(0, 500), failure);
      },
      { clock, signal, attempts: retries + 1 },
    );
  const bytes = (path: string, signal?: AbortSignal) => ask(path, {}, signal);
  const text = async (path: string, signal?: AbortSignal) => (await bytes(path, signal))?.toString("utf8");
  return {
    failure,
    checked,
    bytes,
    text,
    async json<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T | undefined> {
      const body = await text(path, signal);
      return body === undefined ? undefined : checked(path, schema, parsed(path, body, failure));
    },
    async number(path: string, signal?: AbortSignal): Promise<number> {
      return checked(path, natural, Number((await text(path, signal))?.trim() || Number.NaN));
    },
    async send(digits: string, signal?: AbortSignal): Promise<Hash> {
      const body = await ask(
        "/tx",
        { method: "POST", headers: { "content-type": "text/plain" }, body: digits },
        signal,
      );
      return checked("/tx", hash, body?.toString("utf8").trim());
    },
  };
}

type Failure = Rest["failure"];

/** Esplora passes on what bitcoind says to a transaction, with its code in the text. */
function refusal(path: string, status: number, said: string, failure: Failure): BitcoinNodeError {
  if (status === 401 || status === 403) return failure("UNAUTHORIZED", path, `refused (HTTP ${status})`);
  if (status === 429 || status === 503) return failure("BUSY", path, `HTTP ${status}`);
  if (status > 500) return failure("UNREACHABLE", path, `HTTP ${status}`);
  const code = /"code":\s*(-?\d+)/.exec(said)?.[1];
  return failure("REFUSED", path, said.trim() || `HTTP ${status}`, code === undefined ? undefined : Number(code));
}

function parsed(path: string, body: string, failure: Failure): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw failure("BAD_REPLY", path, "no JSON");
  }
}

/** @throws BitcoinNodeError REFUSED when it is not there */
async function known<T>(answer: Promise<T | undefined>, { failure }: Rest, path: string): Promise<T> {
  const value = await answer;
  if (value === undefined) throw failure("REFUSED", path, "not found", RpcCode.NOT_FOUND);
  return value;
}

async function inTurns<T, U>(items: readonly T[], call: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  for (let i = 0; i < items.length; i += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(call))));
  }
  return results;
}

interface ChainworkParameters extends Pick<EsploraParameters, "anchor"> {
  rawHeader(hash: Hash, signal?: AbortSignal): Promise<Hex | undefined>;
  blockHash(height: number, signal?: AbortSignal): Promise<Hash | undefined>;
}

/** Adds up the work of headers. Within a retarget period all have the same target, but for test networks' exceptions. */
function createChainwork({ anchor, rawHeader, blockHash }: ChainworkParameters) {
  const remembered = new Map<Hash, bigint>();
  const missing = (what: string) => new BitcoinNodeError("BEHIND", what, "the chain has changed", { node: "esplora" });

  const header = async (hash: Hash, signal: AbortSignal | undefined) => {
    const raw = await rawHeader(hash, signal);
    if (raw === undefined) throw missing(hash);
    return { work: workOf(bitsOf(raw)), previousHash: readHeader(hexToBytes(raw)).previousHash };
  };
  const workAt = async (height: number, signal: AbortSignal | undefined) => {
    const hash = await blockHash(height, signal);
    if (hash === undefined) throw missing(`height ${height}`);
    return (await header(hash, signal)).work;
  };
  /** The work of heights `from` to `to` of the best chain. */
  const between = async (from: number, to: number, signal: AbortSignal | undefined) => {
    const starts: number[] = [];
    for (let at = from; at <= to; at += RETARGET_INTERVAL - (at % RETARGET_INTERVAL)) starts.push(at);
    const works = await inTurns(starts, (start) => workAt(start, signal));
    return works.reduce((sum, work, i) => {
      const start = starts[i] ?? from;
      return sum + work * BigInt((starts[i + 1] ?? to + 1) - start);
    }, 0n);
  };
  const fromAnchor = async (hash: Hash, height: number, signal: AbortSignal | undefined) => {
    if ((await blockHash(height, signal)) !== hash) throw missing(hash);
    const known = await anchor?.(signal);
    if (known === undefined || (await blockHash(known.height, signal)) !== known.hash) {
      return await between(0, height, signal);
    }
    return height >= known.height
      ? known.chainwork + (await between(known.height + 1, height, signal))
      : known.chainwork - (await between(height + 1, known.height, signal));
  };
  return async (of: Hash, height: number, signal?: AbortSignal): Promise<bigint> => {
    let above = 0n;
    let current = of;
    for (let step = 0; ; step++) {
      const base = remembered.get(current);
      const isFar = step === WALK || step === height;
      if (base === undefined && !isFar) {
        const { work, previousHash } = await header(current, signal);
        above += work;
        current = previousHash;
        continue;
      }
      const total = above + (base ?? (await fromAnchor(current, height - step, signal)));
      remembered.set(of, total);
      const [oldest] = remembered.keys();
      if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
      return total;
    }
  };
}
