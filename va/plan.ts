// SPDX-License-Identifier: Apache-2.0
import type { Want } from "./desired.ts";
import type { Server, ServerStatus } from "./openstack/compute.ts";

/** A server of the lease with what its labels say. */
export interface OwnServer extends Server {
  readonly launch: string;
  readonly attempt: number;
  readonly announcements: number;
}

/** What the world holds for one lease. */
export interface Actual {
  readonly servers: readonly OwnServer[];
  /** Access details on chain at the latest block, the most that any endpoint or this process knows of. */
  readonly announcements: number;
  /** Id of the server that this process announced last, if it knows. A hint: the labels decide without it. */
  readonly announcedId: string | undefined;
  /** The holder has asked to see the console, and may be answered now. */
  readonly consoleWanted: boolean;
  /** Attempts that failed, as far as this process knows. */
  readonly failures: Failures;
  /** No repair of the lease's server was tried of late. */
  readonly mayReboot: boolean;
  /** The lease was not served for longer than its holder is to bear (see `isServed`), and its eviction was not refused just now. */
  readonly overdue: boolean;
}

/** Which server serves a lease follows from this. */
type Sight = Pick<Actual, "servers" | "announcements" | "announcedId">;

/** Failed attempts to make the lease's server. */
export interface Failures {
  /** The highest attempt that failed; 0 for none. */
  readonly lastAttempt: number;
  /** What {@link lastAttempt} was when the lease was served last: those until then say nothing of what is lost now. */
  readonly servedAttempt?: number;
  /** What the cloud said of the last server that failed, where it said something. */
  readonly fault?: string;
  /** Set when no further attempt makes sense; shown to the holder. */
  readonly final: string | undefined;
}

export const NO_FAILURES: Failures = { lastAttempt: 0, final: undefined };

/** One step towards what is wanted; each is safe to repeat. */
export type Action =
  | { readonly kind: "create"; readonly attempt: number }
  | { readonly kind: "start"; readonly server: OwnServer }
  | { readonly kind: "stop"; readonly server: OwnServer }
  | { readonly kind: "delete"; readonly server: OwnServer; readonly why: "over" | "failed" | "surplus" | "relaunched" }
  | {
      readonly kind: "announce";
      readonly server: OwnServer;
      readonly by: "start" | "postAccess";
      /** With the end of the console's log, which the holder has asked for. */
      readonly console: boolean;
    }
  | { readonly kind: "decline"; readonly reason: string }
  /** A server in ERROR is switched off and on: its disk stays. */
  | { readonly kind: "reboot"; readonly server: OwnServer }
  | { readonly kind: "evict"; readonly reason: string }
  /** Nothing that the appliance may do helps; its operator has to look. */
  | { readonly kind: "attention"; readonly what: string };

/** How many servers a launch gets before it is declined. */
export const MAX_ATTEMPTS = 2;

/**
 * What to do now, in order; empty when the world is as wanted or only time helps. Holds, whatever it is given:
 * a server is made only when none is there, so that no lease has two; one that may have been announced is deleted only when
 * `want` is "gone", or a later launch is final; a lease is evicted only when it is overdue and nothing serves it.
 */
export function plan(want: Want, actual: Actual): Action[] {
  switch (want.kind) {
    case "gone":
      return actual.servers.map((server) => ({ kind: "delete", server, why: "over" }));
    case "unchanged":
      return [];
    case "none":
    case "stopped":
      return stopAll(actual.servers);
    case "declined":
      return [{ kind: "decline", reason: want.reason }];
    case "running":
      return planRunning(want, actual);
  }
}

/**
 * Whether the holder of a lease that should run has what it pays for; undefined when that cannot be said, since the cloud or its
 * operator is at work on the server. While a start is awaited nothing is paid for.
 */
export function isServed(want: Want, actual: Sight): boolean | undefined {
  if (want.kind !== "running" || want.awaited) return true;
  const own = actual.servers.filter(({ launch }) => launch === want.launch);
  // One of another launch is still what its holder has, or on its way out.
  if (own.length < actual.servers.length) return undefined;
  const primary = choosePrimary({ ...actual, servers: own });
  if (primary === undefined) return false;
  return primary.task === "deleting" ? undefined : SERVES[primary.status];
}

const SERVES: Readonly<Partial<Record<ServerStatus, boolean>>> = {
  ACTIVE: true,
  BUILD: false,
  SHUTOFF: false,
  ERROR: false,
};

function stopAll(servers: readonly OwnServer[]): Action[] {
  return servers.filter(runs).map((server) => ({ kind: "stop", server }));
}

type Running = Extract<Want, { kind: "running" }>;

function planRunning(want: Running, actual: Actual): Action[] {
  const own = actual.servers.filter(({ launch }) => launch === want.launch);
  const outdated = actual.servers.filter(({ launch }) => launch !== want.launch);
  if (outdated.length > 0 && want.replace)
    return outdated.map((server) => ({ kind: "delete", server, why: "relaunched" }));
  // The holder keeps the former instance until it is sure that it asked for another.
  if (outdated.length > 0 && own.length === 0) return [];
  const overdue = want.evictable && actual.overdue && isServed(want, actual) === false;
  const current = { ...actual, servers: own, overdue };
  const primary = choosePrimary(current);
  if (primary === undefined) return planFirst(want, current);
  const others = actual.servers.filter((server) => server !== primary);
  return [...planOthers(others, primary, actual), ...planPrimary(primary, want, current)];
}

