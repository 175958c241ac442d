// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { Logger } from "../offchain/core/log.ts";
import { type ActionContext, act, type Hands } from "./actuator.ts";
import { closing, owes } from "./closes.ts";
import { desired, type Want } from "./desired.ts";
import { createFinality } from "./finality.ts";
import type { LeaseFeed } from "./leaseFeed.ts";
import type { IndexedLease } from "./leaseIndex.ts";
import {
  consoleWait,
  countUnserved,
  emptyMemory,
  enterLaunch,
  forgetFailures,
  type LeaseMemory,
  missLook,
  refresh,
} from "./memory.ts";
import { type Eyes, fingerprint, type Observation, observe } from "./observe.ts";
import { type Action, type Actual, isServed, plan } from "./plan.ts";
import { awaitsStart, type Heads, type LeaseState } from "./types.ts";
import { type Next, whenNext } from "./whenNext.ts";

/** What {@link createReconciler} needs. */
export interface ReconcilerOptions {
  readonly hands: Hands;
  readonly feed: LeaseFeed;
  /** `AGE-SECRET-KEY-1…`, the present one and former ones. */
  readonly ageIdentities: readonly string[];
  /** How long before the end of the start window a lease that is not ready is declined, seconds. */
  readonly declineMarginS: number;
  /** How long a lease is seen not to be served before it is evicted, seconds; a repair is tried once in that time. */
  readonly evictAfterS: number;
  readonly log: Logger;
}

/** What a lease takes of the cloud's room. */
export interface Holding {
  readonly market: number;
  readonly state: LeaseState;
  /** See `fingerprint`; empty when it has none. */
  readonly servers: string;
  /** It has ended, and its refund is a matter of `refunds/`. */
  readonly owes: boolean;
}

/** Brings leases in step with the chain, one at a time. */
export interface Reconciler {
  /** Reads chain and cloud, compares, acts. Safe to call at any time and any number of times. */
  reconcile(leaseId: Hex, signal: AbortSignal): Promise<Next>;
  /** What the last look at each lease that is not done found. */
  holdings(): ReadonlyMap<Hex, Holding>;
  /** For how long each lease is not served that is paid for and was not served at the last look, milliseconds. */
  unserved(): number[];
}

