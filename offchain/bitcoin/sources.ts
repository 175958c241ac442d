// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Hash } from "./bytes.ts";
import { compareChains, type Difference } from "./compareChains.ts";
import { BitcoinNodeError } from "./errors.ts";
import type { BitcoinNode } from "./node.ts";

export interface Source {
  /** For logs and reports. */
  name: string;
  node: BitcoinNode;
}

/** What is known of a source since it was last looked at. */
export interface SourceState {
  name: string;
  /** Whether it is the one that is asked. */
  inUse: boolean;
  height: number | undefined;
  tip: Hash | undefined;
  /** Whether it is still fetching the chain. */
  syncing: boolean;
  /** The height above which its chain is another than that of the first source that answers. */
  forksAbove: number | undefined;
  /** Why it is of no use. */
  error: string | undefined;
}

export interface SourcesParameters {
  /** In order of preference; at least one. */
  sources: readonly Source[];
  clock: Clock;
  /** How often the sources are compared, milliseconds. Default 10,000. */
  compareEveryMs?: number;
  /** Hears when another source is used, one fails or comes back, or chains begin or cease to differ. */
  onChange?: (states: readonly SourceState[]) => void;
}

export interface Sources {
  /** Asks the best source; when that fails, the next one. */
  node: BitcoinNode;
  states(): readonly SourceState[];
  /** Compares the sources now; without it that happens beside the calls, so that a slow source holds up no other. */
  compare(signal?: AbortSignal): Promise<void>;
}

/**
 * Blocks that a source may be ahead of a preferred one without being used in its place: blocks need some seconds to spread,
 * and forks of one or two blocks end by themselves.
 */
const LEAD = 2n;

/**
 * Several nodes as one. The first that answers and has the chain is asked, unless another one shows by its headers more
 * than two blocks' work that the first does not have: then that one is, until the first has caught up. One whose chain has
 * less work is never followed, whatever it says of itself; one that still syncs is asked only when there is no other.
 *
 * Whoever follows the chain sees a change of source as a reorg at most. The mempools of two nodes differ: after a change,
 * payments may be told as dropped and seen again.
 */
export function createSources(parameters: SourcesParameters): Sources {
  const { sources, clock, compareEveryMs = 10_000, onChange } = parameters;
  const [first] = sources;
  if (first === undefined) throw new RangeError("no source");
  let states: SourceState[] = sources.map(({ name }, i) => ({ ...UNKNOWN, name, inUse: i === 0 }));
  let order: readonly Source[] = sources;
  let comparedAt = Number.NEGATIVE_INFINITY;
  let comparing: Promise<void> | undefined;

  const compareOnce = async (signal: AbortSignal | undefined) => {
    const found = await Promise.all(sources.map((source) => lookAt(source, signal)));
    signal?.throwIfAborted();
    const ranked = await rank(sources, found, signal);
    signal?.throwIfAborted();
    const before = outline(states);
    order = ranked.order;
    states = found.map((state, i) => ({
      ...state,
      inUse: sources[i] === order[0],
      forksAbove: ranked.forks.get(state.name),
    }));
    comparedAt = clock.now();
    if (outline(states) !== before) onChange?.(states);
  };
  const compare = (signal?: AbortSignal) => {
    comparing ??= compareOnce(signal).finally(() => {
      comparing = undefined;
    });
    return comparing;
  };
  const compared = async (signal: AbortSignal | undefined) => {
    if (clock.now() - comparedAt < compareEveryMs) return;
    // Fails only when it is aborted, which whoever asks notices.
    const comparison = compare(signal).catch(() => undefined);
    if (comparedAt === Number.NEGATIVE_INFINITY) await comparison;
  };
  const failed = (source: Source, error: unknown) => {
    order = [...order.filter((each) => each !== source), source];
    states = states.map((each) => ({
      ...each,
      inUse: each.name === order[0]?.name,
      error: each.name === source.name ? messageOf(error) : each.error,
    }));
    onChange?.(states);
  };
  const ask = async <T>(signal: AbortSignal | undefined, call: (node: BitcoinNode) => Promise<T>): Promise<T> => {
    await compared(signal);
    let failure: unknown;
    for (const source of order) {
      try {
        return await call(source.node);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof BitcoinNodeError)) throw error;
        failure ??= error;
        // What it refuses, such as a block that it has pruned, another one may have; it is not the worse for it.
        if (error.retryable && sources.length > 1 && source === order[0]) failed(source, error);
      }
    }
    throw failure;
  };
  const sendToAll = (raw: Uint8Array, signal: AbortSignal | undefined) => sendTo(order, raw, signal);
  return { node: nodeOf(ask, sendToAll), states: () => states, compare };
}

