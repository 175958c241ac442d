// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Chain } from "../chain/clients.ts";
import type { Deployment } from "../chain/deployment.ts";
import { ChainError } from "../chain/errors.ts";
import { type ChainUpdate, followChain } from "../chain/followChain.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { backoffMs } from "../core/retry.ts";
import { isPassing } from "./errors.ts";
import { type IndexedContracts, indexedContracts } from "./events.ts";
import { handle } from "./handle.ts";
import { prepareIndex } from "./prepare.ts";
import { createRowCache, type RowCache } from "./rows.ts";
import { changesSince, commit, type Progress, readProgress, undoAbove } from "./store.ts";
import type { Database } from "./tables.ts";
import type { Topic } from "./topics.ts";

export interface CreateIndexerParameters {
  readonly db: Kysely<Database>;
  readonly chain: Pick<Chain, "chainId" | "sources">;
  readonly deployment: Deployment;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often the chain is asked for news, milliseconds. Default 1,000. */
  readonly pollMs?: number;
  /** Hears of every commit, after it. */
  readonly onCommit?: (progress: Progress, topics: ReadonlySet<Topic>) => void;
}

/** What the indexer has done since it was started. */
export interface IndexerReport {
  /** The machine's time of the last commit, milliseconds; undefined before the first. */
  readonly committedAt: number | undefined;
  readonly events: number;
  readonly commits: number;
  readonly reorgs: number;
  /** While it worked, which leaves out the waiting for new blocks. */
  readonly eventsPerSecond: number;
}

export interface Indexer {
  /** Follows the chain until the signal ends it. @throws what waiting does not mend */
  run(signal: AbortSignal): Promise<void>;
  report(): IndexerReport;
}

/** Events, or blocks, that one commit takes in at most. */
const MAX_EVENTS = 1_000;
const MAX_UPDATES = 500;

type Update = ChainUpdate<IndexedContracts>;
type BlockUpdate = Extract<Update, { type: "block" }>;

/** Keeps the tables in step with the chain; on a database that `prepareIndex` has made. The only writer. */
export function createIndexer(parameters: CreateIndexerParameters): Indexer {
  const { db, deployment, clock, log } = parameters;
  const tally: Tally = { committedAt: undefined, events: 0, commits: 0, reorgs: 0, workedMs: 0, last: undefined };
  return {
    async run(signal) {
      for (let failures = 0; !signal.aborted; ) {
        const commits = tally.commits;
        // Ends the following also when it is we who fail: it would go on asking the chain otherwise.
        const attempt = new AbortController();
        try {
          return await follow(parameters, tally, AbortSignal.any([signal, attempt.signal]));
        } catch (error) {
          attempt.abort();
          signal.throwIfAborted();
          failures = tally.commits > commits ? 1 : failures + 1;
          if (error instanceof ChainError && error.code === "FINALITY_VIOLATED") {
            // What we have is of a chain that is no more, as happens to chains of test networks.
            log.error({ err: error }, "the chain was replaced; the index begins again");
            await prepareIndex({ db, deployment, fromZero: true });
          } else if (isPassing(error)) log.warn({ err: error }, "the database does not take the blocks; trying again");
          else throw error;
          await clock.sleep(backoffMs(failures, { maxMs: 15_000 }), signal);
        }
      }
    },
    report() {
      const { workedMs, last: _, ...rest } = tally;
      return { ...rest, eventsPerSecond: workedMs === 0 ? 0 : Math.round((tally.events * 1000) / workedMs) };
    },
  };
}

type Tally = {
  committedAt: number | undefined;
  events: number;
  commits: number;
  reorgs: number;
  workedMs: number;
  /** The newest commit that `onCommit` has heard of. */
  last: Progress | undefined;
};

