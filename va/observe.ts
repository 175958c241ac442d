// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { Hands } from "./actuator.ts";
import { type Finality, isOver } from "./finality.ts";
import { type ApplianceIdentity, identify, leaseTag, ownerTag, type ServerIdentity } from "./identity.ts";
import { type Launch, launchKey } from "./launch.ts";
import { type IndexedLease, launchAt } from "./leaseIndex.ts";
import type { Server } from "./openstack/compute.ts";
import type { OwnServer } from "./plan.ts";
import { readSpec, refuseUnoffered } from "./readSpec.ts";
import { awaitsStart, type Heads, type LeaseView, type SpecReading } from "./types.ts";

/** A server with all that its labels say. */
export type LabelledServer = OwnServer & ServerIdentity;

/** Chain and cloud as they are for one lease. */
export interface Observation {
  readonly safe: LeaseView;
  readonly latest: LeaseView;
  /** Every endpoint has said at two finalized blocks that it is over; see `Finality.observe`. */
  readonly over: boolean;
  readonly servers: readonly LabelledServer[];
  readonly spec: SpecReading;
  /** The launch that counts at the safe block, as servers' labels name it; "" when there is none. */
  readonly launch: string;
  /** Whether the latest block knows of another one. */
  readonly relaunched: boolean;
  /** Whether `launch` is final, so that servers of other launches may go. Looked for only when there are some. */
  readonly launchFinal: boolean;
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
  const over = await isFinallyOver(eyes, safe, born, signal);
  const launch = launchAt(indexed, heads.safe.number);
  const key = launch === undefined ? "" : launchKey(launch);
  const hasOthers = servers.some((server) => server.launch !== key);
  if (!hasOthers) eyes.finality.forget(`${leaseId} ${key}`);
  return {
    safe,
    latest,
    over,
    servers,
    spec: await specOf(eyes, safe, launch),
    launch: key,
    relaunched: launch !== indexed?.launches.at(-1),
    launchFinal: launch !== undefined && hasOthers && (await isLaunchFinal(eyes, leaseId, launch, signal)),
  };
}

/** What a lease that is not over wants to boot. One that nothing was booted for yet may be refused; one that runs may not. */
async function specOf(
  { hands, ageIdentities }: Eyes,
  safe: LeaseView,
  launch: Launch | undefined,
): Promise<SpecReading> {
  const isOpen = safe.state !== "none" && safe.state !== "closed";
  if (!isOpen || launch === undefined) return { kind: "missing" };
  const spec = await readSpec(launch.sealedSpec, ageIdentities);
  return safe.state === "unfunded" || awaitsStart(safe) ? refuseUnoffered(spec, hands.offers()) : spec;
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

async function isFinallyOver(
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
  const views = await hands.chain.finalizedLease(safe.leaseId, signal);
  return finality.observe(safe.leaseId, views, (view) => isOver(view, bornAt));
}

async function isLaunchFinal({ hands, finality }: Eyes, leaseId: Hex, launch: Launch, signal: AbortSignal) {
  const testimonies = await hands.chain.finalizedLaunch(leaseId, launch, signal);
  return finality.observe(`${leaseId} ${launchKey(launch)}`, testimonies, ({ there }) => there);
}