/** Until the one that serves runs, its holder may need any of the others; while it cannot, they may at least not run beside it. */
function planOthers(others: readonly OwnServer[], primary: OwnServer, actual: Actual): Action[] {
  if (primary.status === "ACTIVE") return others.flatMap((server) => retire(server, actual));
  return primary.status === "ERROR" || primary.status === "PAUSED" ? stopAll(others) : [];
}

/** The server that serves the lease: what the holder was told of last, else the oldest. Never one in ERROR that nobody was told of. */
function choosePrimary(actual: Sight): OwnServer | undefined {
  const candidates = actual.servers.filter((server) => isThere(server) || mayBeAnnounced(server, actual));
  return candidates.sort(
    (a, b) =>
      Number(b.id === actual.announcedId) - Number(a.id === actual.announcedId) ||
      Number(mayBeAnnounced(b, actual)) - Number(mayBeAnnounced(a, actual)) ||
      (mayBeAnnounced(a, actual) ? b.announcements - a.announcements : 0) ||
      a.createdAt - b.createdAt ||
      a.attempt - b.attempt ||
      (a.id < b.id ? -1 : 1),
  )[0];
}

/** A server beside the one that serves: stopped, and deleted only if nobody can have been told of it. */
function retire(server: OwnServer, actual: Actual): Action[] {
  if (!mayBeAnnounced(server, actual)) return [{ kind: "delete", server, why: "surplus" }];
  return runs(server) ? [{ kind: "stop", server }] : [];
}

function planPrimary(server: OwnServer, want: Running, actual: Actual): Action[] {
  if (server.task === "deleting" || server.status === "DELETED") return [];
  const { awaited } = want;
  switch (server.status) {
    case "BUILD":
      return actual.overdue ? [{ kind: "evict", reason: `The server ${server.id} is not built` }] : [];
    case "SHUTOFF":
      if (actual.overdue) return [{ kind: "evict", reason: `The server ${server.id} does not start` }];
      return server.task === null ? [{ kind: "start", server }] : [];
    case "ACTIVE":
      // While a start is awaited, only what this process has sent itself is on its way; what it reads of others is of an earlier one.
      if (server.task !== null || server.addresses.length === 0) return [];
      if (awaited ? server.id === actual.announcedId : mayBeAnnounced(server, actual)) {
        return actual.consoleWanted ? [{ kind: "announce", server, by: "postAccess", console: true }] : [];
      }
      return [{ kind: "announce", server, by: awaited ? "start" : "postAccess", console: false }];
    case "PAUSED":
      return [{ kind: "attention", what: `server ${server.id} is paused, suspended or shelved` }];
    case "ERROR":
      return planBroken(server, want, actual);
    default:
      return [];
  }
}

/** It may hold what its holder needs: it is never made anew, only switched off and on, once, and left to its operator for a while. */
function planBroken(server: OwnServer, want: Running, actual: Actual): Action[] {
  const fault = server.fault?.message ?? "the cloud names no fault";
  if (actual.overdue) return [{ kind: "evict", reason: `The server ${server.id} is in ERROR: ${fault}` }];
  if (server.task !== null) return [];
  if (!want.awaited && actual.mayReboot) return [{ kind: "reboot", server }];
  return [{ kind: "attention", what: `server ${server.id} of a running lease is in ERROR: ${fault}` }];
}

/** No server serves: clear away what failed, then make one, as long as that makes sense. */
function planFirst(want: Running, actual: Actual): Action[] {
  const failed = actual.servers.filter((server) => server.status === "ERROR");
  const last = Math.max(actual.failures.lastAttempt, ...failed.map((server) => server.attempt));
  const fault = failed.find((server) => server.fault !== undefined)?.fault?.message;
  if (want.awaited) {
    const reason = actual.failures.final ?? (last >= MAX_ATTEMPTS ? (fault ?? "The server failed twice") : undefined);
    if (reason !== undefined) return [{ kind: "decline", reason }];
  }
  const lost = actual.overdue ? lossOf(want, actual, last, fault) : undefined;
  if (lost !== undefined) return [{ kind: "evict", reason: lost }];
  if (actual.servers.length > 0) {
    return failed.map((server) => ({ kind: "delete", server, why: "failed" }));
  }
  if (want.spec === undefined)
    return [{ kind: "attention", what: "the server is gone and its launch spec cannot be read" }];
  return [{ kind: "create", attempt: last + 1 }];
}

/** Why the server of a running lease is gone and cannot be made again; undefined while another attempt may still do. */
function lossOf(want: Running, { failures }: Actual, last: number, fault: string | undefined): string | undefined {
  const gone = "The server is gone and cannot be made again";
  if (want.spec === undefined) return `${gone}: its launch spec cannot be read`;
  const isUsedUp = last - (failures.servedAttempt ?? 0) >= MAX_ATTEMPTS;
  const why = failures.final ?? (isUsedUp ? (fault ?? failures.fault ?? "two others failed") : undefined);
  return why === undefined ? undefined : `${gone}: ${why}`;
}

/** Exists and is no failure: it runs, ran, or will. */
function isThere(server: OwnServer): boolean {
  return server.status !== "ERROR" && server.status !== "DELETED" && server.task !== "deleting";
}

function runs(server: OwnServer): boolean {
  return server.status === "ACTIVE" && server.task === null;
}

/** Whether access details may have been posted for this server: since it was asked for, the chain got more of them. */
function mayBeAnnounced(server: OwnServer, actual: Sight): boolean {
  return server.id === actual.announcedId || actual.announcements > server.announcements;
}