/** See {@link Reconciler}. What it remembers between calls is a convenience and may be lost. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { hands, feed, ageIdentities, log } = options;
  const eyes: Eyes = { hands, finality: createFinality(), ageIdentities };
  const memories = new Map<Hex, LeaseMemory>();
  const holdings = new Map<Hex, Holding>();
  const declineMargin = BigInt(options.declineMarginS);

  const reconcile = async (leaseId: Hex, signal: AbortSignal): Promise<Next> => {
    const heads = feed.heads();
    if (heads === undefined) return { kind: "at", time: 0n };
    const indexed = feed.index().leases.get(leaseId);
    const seen = await look(eyes, { leaseId, heads, indexed, memory: memories.get(leaseId) }, signal);
    if (seen === undefined) {
      log.error({ leaseId }, "a server of ours names a lease of another appliance");
      return { kind: "idle" };
    }
    const { latest, servers, launch } = seen;
    const { market, state } = latest;
    holdings.set(leaseId, { market, state, servers: fingerprint(servers), owes: owes(latest) });
    const memory = memories.get(leaseId) ?? emptyMemory();
    memories.set(leaseId, memory);
    enterLaunch(memory, launch);
    const known = refresh(memory, indexed?.announcements ?? 0, heads.latest.number);
    const want = desired({ ...seen, declineMargin, lastTrouble: memory.trouble });
    const now = hands.clock.now();
    const wait = consoleWait(memory, indexed, now);
    const found = { servers, failures: memory.failures, consoleWanted: wait === 0, ...known };
    const actions = plan(want, { ...found, ...judge(memory, want, { ...seen, ...found }, now, options.evictAfterS) });
    if (!actions.some(({ kind }) => kind === "evict")) eyes.finality.forget(`${leaseId} evict`);
    const { announcements } = known;
    const context = contextOf(seen, want, { announcements, memory, finality: eyes.finality, signal }, declineMargin);
    // What the provider is owed does not wait for its cloud, nor the reverse.
    const outcomes = await Promise.allSettled([actAll(context, want.kind, actions), collect(seen)]);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    const next = notLater(whenNext(want, seen, actions.length > 0), wait, latest.block.timestamp);
    if (next.kind !== "done") return next;
    for (const kept of [memories, holdings]) kept.delete(leaseId);
    eyes.finality.forget(leaseId);
    return next;
  };

  const actAll = async (context: ActionContext, want: string, actions: readonly Action[]) => {
    for (const action of actions) {
      const line = { leaseId: context.leaseId, want, ...describe(action) };
      log.debug(line, "act");
      if (await act(hands, context, action)) log.info(line, "done");
    }
  };

  const collect = async ({ latest }: Observation) => {
    const transaction = closing(latest);
    if (transaction === undefined) return;
    await hands.chain.send(transaction);
    log.info({ leaseId: latest.leaseId, action: transaction.kind }, "done");
  };

  const unserved = () => [...memories.values()].flatMap((memory) => memory.unserved?.totalMs ?? []);
  return { reconcile, holdings: () => holdings, unserved };
}

type Means = Pick<ActionContext, "announcements" | "memory" | "finality" | "signal">;

function contextOf({ latest, spec, launch }: Observation, want: Want, means: Means, margin: bigint): ActionContext {
  const { leaseId, market, state, startBy, block } = latest;
  const awaited = want.kind === "running" && want.awaited;
  return {
    ...means,
    leaseId,
    market,
    launch,
    spec: spec.kind === "open" ? spec.spec : undefined,
    awaited,
    charged: awaited && state !== "active",
    block: block.number,
    hurry: awaitsStart(latest) && block.timestamp + 2n * margin > startBy,
  };
}

/** How long a lease has not been served, and its repair ago; remembers this look. A server that is just being made gets its time. */
function judge(
  memory: LeaseMemory,
  want: Want,
  seen: Pick<Observation, "latest"> & Omit<Actual, "mayReboot" | "overdue">,
  now: number,
  evictAfterS: number,
): Pick<Actual, "mayReboot" | "overdue"> {
  const evictAfterMs = evictAfterS * 1_000;
  const served = isServed(want, seen);
  if (served === true && want.kind === "running" && !want.awaited) forgetFailures(memory);
  const isLate = countUnserved(memory, served, now) >= evictAfterMs;
  const youngest = Number(seen.latest.block.timestamp) - evictAfterS;
  const isYoung = seen.servers.some(({ status, createdAt }) => status === "BUILD" && createdAt > youngest);
  const mayReboot = memory.repairedAt === undefined || now - memory.repairedAt > evictAfterMs;
  return { mayReboot, overdue: isLate && !isYoung && now >= memory.noEvictionBefore };
}

interface Subject {
  readonly leaseId: Hex;
  readonly heads: Heads;
  readonly indexed: IndexedLease | undefined;
  readonly memory: LeaseMemory | undefined;
}

/** Time in which chain or cloud could not be read counts against nobody. */
async function look(eyes: Eyes, { leaseId, heads, indexed, memory }: Subject, signal: AbortSignal) {
  try {
    return await observe(eyes, leaseId, heads, indexed, signal);
  } catch (error) {
    if (memory !== undefined) missLook(memory);
    throw error;
  }
}

/** The same, or when a request for the console that has to wait may be answered. */
function notLater(next: Next, waitMs: number | undefined, now: bigint): Next {
  if (waitMs === undefined || waitMs === 0 || next.kind === "soon" || next.kind === "done") return next;
  const time = now + BigInt(Math.ceil(waitMs / 1_000));
  return next.kind === "at" && next.time < time ? next : { kind: "at", time };
}

function describe(action: Action): object {
  switch (action.kind) {
    case "create":
      return { action: action.kind, attempt: action.attempt };
    case "decline":
    case "evict":
      return { action: action.kind, reason: action.reason };
    case "attention":
      return { action: action.kind };
    case "delete":
      return { action: action.kind, server: action.server.id, status: action.server.status, why: action.why };
    default:
      return { action: action.kind, server: action.server.id, status: action.server.status };
  }
}
