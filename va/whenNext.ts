// SPDX-License-Identifier: Apache-2.0
import { closingAt, isCollected, owes } from "./closes.ts";
import type { Want } from "./desired.ts";
import type { Observation } from "./observe.ts";
import type { OwnServer } from "./plan.ts";
import type { LeaseView } from "./types.ts";

/** When a lease is to be looked at again, if no event comes before. */
export type Next =
  /** The cloud is at work: soon. */
  | { readonly kind: "soon" }
  /** When the latest block's time is this, unix seconds; 0n: at the next block. */
  | { readonly kind: "at"; readonly time: bigint }
  /** Only when something happens to it. */
  | { readonly kind: "idle" }
  /** Never again. */
  | { readonly kind: "done" };

const NEXT_BLOCK = 0n;

/**
 * Looks ahead: a lease that is in step needs no look until its time comes. The provider clock never runs faster than the
 * blocks', so what it reaches after n seconds is no sooner than n seconds away.
 */
export function whenNext(want: Want, seen: Observation, acted: boolean): Next {
  const { latest, servers } = seen;
  if (want.kind === "gone") {
    if (servers.length > 0) return { kind: "soon" };
    if (!isCollected(latest)) return { kind: "at", time: closingAt(latest) ?? NEXT_BLOCK };
    // Its refund is no matter of the cloud's; when it counts, an event says so.
    return { kind: owes(latest) ? "idle" : "done" };
  }
  if (acted) return { kind: "soon" };
  const moving = servers.some(isMoving);
  if (moving || (want.kind === "running" && servers.length === 0)) return { kind: "soon" };
  const times = [closingAt(latest), changesAt(want, seen)].filter((time) => time !== undefined);
  const [first] = times.sort((a, b) => (a < b ? -1 : 1));
  return first === undefined ? { kind: "idle" } : { kind: "at", time: first };
}

/** When what is wanted may change without an event; undefined: never. */
function changesAt(want: Want, { safe, latest, servers }: Observation): bigint | undefined {
  // What the latest block says is yet to become safe, and what the safe one says, final.
  if (safe.state !== latest.state || safe.startBy !== latest.startBy) return NEXT_BLOCK;
  if (safe.state === "unfunded") return undefined;
  if (safe.state === "reserved" && want.kind === "none") return reaches(safe, safe.overAt);
  if (safe.state !== "active") return NEXT_BLOCK;
  if (want.kind === "stopped") return reaches(safe, safe.overAt);
  const isSettled = want.kind === "running" && !want.awaited && servers.every(({ launch }) => launch === want.launch);
  return isSettled ? reaches(safe, safe.exhaustedAt) : NEXT_BLOCK;
}

/** Unix seconds before which the provider clock does not show this. */
function reaches({ block, clock }: LeaseView, time: bigint): bigint {
  return block.timestamp + time - clock;
}

function isMoving({ status, task }: OwnServer): boolean {
  return task !== null || status === "BUILD" || status === "BUSY" || status === "UNKNOWN";
}