type Ask = <T>(signal: AbortSignal | undefined, call: (node: BitcoinNode) => Promise<T>) => Promise<T>;

function nodeOf(ask: Ask, sendToAll: (raw: Uint8Array, signal: AbortSignal | undefined) => Promise<Hash>): BitcoinNode {
  return {
    blockchainInfo: (signal) => ask(signal, (each) => each.blockchainInfo(signal)),
    bestBlockHash: (signal) => ask(signal, (each) => each.bestBlockHash(signal)),
    blockHash: (height, signal) => ask(signal, (each) => each.blockHash(height, signal)),
    blockHashes: (from, count, signal) => ask(signal, (each) => each.blockHashes(from, count, signal)),
    blockHeader: (hash, signal) => ask(signal, (each) => each.blockHeader(hash, signal)),
    rawHeaders: (hashes, signal) => ask(signal, (each) => each.rawHeaders(hashes, signal)),
    block: (hash, signal) => ask(signal, (each) => each.block(hash, signal)),
    mempool: (signal) => ask(signal, (each) => each.mempool(signal)),
    transactions: (txids, signal) => ask(signal, (each) => each.transactions(txids, signal)),
    mempoolSpenders: (outpoints, signal) => ask(signal, (each) => each.mempoolSpenders(outpoints, signal)),
    isUnspentInChain: (outpoint, signal) => ask(signal, (each) => each.isUnspentInChain(outpoint, signal)),
    sendRawTransaction: sendToAll,
  };
}

const UNKNOWN: SourceState = {
  name: "",
  inUse: false,
  height: undefined,
  tip: undefined,
  syncing: false,
  forksAbove: undefined,
  error: undefined,
};

/** What a change of is worth telling. */
function outline(states: readonly SourceState[]): string {
  return JSON.stringify(states.map(({ inUse, syncing, forksAbove, error }) => [inUse, syncing, forksAbove, !error]));
}

async function lookAt({ name, node }: Source, signal: AbortSignal | undefined): Promise<SourceState> {
  try {
    const { blocks, bestHash, initialBlockDownload } = await node.blockchainInfo(signal);
    return { ...UNKNOWN, name, height: blocks, tip: bestHash, syncing: initialBlockDownload };
  } catch (error) {
    return { ...UNKNOWN, name, error: messageOf(error) };
  }
}

/** The sources, the one to ask first; and where their chains leave that of the first one that answers. */
async function rank(
  sources: readonly Source[],
  states: readonly SourceState[],
  signal: AbortSignal | undefined,
): Promise<{ order: Source[]; forks: ReadonlyMap<string, number> }> {
  const forks = new Map<string, number>();
  const stateOf = (source: Source) => states[sources.indexOf(source)] ?? UNKNOWN;
  const answering = sources.filter((source) => stateOf(source).error === undefined);
  const synced = answering.filter((source) => !stateOf(source).syncing);
  let best = synced[0] ?? answering.toSorted((a, b) => (stateOf(b).height ?? 0) - (stateOf(a).height ?? 0))[0];
  for (const other of best === undefined ? [] : synced) {
    if (best === undefined || other === best || stateOf(other).tip === stateOf(best).tip) continue;
    // One that fails meanwhile is looked at again the next time.
    const difference = await compareChains({ ours: best.node, other: other.node, signal }).catch(() => undefined);
    if (difference === undefined) continue;
    const lower = Math.min(stateOf(best).height ?? 0, stateOf(other).height ?? 0);
    if (difference.fork < lower) forks.set(other.name, difference.fork);
    if (isAhead(difference)) best = other;
  }
  const rest = sources.filter((source) => source !== best);
  const rated = rest.toSorted((a, b) => Number(synced.includes(b)) - Number(synced.includes(a)));
  return { order: best === undefined ? [...sources] : [best, ...rated], forks };
}

function isAhead({ work, lastWork }: Difference): boolean {
  return work.others > work.ours + LEAD * lastWork;
}

/** One that takes it is enough. */
async function sendTo(sources: readonly Source[], raw: Uint8Array, signal: AbortSignal | undefined): Promise<Hash> {
  const sent = await Promise.allSettled(sources.map(({ node }) => node.sendRawTransaction(raw, signal)));
  const taken = sent.find((each) => each.status === "fulfilled");
  if (taken !== undefined) return taken.value;
  throw sent[0]?.status === "rejected" ? sent[0].reason : new RangeError("no source");
}
