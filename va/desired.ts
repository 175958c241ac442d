// SPDX-License-Identifier: Apache-2.0
import type { LaunchSpec } from "../offchain/lease/launchSpec.ts";
import { awaitsStart, isEvictable, type LeaseView, type SpecReading } from "./types.ts";

/** What the chain wants of the cloud for one lease. */
export type Want =
  /** Nothing runs, nothing is destroyed: the lease waits for its payment or its launch, is not known yet, or is being declined. */
  | { readonly kind: "none" }
  /** Everything stays as it is: a newer launch is known and not safe yet. */
  | { readonly kind: "unchanged" }
  /** Tell the holder why it cannot be served. */
  | { readonly kind: "declined"; readonly reason: string }
  /** One server of this launch runs and its access details are posted: by `start` while that is awaited, else by `postAccess`. */
  | {
      readonly kind: "running";
      readonly spec: LaunchSpec | undefined;
      readonly awaited: boolean;
      /** It may be ended, by the safe and by the latest block, should its server be lost. */
      readonly evictable: boolean;
      /** See `launchKey`. */
      readonly launch: string;
      /** Servers of other launches may be deleted: this one is final. */
      readonly replace: boolean;
    }
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
  /** Of the safe block; see `launchKey`. */
  readonly launch: string;
  /** Whether the latest block knows of another launch. */
  readonly relaunched: boolean;
  /** Whether `launch` was seen at two finalized blocks by every endpoint. */
  readonly launchFinal: boolean;
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
  if (reading.relaunched) return { kind: "unchanged" };
  if (awaitsStart(safe)) return wantedWhileAwaited(reading);
  if (
    safe.state === "unfunded" &&
    (latest.state === "unfunded" || awaitsStart(latest)) &&
    reading.spec.kind === "bad"
  ) {
    // Better before the holder pays.
    return { kind: "declined", reason: reading.spec.reason };
  }
  if (safe.state === "active") return safe.clock < safe.exhaustedAt ? running(reading, false) : { kind: "stopped" };
  return ended(safe);
}

function ended({ state }: LeaseView): Want {
  return { kind: state === "none" || state === "unfunded" || state === "reserved" ? "none" : "stopped" };
}

function running({ safe, latest, spec, launch, launchFinal }: LeaseReading, awaited: boolean): Want {
  const opened = spec.kind === "open" ? spec.spec : undefined;
  const evictable = isEvictable(safe) && isEvictable(latest);
  return { kind: "running", spec: opened, awaited, evictable, launch, replace: launchFinal };
}

/** Whatever the clock says: a launch that is not answered costs its provider, and what was paid was paid for it. */
function wantedWhileAwaited(reading: LeaseReading): Want {
  const { latest, spec, declineMargin, lastTrouble } = reading;
  if (!awaitsStart(latest)) return latest.state === "active" ? running(reading, false) : { kind: "none" };
  // Past the window it can neither be started nor declined.
  if (latest.block.timestamp > latest.startBy) return { kind: "none" };
  if (spec.kind === "bad") return { kind: "declined", reason: spec.reason };
  if (latest.block.timestamp + declineMargin > latest.startBy) {
    return { kind: "declined", reason: lastTrouble === undefined ? NOT_READY : `${NOT_READY}: ${lastTrouble}` };
  }
  if (spec.kind === "missing") return { kind: "none" };
  return running(reading, true);
}
