// SPDX-License-Identifier: Apache-2.0
import type { Express } from "express";
import type { BitcoinNode } from "../bitcoin/node.ts";
import type { SourceState } from "../bitcoin/sources.ts";
import type { Chain } from "../chain/clients.ts";
import type { Deployment } from "../chain/deployment.ts";
import type { Sender } from "../chain/sender.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { act } from "./act.ts";
import type { ActionJournal } from "./action.ts";
import { createActions } from "./actions.ts";
import { createApi } from "./api.ts";
import { type BitcoinWatch, createBitcoinWatch } from "./bitcoinWatch.ts";
import { leasesOf, reservationsOf } from "./book.ts";
import type { Cache } from "./cache.ts";
import { type ChainView, openChainView } from "./chainView.ts";
import { runClaims } from "./claims.ts";
import { addressesOf } from "./contracts.ts";
import { runDelisting } from "./delist.ts";
import type { Journal } from "./journal.ts";
import { keepCache, openCache } from "./keepCache.ts";
import { readLightClient } from "./lightClient.ts";
import { look } from "./look.ts";
import type { Action, View } from "./plan.ts";
import { ProblemError } from "./problem.ts";
import { relay } from "./relay.ts";
import { type ReportParameters, reportOn, reportOnReservation } from "./report.ts";
import type { Spending } from "./spending.ts";
import { awaitNode, RING, searchFrom, untilAnswered } from "./start.ts";
import { createTakes } from "./takes.ts";
import type { Hex } from "./types.ts";
import { createWake, type Wake } from "./wake.ts";
import { createWatchList, isWatched, type WatchList } from "./watchList.ts";
import type { WebhooksConfig } from "./webhooks/config.ts";
import { openWebhooks } from "./webhooks/open.ts";
import { paymentsNow } from "./webhooks/paymentsNow.ts";

