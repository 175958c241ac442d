// SPDX-License-Identifier: Apache-2.0
import type { IndexedLease } from "./leaseIndex.ts";
import { type Failures, NO_FAILURES } from "./plan.ts";

/**
 * What this process remembers of a lease. Nothing of it is needed: losing it costs an attempt more or a second look.
 */
export interface LeaseMemory {
  /** What the rest is about, but for `announced`; see `launchKey`. */
  launch: string;
  failures: Failures;
  /** How often in a row the cloud refused to make the server. */
  refusals: number;
  /** Why the lease is not ready, for its holder. */
  trouble: string | undefined;
  /** Clock time before which no further server is made, milliseconds. */
  notBefore: number;
  /** Since when the server was seen to run without host keys on its console, milliseconds. */
  activeSince: number | undefined;
  /** Clock time at which the console was last shown to the holder, milliseconds. */
  consoleShownAt: number | undefined;
  /**
   * For how long the lease was seen not to be served, milliseconds, and when that was last seen; undefined when it was served.
   * `seenAt` is undefined when the last look did not tell.
   */
  unserved: { readonly totalMs: number; readonly seenAt: number | undefined } | undefined;
  /** Clock time before which no eviction is tried again, milliseconds: the last was refused. */
  noEvictionBefore: number;
  /** Clock time at which the repair of its server was tried last, milliseconds. */
  repairedAt: number | undefined;
  /** The server announced last, with the count of announcements that the chain has since and the block that it was mined in. */
  announced: { readonly id: string; readonly count: number; readonly block: bigint } | undefined;
}

/** Nothing remembered. */
export function emptyMemory(launch = ""): LeaseMemory {
  return {
    launch,
    failures: NO_FAILURES,
    refusals: 0,
    trouble: undefined,
    notBefore: 0,
    activeSince: undefined,
    consoleShownAt: undefined,
    unserved: undefined,
    noEvictionBefore: 0,
    repairedAt: undefined,
    announced: undefined,
  };
}

/** Each answer is a transaction that the provider pays, so one lease's follow each other no sooner. */
const CONSOLE_PAUSE_MS = 60_000;

/**
 * How long a request for the console has to wait, milliseconds; undefined when there is none, or its answer is sent and not
 * seen among the events yet.
 */
export function consoleWait(
  memory: LeaseMemory,
  lease: Pick<IndexedLease, "announcements" | "consoleRequest"> | undefined,
  now: number,
): number | undefined {
  if (lease?.consoleRequest === undefined || lease.announcements < (memory.announced?.count ?? 0)) return undefined;
  return Math.max(0, (memory.consoleShownAt ?? Number.NEGATIVE_INFINITY) + CONSOLE_PAUSE_MS - now);
}

/** Between two looks counts no more than this, milliseconds: this process, or its machine, may have stood still. */
const LONGEST_STEP_MS = 300_000;

/**
 * Counts for how long a lease is not served: what lies between two looks in a row that both found it so. Whatever is not seen
 * (the cloud or the chain did not answer, this process did not run) is not counted.
 *
 * @param served see `isServed`
 * @returns milliseconds
 */
export function countUnserved(memory: LeaseMemory, served: boolean | undefined, now: number): number {
  const { totalMs, seenAt } = memory.unserved ?? { totalMs: 0, seenAt: undefined };
  if (served === true) memory.unserved = undefined;
  else if (served === undefined) missLook(memory);
  else {
    const step = seenAt === undefined ? 0 : Math.min(LONGEST_STEP_MS, Math.max(0, now - seenAt));
    memory.unserved = { totalMs: totalMs + step, seenAt: now };
  }
  return memory.unserved?.totalMs ?? 0;
}

/** The lease is served: what failed before is no reason for anything to come. Attempts are counted on, since they name servers. */
export function forgetFailures(memory: LeaseMemory): void {
  const { lastAttempt } = memory.failures;
  memory.failures = { lastAttempt, servedAttempt: lastAttempt, final: undefined };
}

/** A look told nothing: what passes until the next one does not count. */
export function missLook(memory: LeaseMemory): void {
  if (memory.unserved !== undefined) memory.unserved = { ...memory.unserved, seenAt: undefined };
}

/** Forgets what went wrong with an earlier launch. */
export function enterLaunch(memory: LeaseMemory, launch: string): void {
  if (memory.launch === launch) return;
  const { announced, consoleShownAt } = memory;
  Object.assign(memory, { ...emptyMemory(launch), announced, consoleShownAt });
}

/**
 * Brings the memory in step with what the chain says now.
 *
 * @param announcements access details on chain at the latest block
 * @param latest number of that block
 * @returns how many announcements to reckon with, and which server the last was for, if that is known
 */
export function refresh(
  memory: LeaseMemory,
  announcements: number,
  latest: bigint,
): { announcements: number; announcedId: string | undefined } {
  const own = memory.announced;
  // It would be there by now: a reorganisation took it away.
  if (own !== undefined && announcements < own.count && latest >= own.block) memory.announced = undefined;
  return {
    announcements: Math.max(announcements, memory.announced?.count ?? 0),
    announcedId: memory.announced?.id,
  };
}
