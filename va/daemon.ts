// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import { isRevert } from "../offchain/chain/transactionError.ts";
import type { Clock } from "../offchain/core/clock.ts";
import { messageOf } from "../offchain/core/errors.ts";
import type { Logger } from "../offchain/core/log.ts";
import { backoffMs } from "../offchain/core/retry.ts";
import type { Hands } from "./actuator.ts";
import type { AskKeeper } from "./asks.ts";
import type { AttestationKeeper } from "./attest/keeper.ts";
import { type Backlog, createBacklog } from "./backlog.ts";
import { beatIfDue } from "./beat.ts";
import type { CardKeeper } from "./card.ts";
import type { FeedCache } from "./feedCache.ts";
import { ownerTag } from "./identity.ts";
import type { FeedUpdate, LeaseFeed } from "./leaseFeed.ts";
import type { LeaseEvent } from "./leaseIndex.ts";
import type { LiveOffers } from "./liveOffers.ts";
import { fingerprint, ownServers } from "./observe.ts";
import type { Reconciler } from "./reconciler.ts";
import type { RefundKeeper } from "./refunds/keeper.ts";
import { createWorkQueue } from "./workQueue.ts";

/** What {@link runDaemon} puts to work. */
export interface DaemonOptions {
  readonly hands: Hands;
  readonly feed: LeaseFeed;
  /** What the chain follower tells, from where `feed` stands. */
  readonly updates: AsyncIterable<FeedUpdate>;
  readonly cache: FeedCache;
  readonly reconciler: Reconciler;
  readonly asks: AskKeeper;
  readonly card: CardKeeper;
  /** Undefined when nothing is declared of the stack: then its operator attests. */
  readonly attestation: AttestationKeeper | undefined;
  readonly offers: Pick<LiveOffers, "reload">;
  /** Undefined when no Bitcoin node is configured. */
  readonly refunds: RefundKeeper | undefined;
  /** No contract's event is in an earlier block. */
  readonly startBlock: bigint;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timing: Timing;
  /** Called once, when the chain and the cloud have been read for the first time. */
  readonly onReady: () => void;
}

/** How often the daemon does what. */
export interface Timing {
  /** Between two looks at the beat, milliseconds. */
  readonly pollMs: number;
  /** Between two looks at the asks, milliseconds. */
  readonly askPollMs: number;
  /** Between two looks at the attestation, milliseconds. */
  readonly attestPollMs: number;
  /** How soon to look again at a server in transition, milliseconds. */
  readonly cloudPollMs: number;
  /** Between two looks at everything, milliseconds. */
  readonly fullPassMs: number;
  /** Between two proofs of life, seconds of the blocks' time. */
  readonly beatIntervalS: number;
}

/** What somebody else, or this process itself, has done already. */
const OVERTAKEN = [
  "Leases_WrongState",
  "Leases_NoStartAwaited",
  "Leases_NotEvictable",
  "Leases_NothingToSettle",
  "Leases_NothingToRelease",
];
const CONCURRENCY = 8;
const LONGEST_PAUSE_MS = 30_000;
const SAVE_EVERY_MS = 10_000;
/** While the index does not change, only the block to go on from does: that saves little work after a restart. */
const SAVE_IDLE_MS = 10 * 60_000;

/**
 * Runs the appliance until `signal` is aborted: follows the chain, reconciles what it wakes, and looks at everything now and then.
 *
 * @throws ChainError when no waiting mends the chain
 */