export interface RelayerParameters {
  readonly chain: Chain;
  readonly deployment: Deployment;
  readonly node: BitcoinNode;
  /** A sender of the relayer's account, which pays gas, and posts bonds from its vault balance. */
  readonly sender: Sender;
  /** How the sources of `node` stand. */
  sources(): readonly SourceState[];
  /** What its account has spent. */
  readonly spending: Spending;
  /** Undefined: there are none. */
  readonly webhooks: WebhooksConfig | undefined;
  /** Of events for webhooks. */
  readonly outboxFile: string;
  readonly journal: Journal;
  readonly actions: ActionJournal;
  /** May be deleted at any time. */
  readonly cacheFile: string;
  /** How long after its end a lease's or reservation's address is watched, seconds. */
  readonly watchAfterEnd: number;
  /** How often chain and bitcoind are asked for news, milliseconds. */
  readonly pollMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Runs a relayer until the signal ends it. Holds no truth: everything is read from the chain and bitcoind,
 * but for the takes and actions that the journals have promised; the cache only spares it from reading all again.
 * @param serve called once takes can be accepted; reports on leases follow when bitcoind's blocks have been searched
 * @throws what waiting does not mend
 */
export async function runRelayer(parameters: RelayerParameters, serve: (api: Express) => Promise<void>): Promise<void> {
  const { chain, journal, clock, log, spending, sender } = parameters;
  const together = runTogether(parameters.signal);
  const { signal } = together;
  const wake = createWake();
  const onWait = (error: Error) => log.warn({ err: error }, "waiting for a node that does not answer");
  const answered = <T>(step: () => Promise<T>) => untilAnswered(step, { clock, signal, onWait });
  const cache = await answered(() => openCache(parameters));
  const following = { ...parameters, cache, signal, onChange: wake.now, onReorg: sender.reorganised };
  const view = await answered(() => openChainView(following));
  together.start(view.run());
  await together.unlessFailed(view.caughtUp);
  const found = await answered(() => openWatch({ ...parameters, signal }, { view, wake, cache }));
  const { watch, watchList, network } = found;
  const addresses = addressesOf(parameters.deployment);
  const sources = { book: view.book, ledger: watch.ledger, sightings: watch.sightings };
  const rounds = createRounds({ ...parameters, ...found, view, signal });

  const acting = { ...parameters, sender, chain: chain.client, addresses, addressOf: watchList.addressOf, signal };
  const domain = { chainId: chain.chainId, leases: addresses.leases };
  const openedIn = (leaseId: Hex) => view.book.payees.get(leaseId)?.openedIn;
  const { finalized, now: chainTime } = view;
  const takes = createTakes({ ...acting, exchange: addresses.exchange, domain, wake, openedIn, finalized, chainTime });
  const launchedSpec = (leaseId: Hex) => {
    const payee = view.book.payees.get(leaseId);
    return payee?.kind === "lease" ? payee.spec : undefined;
  };
  const actions = createActions({ ...acting, ...addresses, wake, launchedSpec, finalized });
  const payments = () => (rounds.isComplete() ? paymentsNow(sources, watchList.addressOf) : undefined);
  const webhooks =
    parameters.webhooks &&
    (await openWebhooks({
      ...parameters,
      ...parameters.webhooks,
      file: parameters.outboxFile,
      signal,
      wake,
      payments,
    }));
  const doIt = (action: Action) => act(action, acting);
  together.start(keepCache({ ...parameters, signal, view, watch, isComplete: rounds.isComplete }));
  together.start(watch.run());
  together.start(takes.run());
  together.start(actions.run());
  together.start(relay({ ...parameters, signal, waiter: wake.waiter(), act: doIt, look: rounds.look }));
  together.start(runClaims({ ...parameters, sender, addresses, book: view.book, chainTime, signal }));
  const selling = { ...parameters, addresses, book: view.book, chainTime, waiter: wake.waiter(), signal };
  together.start(runDelisting(selling));
  if (webhooks !== undefined) together.start(webhooks.run());

  const reports = reportsOf({ chain: chain.client, addresses, network, journal, sources }, rounds.isComplete);
  const accepting = {
    takes: { accept: unlessStopped(spending, takes.accept) },
    actions: {
      accept: unlessStopped(spending, actions.accept),
      requestConsole: unlessStopped(spending, actions.requestConsole),
    },
  };
  const health = async () => {
    const { ok, heights } = rounds.health();
    const isSending = spending.report().stoppedUntil === undefined;
    return { ok: ok && isSending, heights, ...healthOf(parameters, { view, watchList, watch }) };
  };
  const api = createApi({ ...accepting, ...reports, log, health, webhooks: webhooks?.routes });
  await together.unlessFailed(serve(api));
  await together.ended();
}

/** What is promised while nothing is sent would have to wait for long: another relayer does it sooner. */
function unlessStopped<A, R>(spending: Spending, accept: (given: A) => Promise<R>): (given: A) => Promise<R> {
  return async (given) => {
    const { stoppedUntil } = spending.report();
    if (stoppedUntil !== undefined) throw spendingStopped(stoppedUntil);
    return await accept(given);
  };
}

/** Nothing is said of payments before all that are known to Bitcoin's node have been found. */
function reportsOf(parameters: ReportParameters, isComplete: () => boolean) {
  const requireComplete = () => {
    if (!isComplete()) throw catchingUp();
  };
  return {
    leaseReport: async (leaseId: Hex) => {
      requireComplete();
      return await reportOn(leaseId, parameters);
    },
    reservationReport: (id: Hex) => {
      requireComplete();
      return reportOnReservation(id, parameters);
    },
  };
}

interface Looking {
  readonly view: ChainView;
  readonly watch: BitcoinWatch;
  readonly watchList: WatchList;
}

/** The looks at both chains, and how they went. */
function createRounds(parameters: RelayerParameters & Looking) {
  const { chain, deployment, node, journal, pollMs, clock, signal, view, watch, watchList } = parameters;
  const { lightClient } = addressesOf(deployment);
  const round = { at: clock.now(), lightClient: 0, complete: false };
  const refresh = async () => {
    const promised = journal.all().filter(({ refusal }) => refusal === undefined);
    const coming = promised.map(({ leaseId, take }) => ({ leaseId, appliance: take.terms.appliance }));
    watchList.update(view.book, coming, view.now());
    await watch.catchUp();
  };
  return {
    isComplete: () => round.complete,
    async look(setAside: ReadonlySet<string>): Promise<View> {
      await refresh();
      const client = await readLightClient(chain.client, lightClient);
      const { ledger } = watch;
      const seen = await look({ node, client, book: view.book, ledger, setAside, signal });
      const complete = round.complete || seen.caughtUp;
      Object.assign(round, { at: clock.now(), lightClient: client.tip.height, complete });
      // What the light client does not keep can be neither proven nor taken back.
      ledger.trim(client.tip.height - RING, watchList.has);
      return seen;
    },
    health: () => ({
      ok: round.complete && clock.now() - round.at < STALE_MS + pollMs,
      heights: { bitcoin: watch.ledger.tip().height, lightClient: round.lightClient, chain: view.height() },
    }),
  };
}

function healthOf({ journal, actions, sources, spending }: RelayerParameters, { view, watchList, watch }: Looking) {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    watched: watchList.scripts.size,
    /** What is in memory. */
    known: {
      leases: leasesOf(view.book).length,
      reservations: reservationsOf(view.book).length,
      credits: view.book.credits.size,
      payments: watch.ledger.payments().length,
      sightings: [...watch.sightings.all()].length,
    },
    takes: journal.all().filter(({ refusal }) => refusal === undefined).length,
    actions: actions.all().length,
    sources: sources(),
    spending: spending.report(),
    process: { cpuMs: (userCPUTime + systemCPUTime) / 1000, rss: process.memoryUsage.rss(), maxRss: maxRSS * 1024 },
  };
}