async function follow(parameters: CreateIndexerParameters, tally: Tally, signal: AbortSignal): Promise<void> {
  const { db, chain, deployment, clock, log, pollMs = 1_000, onCommit } = parameters;
  let progress = await readProgress(db);
  await tellOthers(parameters, tally, progress);
  const contracts = indexedContracts(deployment);
  const updates = followChain({
    chainId: chain.chainId,
    sources: chain.sources,
    contracts,
    startBlock: deployment.startBlock,
    from: progress.checkpoint,
    clock,
    signal,
    pollMs,
    onError: (error, source) => log.warn({ err: error, source }, "an RPC endpoint fails"),
  });
  const rows = createRowCache(db);
  const done = (next: Progress, topics: ReadonlySet<Topic>, events: number, since: number) => {
    progress = next;
    tally.last = next;
    tally.committedAt = clock.now();
    tally.events += events;
    tally.commits++;
    tally.workedMs += clock.now() - since;
    onCommit?.(next, topics);
  };
  for await (const batch of batches(updates)) {
    const since = clock.now();
    const [first] = batch;
    if (first?.type === "reorg") {
      const undone = await undoAbove(db, progress, afterReorg(progress, first));
      rows.clear();
      tally.reorgs++;
      log.info({ block: undone.progress.block, removed: first.removed.length }, "the chain was reorganised");
      done(undone.progress, undone.topics, 0, since);
      continue;
    }
    const next = await apply(batch, progress, rows);
    const written = rows.written();
    const committed = await commit(db, progress, next, written);
    const topics = new Set(written.topics);
    rows.committed();
    done(committed, topics, eventsIn(batch), since);
  }
}

/** Lets `onCommit` hear of what another indexer has committed since: whoever listens to us waits for that too. */
async function tellOthers(
  { db, clock, onCommit }: CreateIndexerParameters,
  tally: Tally,
  now: Progress,
): Promise<void> {
  const { last } = tally;
  if (last === undefined || (last.epoch === now.epoch && last.seq === now.seq)) return;
  const changes = await changesSince(db, last.epoch, last.seq);
  tally.last = now;
  tally.committedAt = clock.now();
  onCommit?.(now, (changes?.topics ?? new Set()) as ReadonlySet<Topic>);
}

/** Puts updates that are there already together, so that they cost one commit; a reorg comes alone. */
async function* batches(updates: AsyncGenerator<Update, void, void>): AsyncGenerator<Update[], void, void> {
  let batch: Update[] = [];
  let events = 0;
  for (let end = false; !end; ) {
    let settled = false;
    const next = updates.next().finally(() => {
      settled = true;
    });
    // Observed here, since it may fail while the consumer is busy; the await below throws it.
    next.catch(() => undefined);
    await setImmediate();
    if (!settled && batch.length > 0) {
      yield batch;
      [batch, events] = [[], 0];
    }
    const { value, done } = await next;
    end = done === true;
    const full = events >= MAX_EVENTS || batch.length >= MAX_UPDATES;
    if (batch.length > 0 && (end || full || value?.type === "reorg" || batch[0]?.type === "reorg")) {
      yield batch;
      [batch, events] = [[], 0];
    }
    if (value === undefined) continue;
    batch.push(value);
    if (value.type === "block") events += value.logs.length;
  }
}

/** Lets the handlers write what a batch says. @returns where the index is with it */
async function apply(batch: readonly Update[], from: Progress, rows: RowCache): Promise<Progress> {
  let progress = from;
  for (const update of batch) {
    if (update.type === "block") await applyBlock(update, rows);
    progress = after(progress, update);
  }
  return progress;
}

async function applyBlock({ block, logs }: BlockUpdate, rows: RowCache): Promise<void> {
  rows.enter(Number(block.number));
  const context = { rows, block, time: Number(block.timestamp) };
  for (const event of logs) await handle(event, context);
}

function after(progress: Progress, update: Update): Progress {
  const { checkpoint } = update;
  if (update.type === "reorg") return afterReorg(progress, update);
  const number = Number(update.block.number);
  switch (update.type) {
    case "block":
      return { ...progress, checkpoint, block: number, blockTime: Number(update.block.timestamp) };
    case "safe":
      return { ...progress, checkpoint, safe: number };
    case "finalize":
      return { ...progress, checkpoint, safe: Math.max(progress.safe, number), finalized: number };
  }
}

/** The time stays that of the block that was removed: the next one follows at once. */
function afterReorg(progress: Progress, { commonAncestor, checkpoint }: Extract<Update, { type: "reorg" }>): Progress {
  const block = Number(commonAncestor.number);
  return { ...progress, checkpoint, block, safe: Math.min(progress.safe, block) };
}

function eventsIn(batch: readonly Update[]): number {
  return batch.reduce((sum, update) => sum + (update.type === "block" ? update.logs.length : 0), 0);
}
