// SPDX-License-Identifier: Apache-2.0
import { closingAt } from "./closes.ts";
import type { Want } from "./desired.ts";
import type { Observation } from "./observe.ts";
import type { OwnServer } from "./plan.ts";

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

/**
 * Looks ahead: a lease that is in step needs no look until its time comes. The provider clock never runs faster than the
 * blocks', so what it reaches after n seconds is no sooner than n seconds away.
 */
export function whenNext(want: Want, { safe, latest, servers }: Observation, acted: boolean): Next {
  if (want.kind === "gone") return servers.length === 0 ? { kind: "done" } : { kind: "soon" };
  if (acted) return { kind: "soon" };
  const moving = servers.some(isMoving);
  if (moving || (want.kind === "running" && servers.length === 0)) return { kind: "soon" };
  const times = [closingAt(latest)];
  if (want.kind === "running" && !want.pending && safe.state === "active") {
    times.push(safe.block.timestamp + safe.exhaustedAt - safe.clock);
  } else if (want.kind === "stopped" && safe.state === "active") {
    times.push(safe.block.timestamp + safe.graceEndsAt - safe.clock);
  } else if (safe.state !== "unfunded" || latest.state !== "unfunded") {
    times.push(0n);
  }
  const [first] = times.filter((time) => time !== undefined).sort((a, b) => (a < b ? -1 : 1));
  return first === undefined ? { kind: "idle" } : { kind: "at", time: first };
}

function isMoving({ status, task }: OwnServer): boolean {
  return task !== null || status === "BUILD" || status === "BUSY" || status === "UNKNOWN";
}
