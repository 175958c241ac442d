// SPDX-License-Identifier: Apache-2.0
import type { AnyLeaseSummary, HolderLeases } from "../../pool/api.ts";
import { getHolderLeases } from "../api/calls.ts";
import { chainTime } from "../live/clock.ts";
import type { LiveMode } from "../live/follow.ts";
import { useLive } from "../live/useLive.ts";
import { type Loaded, useLoaded } from "../live/useLoaded.ts";

export interface HolderLeasesView extends Loaded<HolderLeases> {
  readonly mode: LiveMode;
}

/** Enough for anybody, and an end for a service that never stops naming a next page. */
const MOST_PAGES = 20;

/** All leases of a holder, newest first, kept up to date. @param holder undefined while it is not known */
export function useHolderLeases(holder: string | undefined): HolderLeasesView {
  const loaded = useLoaded(holder, loadAll);
  const query = holder === undefined ? undefined : `holder=${holder}`;
  const mode = useLive(query, {
    holder: (lease) => loaded.put((before) => before && { ...before, leases: withLease(before.leases, lease) }),
    refresh: loaded.reload,
  });
  return { ...loaded, mode };
}

async function loadAll(holder: string, signal: AbortSignal): Promise<HolderLeases> {
  let all = await getHolderLeases(holder, undefined, signal);
  chainTime.observe(all.block);
  for (let page = 1; all.nextCursor !== null && page < MOST_PAGES; page++) {
    const next = await getHolderLeases(holder, all.nextCursor, signal);
    all = { ...next, leases: [...all.leases, ...next.leases] };
  }
  return all;
}

function withLease(leases: readonly AnyLeaseSummary[], lease: AnyLeaseSummary): AnyLeaseSummary[] {
  const others = leases.filter(({ leaseId }) => leaseId !== lease.leaseId);
  const at = leases.findIndex(({ leaseId }) => leaseId === lease.leaseId);
  return at < 0 ? [lease, ...others] : others.toSpliced(at, 0, lease);
}