/** Without a look at both chains for so long, something is wrong. */
const STALE_MS = 60_000;

function catchingUp(): ProblemError {
  return new ProblemError({
    code: "CATCHING_UP",
    status: 503,
    title: "The relayer has just started",
    detail: "It still searches Bitcoin's latest blocks for payments. Try again in a moment.",
  });
}

function spendingStopped(until: string): ProblemError {
  return new ProblemError({
    code: "SPENDING_LIMIT",
    status: 503,
    title: "The relayer has spent what it may spend in a day",
    detail: `It sends no transactions before ${until}. Another relayer takes the same signed request.`,
    need: until,
  });
}

interface WatchFrom {
  view: ChainView;
  wake: Wake;
  cache: Cache | undefined;
}

async function openWatch(parameters: RelayerParameters, { view, wake, cache }: WatchFrom) {
  const { chain, deployment, node, watchAfterEnd, pollMs, clock, log, signal } = parameters;
  const onWait = (reason: unknown) => log.warn({ reason }, "waiting for bitcoind");
  const network = await awaitNode({ node, height: view.checkpointHeight, clock, signal, onWait });
  const client = await readLightClient(chain.client, addressesOf(deployment).lightClient);
  const payees = [...view.book.payees.values()].filter((payee) => isWatched(payee, watchAfterEnd, view.now()));
  const clientHeight = client.tip.height;
  const search = await searchFrom({ node, payees, clientHeight, searched: cache?.search, signal });
  log.info({ from: search.from.height, watched: payees.length, clientHeight }, "searching for payments");
  const watchList = createWatchList({ network, watchAfterEnd });
  const onError = (error: Error) => log.warn({ err: error }, "bitcoind does not answer");
  const watch = createBitcoinWatch({ node, clock, signal, pollMs, onError, ...search, watchList, onChange: wake.now });
  return { watch, watchList, network };
}

/** Loops that end together: what fails ends all others. */
function runTogether(outer: AbortSignal) {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const running: Promise<void>[] = [];
  return {
    signal,
    start: (run: Promise<void>) => {
      run.catch((error: unknown) => failed.abort(error));
      running.push(run);
    },
    /** @throws what one of the loops has failed with */
    unlessFailed: async <T>(step: Promise<T>): Promise<T> => {
      const end = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
      return await Promise.race([step, end]);
    },
    ended: async () => {
      await Promise.all(running);
    },
  };
}