export async function runDaemon(options: DaemonOptions, signal: AbortSignal): Promise<void> {
  const { feed, reconciler, clock, log, timing } = options;
  const due = new Map<Hex, bigint>();
  const queue = createWorkQueue<Hex>({
    clock,
    concurrency: CONCURRENCY,
    maxPauseMs: LONGEST_PAUSE_MS,
    onError(leaseId, error, pauseMs) {
      // What was read is older than what was done: the next look knows better.
      const level = OVERTAKEN.some((name) => isRevert(error, name)) ? "debug" : "warn";
      log[level]({ leaseId, err: error, pauseMs }, "reconcile failed");
    },
    async work(leaseId, stop) {
      const next = await reconciler.reconcile(leaseId, stop);
      due.delete(leaseId);
      if (next.kind === "done") feed.drop(leaseId);
      if (next.kind === "at") due.set(leaseId, next.time);
      return next.kind === "soon" ? timing.cloudPollMs : undefined;
    },
  });
  const strays = new Set<Hex>();
  const backlog = createBacklog(queue);
  const onUpdate = (update: FeedUpdate) => {
    for (const leaseId of feed.apply(update)) if (feed.index().leases.has(leaseId)) backlog.news(leaseId);
    if (update.type === "block") for (const leaseId of strayCredits(update.events, feed)) strays.add(leaseId);
    const time = feed.heads()?.safe.timestamp;
    if (time === undefined || update.type === "reorg") return;
    for (const [leaseId, at] of due) if (at <= time) queue.add(leaseId);
  };

  const stopped = new AbortController();
  const both = AbortSignal.any([signal, stopped.signal]);
  const loops = [
    follow(options, onUpdate),
    queue.run(both),
    every(options, timing.pollMs, both, "beat", () => beat(options)),
    every(options, timing.askPollMs, both, "offers", () => options.offers.reload().then(() => true)),
    every(options, timing.askPollMs, both, "asks", () => keepAsks(options, both)),
    every(options, timing.askPollMs, both, "card", () => keepCard(options)),
    every(options, timing.attestPollMs, both, "attestation", () => keepAttestation(options, both)),
    every(options, timing.askPollMs, both, "refunds", () => keepRefunds(options, strays, (id) => queue.add(id), both)),
    every(options, timing.fullPassMs, both, "full pass", fullPass(options, backlog, both)),
  ];
  try {
    await Promise.all(loops);
  } finally {
    stopped.abort();
    await Promise.allSettled(loops);
    await save(options);
  }
}

async function follow(options: DaemonOptions, onUpdate: (update: FeedUpdate) => void): Promise<void> {
  const { feed, updates, clock } = options;
  let savedAt = clock.now();
  let saved = feed.checkpoint()?.index;
  for await (const update of updates) {
    onUpdate(update);
    const { index } = feed.checkpoint() ?? {};
    const pause = index === saved ? SAVE_IDLE_MS : SAVE_EVERY_MS;
    if (update.type !== "finalize" || clock.now() - savedAt < pause) continue;
    savedAt = clock.now();
    saved = index;
    await save(options);
  }
}

async function save({ feed, cache, log }: DaemonOptions): Promise<void> {
  const checkpoint = feed.checkpoint();
  if (checkpoint === undefined) return;
  await cache.save(checkpoint).catch((error: unknown) => log.warn({ err: error }, "the cache cannot be written"));
}

/** Repeats a job for good; a failure is logged and makes for a longer pause. */
async function every(
  { clock, log }: DaemonOptions,
  pauseMs: number,
  signal: AbortSignal,
  name: string,
  job: () => Promise<boolean>,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    let pause = pauseMs;
    try {
      // A job that is not ready yet is asked again soon.
      pause = (await job()) ? pauseMs : NOT_READY_PAUSE_MS;
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      pause = Math.max(pauseMs, backoffMs(failures, { maxMs: LONGEST_PAUSE_MS }));
      log.warn({ err: error, failures }, `${name} failed: ${messageOf(error)}`);
    }
    await clock.sleep(pause, signal).catch(() => undefined);
  }
}

const NOT_READY_PAUSE_MS = 100;

async function beat({ feed, hands, timing, log }: DaemonOptions): Promise<boolean> {
  const heads = feed.heads();
  if (heads === undefined) return false;
  if (await beatIfDue(hands.chain, heads.latest.timestamp, timing.beatIntervalS)) log.info("beat");
  return true;
}

/** Only once every lease has been looked at: one that is not known may need the room that is offered. */
async function keepAsks({ feed, reconciler, asks }: DaemonOptions, signal: AbortSignal): Promise<boolean> {
  const heads = feed.heads();
  if (heads === undefined) return false;
  const { leases, orders } = feed.index();
  const holdings = reconciler.holdings();
  if (![...leases.keys()].every((leaseId) => holdings.has(leaseId))) return false;
  const inputs = { latest: heads.latest, orders: [...orders], holdings: [...holdings.values()] };
  await asks.keep(inputs, signal);
  return true;
}

