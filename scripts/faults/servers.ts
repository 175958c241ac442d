// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { Clock } from "../../offchain/core/clock.ts";
import type { Compute, Server } from "../../va/openstack/compute.ts";
import { until } from "../demo/steps.ts";

export interface InspectorParameters {
  /** By a way on which nothing goes wrong but what the cloud itself does wrong. */
  readonly compute: Compute;
  /** The tag of all servers of the appliance. */
  readonly owner: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Between two looks. */
  readonly pollMs: number;
  readonly timeoutMs: number;
}

/** Looks at what the cloud holds for an appliance. */
export interface Inspector {
  /** All its servers, as soon as the cloud answers. */
  listed(): Promise<Server[]>;
  /** Waits until exactly these leases have a server, and each one that runs. */
  areExactly(leases: readonly Hex[]): Promise<void>;
  /** The most servers that were seen to run for one lease at a time. */
  most(): number;
  removeAll(): Promise<void>;
}

export function createInspector(parameters: InspectorParameters): Inspector {
  const { compute, owner, clock, signal, pollMs, timeoutMs } = parameters;
  const patience = { clock, signal, timeoutMs };
  let most = 0;
  const listed = () => {
    const ask = () => compute.listServers(owner, signal).catch(() => undefined);
    return until("an answer", ask, patience);
  };
  return {
    listed,
    most: () => most,
    async areExactly(leases) {
      let last = "";
      const look = async () => {
        const servers = await listed();
        const now = running(servers);
        most = Math.max(most, ...[...now.values()].map((ids) => ids.length));
        const right = leases.filter((leaseId) => now.get(leaseId)?.length === 1);
        last = `${right.length} of ${leases.length} leases have one, of ${servers.length} servers`;
        return right.length === leases.length && servers.length === leases.length ? true : undefined;
      };
      const slow: Clock = { now: clock.now, sleep: (_ms, stop) => clock.sleep(pollMs, stop) };
      await until("the right servers", look, { ...patience, clock: slow }).catch((error: unknown) => {
        throw new Error(`${last}`, { cause: error });
      });
    },
    async removeAll() {
      const gone = async () => {
        const servers = await listed();
        for (const server of servers) await compute.deleteServer(server, signal);
        await compute.removeLeftovers(owner, signal);
        return servers.length === 0 ? true : undefined;
      };
      await until("no server", gone, patience);
    },
  };
}

/** The ids of those that run, by lease. */
export function running(servers: readonly Server[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { id, status, task, metadata } of servers) {
    if (status !== "ACTIVE" || task === "deleting") continue;
    const lease = metadata.xov_lease ?? "";
    ids.set(lease, [...(ids.get(lease) ?? []), id]);
  }
  return ids;
}
