// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { Hands } from "./actuator.ts";
import type { Finality } from "./finality.ts";
import { type ApplianceIdentity, identify, leaseTag, ownerTag, type ServerIdentity } from "./identity.ts";
import type { IndexedLease } from "./leaseIndex.ts";
import type { Server } from "./openstack/compute.ts";
import type { OwnServer } from "./plan.ts";
import { readSpec, refuseUnoffered } from "./readSpec.ts";
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
  readonly hands: Pick<Hands, "chain" | "compute" | "owner" | "offers">;
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
  const born = [...servers.map(({ block }) => block), ...(indexed === undefined ? [] : [indexed.openedAt])];
  const over = await isOver(eyes, safe, born, signal);
  return { safe, latest, over, servers, spec: await specOf(eyes, safe, indexed?.launch) };
}

/** What a lease that is not over wants to boot. One that nothing was booted for yet may be refused; one that runs may not. */
async function specOf(
  { hands, ageIdentities }: Eyes,
  safe: LeaseView,
  launch: IndexedLease["launch"],
): Promise<SpecReading> {
  const isOpen = safe.state === "unfunded" || safe.state === "pending" || safe.state === "active";
  if (!isOpen || launch === undefined || launch.block > safe.block.number) return { kind: "missing" };
  const spec = await readSpec(launch.sealedSpec, ageIdentities);
  return safe.state === "active" ? spec : refuseUnoffered(spec, hands.offers);
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
  born: readonly bigint[],
  signal: AbortSignal,
): Promise<boolean> {
  if (safe.state !== "closed" && safe.state !== "none") {
    finality.forget(safe.leaseId);
    return false;
  }
  const [bornAt] = [...born].sort((a, b) => (a < b ? 1 : -1));
  return finality.observe(safe.leaseId, await hands.chain.finalizedLease(safe.leaseId, signal), bornAt);
}
