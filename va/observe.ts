// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { Hands } from "./actuator.ts";
import type { Finality } from "./finality.ts";
import { type ApplianceIdentity, identify, leaseTag, ownerTag, type ServerIdentity } from "./identity.ts";
import type { IndexedLease } from "./leaseIndex.ts";
import type { Server } from "./openstack/compute.ts";
import type { OwnServer } from "./plan.ts";
import { readSpec } from "./readSpec.ts";
import type { Heads, LeaseView, SpecReading } from "./types.ts";

/** A server with all that its labels say. */
export type LabelledServer = OwnServer & ServerIdentity;

/** Chain and cloud as they are for one lease. */
export interface Observation {
  readonly safe: LeaseView;
  readonly latest: LeaseView;
  /** See `Finality.observe`. */
  readonly over: boolean;
  readonly servers: readonly LabelledServer[];
  readonly spec: SpecReading;
}

/** What {@link observe} reads with. */
export interface Eyes {
  readonly hands: Pick<Hands, "chain" | "compute" | "owner">;
  readonly finality: Finality;
  /** `AGE-SECRET-KEY-1…`, the present one and former ones. */
  readonly ageIdentities: readonly string[];
}

/**
 * Reads a lease from the chain and its servers from the cloud.
 *
 * @returns undefined when the lease is another appliance's: nothing is done about it then
 */
export async function observe(
  eyes: Eyes,
  leaseId: Hex,
  heads: Heads,
  indexed: IndexedLease | undefined,
  signal: AbortSignal,
): Promise<Observation | undefined> {
  const { chain, compute, owner } = eyes.hands;
  const [safe, latest, listed] = await Promise.all([
    chain.lease(leaseId, heads.safe),
    chain.lease(leaseId, heads.latest),
    compute.listServers(leaseTag(leaseId), signal),
  ]);
  if (isForeign(owner, safe) || isForeign(owner, latest)) return undefined;
  const servers = ownServers(owner, listed).filter((server) => server.leaseId === leaseId);
  const over = await isOver(eyes, safe, servers, signal);
  const launch = indexed?.launch;
  const needsSpec = safe.state === "pending" || safe.state === "active";
  const sealed = needsSpec && launch !== undefined && launch.block <= heads.safe.number ? launch.sealedSpec : undefined;
  return { safe, latest, over, servers, spec: await readSpec(sealed, eyes.ageIdentities) };
}

/** Those of the servers listed that carry this appliance's labels, oldest first. */
export function ownServers(owner: ApplianceIdentity, listed: readonly Server[]): LabelledServer[] {
  return listed.flatMap((server) => {
    const identity = server.tags.includes(ownerTag(owner)) ? identify(owner, server) : undefined;
    return identity === undefined ? [] : [{ ...server, ...identity }];
  });
}

/** Differs when something has happened to the servers. */
export function fingerprint(servers: readonly Server[]): string {
  return servers.map(({ id, status, task }) => `${id} ${status} ${task ?? ""}`).join();
}

function isForeign({ appliance }: ApplianceIdentity, view: LeaseView): boolean {
  return view.state !== "none" && view.appliance !== appliance;
}

async function isOver(
  { hands, finality }: Eyes,
  safe: LeaseView,
  servers: readonly { block: bigint }[],
  signal: AbortSignal,
): Promise<boolean> {
  if (safe.state !== "closed" && safe.state !== "none") {
    finality.forget(safe.leaseId);
    return false;
  }
  const born = servers.map(({ block }) => block).sort((a, b) => (a < b ? 1 : -1))[0];
  return finality.observe(safe.leaseId, await hands.chain.finalizedLease(safe.leaseId, signal), born);
}
