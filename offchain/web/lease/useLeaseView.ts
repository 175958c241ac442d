// SPDX-License-Identifier: Apache-2.0
import type { LeaseAnswer } from "../../pool/api.ts";
import { getLease } from "../api/calls.ts";
import { chainTime } from "../live/clock.ts";
import type { LiveMode } from "../live/follow.ts";
import { useLive } from "../live/useLive.ts";
import { type Loaded, useLoaded } from "../live/useLoaded.ts";

export interface LeaseView extends Loaded<LeaseAnswer> {
  readonly mode: LiveMode;
}

/** A lease as the pool knows it, kept up to date. */
export function useLeaseView(leaseId: string): LeaseView {
  const loaded = useLoaded(leaseId, load);
  const mode = useLive(`lease=${leaseId}`, {
    lease: (lease) => {
      if (lease.leaseId === leaseId) loaded.put((before) => newer(before, lease));
    },
    refresh: loaded.reload,
  });
  return { ...loaded, mode };
}

async function load(leaseId: string, signal: AbortSignal): Promise<LeaseAnswer> {
  const lease = await getLease(leaseId, signal);
  chainTime.observe(lease.block);
  return lease;
}

function newer(before: LeaseAnswer | undefined, next: LeaseAnswer): LeaseAnswer {
  return before !== undefined && before.block.number > next.block.number ? before : next;
}