async function keepCard({ feed, card }: DaemonOptions): Promise<boolean> {
  const heads = feed.heads();
  if (heads === undefined) return false;
  await card.keep(feed.index().card, heads.latest.number);
  return true;
}

async function keepAttestation({ feed, attestation }: DaemonOptions, signal: AbortSignal): Promise<boolean> {
  const heads = feed.heads();
  if (heads === undefined) return false;
  await attestation?.keep(heads.latest.timestamp, signal);
  return true;
}

/** Leases that were paid and that the feed does not know: another appliance's, or one of ours that was over and done with. */
function strayCredits(events: readonly LeaseEvent[], feed: LeaseFeed): Hex[] {
  const { leases } = feed.index();
  return events.flatMap((event) => (event.kind === "credited" && !leases.has(event.leaseId) ? [event.leaseId] : []));
}

async function keepRefunds(
  { feed, reconciler, refunds, hands, startBlock, log }: DaemonOptions,
  strays: Set<Hex>,
  wake: (leaseId: Hex) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const heads = feed.heads();
  if (heads === undefined) return false;
  for (const leaseId of strays) {
    const view = await hands.chain.lease(leaseId, heads.latest);
    if (view.appliance === hands.owner.appliance && view.state !== "none") {
      feed.adopt({ leaseId, openedAt: startBlock, market: view.market, launches: [], announcements: 0 });
      wake(leaseId);
    }
    strays.delete(leaseId);
  }
  const indebted = [...reconciler.holdings()].filter(([, holding]) => holding.owes).map(([leaseId]) => leaseId);
  const { leases } = feed.index();
  const debtors = indebted.map((leaseId) => ({ leaseId, openedAt: leases.get(leaseId)?.openedAt ?? startBlock }));
  if (refunds !== undefined) await refunds.keep(debtors, heads, signal);
  else if (debtors.length > 0)
    log.warn({ leases: indebted }, "these leases are owed bitcoin, and no node is configured");
  return true;
}

/** Each lease is looked at once in so many passes although the cloud shows nothing new of it… */
const ROUND = 10;
/** …but in no pass more than this: with thousands of leases a round takes longer, and costs no more. */
const MOST_LOOKS = 100;

/** Wakes the leases whose servers are not as they were, and in turn every one; and clears away what servers left behind. */
function fullPass(options: DaemonOptions, backlog: Backlog, signal: AbortSignal): () => Promise<boolean> {
  const { feed, hands, reconciler, onReady, log } = options;
  let ready = false;
  let round: Hex[] = [];
  return async () => {
    if (feed.heads() === undefined) return false;
    const tag = ownerTag(hands.owner);
    const listed = await hands.compute.listServers(tag, signal);
    const own = ownServers(hands.owner, listed);
    const ours = new Set(own.map(({ id }) => id));
    const strange = listed.filter(({ id }) => !ours.has(id)).map(({ id }) => id);
    if (strange.length > 0)
      log.error({ servers: strange }, "servers with our tag and labels that do not fit: left alone");
    const byLease = Map.groupBy(own, (server) => server.leaseId);
    const holdings = reconciler.holdings();
    const all = [...new Set([...feed.index().leases.keys(), ...byLease.keys()])];
    const changed = all.filter((leaseId) => holdings.get(leaseId)?.servers !== fingerprint(byLease.get(leaseId) ?? []));
    if (round.length === 0) round = all;
    const looks = round.splice(0, Math.min(MOST_LOOKS, Math.ceil(all.length / ROUND)));
    backlog.wake([...changed, ...looks], new Set(changed.filter((leaseId) => !byLease.has(leaseId))));
    if (!ready) onReady();
    ready = true;
    const removed = await hands.compute.removeLeftovers(tag, signal);
    if (removed.length > 0) log.info({ removed }, "removed leftovers");
    return true;
  };
}
