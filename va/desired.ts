// SPDX-License-Identifier: Apache-2.0
import type { LaunchSpec } from "../offchain/lease/launchSpec.ts";
import type { LeaseView, SpecReading } from "./types.ts";

/** What the chain wants of the cloud for one lease. */
export type Want =
  /** Nothing runs, nothing is destroyed: the lease waits for its payment, is not known yet, or is being declined. */
  | { readonly kind: "none" }
  /** Tell the holder why it cannot be served. */
  | { readonly kind: "declined"; readonly reason: string }
  /** One server runs and its access details are posted: by `start` while the lease is pending, else by `postAccess`. */
  | { readonly kind: "running"; readonly spec: LaunchSpec | undefined; readonly pending: boolean }
  /** Its server is stopped, its disk kept. */
  | { readonly kind: "stopped" }
  /** No server is left. */
  | { readonly kind: "gone" };

/** What {@link desired} decides on. */
export interface LeaseReading {
  readonly safe: LeaseView;
  readonly latest: LeaseView;
  /** The end was seen at two finalized blocks by every endpoint; see `finality.ts`. */
  readonly over: boolean;
  readonly spec: SpecReading;
  /** How long before the end of the start window a lease that is not ready is declined, seconds. */
  readonly declineMargin: bigint;
  /** Why the lease is not ready yet, for the holder, should time run out. */
  readonly lastTrouble: string | undefined;
}

const NOT_READY = "The instance was not ready in time";

/**
 * Lease state to what is wanted. Boots and stops follow the safe block, deletion only finality; the latest block can but hold
 * back a boot that its transaction would not meet any more. Time is the blocks' own.
 */
export function desired(reading: LeaseReading): Want {
  const { safe, latest, over } = reading;
  if (over) return { kind: "gone" };
  if (latest.state === "closed" && latest.recorded) return ended(safe);
  if (safe.state === "pending") return wantedWhilePending(reading);
  if (safe.state === "unfunded" && isUnserved(latest) && reading.spec.kind === "bad") {
    // Better before the holder pays.
    return { kind: "declined", reason: reading.spec.reason };
  }
  if (safe.state === "active") {
    const spec = reading.spec.kind === "open" ? reading.spec.spec : undefined;
    return safe.clock < safe.exhaustedAt ? { kind: "running", spec, pending: false } : { kind: "stopped" };
  }
  return ended(safe);
}

function isUnserved({ state }: LeaseView): boolean {
  return state === "unfunded" || state === "pending";
}

function ended(safe: LeaseView): Want {
  return { kind: safe.state === "none" || safe.state === "unfunded" ? "none" : "stopped" };
}

function wantedWhilePending({ latest, spec, declineMargin, lastTrouble }: LeaseReading): Want {
  if (latest.state === "active") {
    return { kind: "running", spec: spec.kind === "open" ? spec.spec : undefined, pending: false };
  }
  if (latest.state !== "pending") return { kind: "none" };
  if (spec.kind === "bad") return { kind: "declined", reason: spec.reason };
  if (latest.block.timestamp + declineMargin > latest.time) {
    return { kind: "declined", reason: lastTrouble === undefined ? NOT_READY : `${NOT_READY}: ${lastTrouble}` };
  }
  if (spec.kind === "missing") return { kind: "none" };
  return { kind: "running", spec: spec.spec, pending: true };
}
