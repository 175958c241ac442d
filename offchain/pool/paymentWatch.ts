// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../core/clock.ts";
import type { Hub } from "./hub.ts";
import type { RelayerClient } from "./relayerClient.ts";

/** Looks out for payments of leases that somebody is looking at: the relayer sees them before the chain does. */
export interface PaymentWatch {
  /** @returns ends it */
  watch(leaseId: string): () => void;
  /** Asks the relayer until the signal ends it. */
  run(signal: AbortSignal): Promise<void>;
}

export interface PaymentWatchParameters {
  readonly relayer: Pick<RelayerClient, "lease">;
  readonly hub: Pick<Hub, "touch">;
  readonly clock: Clock;
  /** Milliseconds between two questions. */
  readonly everyMs: number;
}

export function createPaymentWatch({ relayer, hub, clock, everyMs }: PaymentWatchParameters): PaymentWatch {
  const watched = new Map<string, { watchers: number; last: string | undefined }>();
  const look = async (leaseId: string) => {
    const entry = watched.get(leaseId);
    if (entry === undefined) return;
    // While the relayer does not answer there is nothing new.
    const report = await relayer.lease(leaseId).catch(() => undefined);
    if (report === undefined) return;
    const now = JSON.stringify(report);
    // Also at the first look: something may have changed since the watcher was told how things are.
    if (entry.last !== now) hub.touch(`lease:${leaseId}`);
    entry.last = now;
  };
  return {
    watch(leaseId) {
      const entry = watched.get(leaseId) ?? { watchers: 0, last: undefined };
      entry.watchers++;
      watched.set(leaseId, entry);
      return () => {
        entry.watchers--;
        if (entry.watchers === 0) watched.delete(leaseId);
      };
    },
    async run(signal) {
      while (!signal.aborted) {
        for (const leaseId of [...watched.keys()]) await look(leaseId);
        await clock.sleep(everyMs, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      }
    },
  };
}
