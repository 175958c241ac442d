// SPDX-License-Identifier: Apache-2.0
import type { Address, Hex } from "viem";
import type { Server } from "./openstack/compute.ts";

/** Which appliance of which contracts on which chain. */
export interface ApplianceIdentity {
  readonly chainId: number;
  /** The Leases contract. */
  readonly leases: Address;
  readonly appliance: number;
}

/** What a server of ours says about itself. */
export interface ServerIdentity {
  readonly leaseId: Hex;
  /** Which launch of the lease it is for; see `launchKey`. */
  readonly launch: string;
  /** Counts the servers made for the launch, from 1. */
  readonly attempt: number;
  /** Access details that the chain held for the lease when the server was asked for: it is announced once there are more. */
  readonly announcements: number;
  /** Number of the block at which the chain wanted it. */
  readonly block: bigint;
}

const LEASE_DIGITS_IN_NAME = 24;
const LEASE_DIGITS_IN_TAG = 40;

/** The tag of all servers of one appliance. At most 60 characters, as the cloud demands. */
export function ownerTag({ chainId, leases, appliance }: ApplianceIdentity): string {
  return `xov-${chainId}-${leases.slice(2, 18).toLowerCase()}-${appliance}`;
}

/** The tag of all servers of one lease: as much of its id as fits. */
export function leaseTag(leaseId: Hex): string {
  return `xov-lease-${leaseId.slice(2, 2 + LEASE_DIGITS_IN_TAG)}`;
}

/** The name of a lease's server: also the key under which the cloud makes it only once. */
function serverName({ chainId }: ApplianceIdentity, { leaseId, launch, attempt }: ServerIdentity): string {
  return `xov-${chainId}-${leaseId.slice(2, 2 + LEASE_DIGITS_IN_NAME)}-${launch}-${attempt}`;
}

/** Name, tags and metadata of a new server. */
export function labels(owner: ApplianceIdentity, server: ServerIdentity) {
  const tags: [string, ...string[]] = [ownerTag(owner), leaseTag(server.leaseId), `xov-attempt-${server.attempt}`];
  return {
    name: serverName(owner, server),
    tags,
    metadata: {
      xov_chain: String(owner.chainId),
      xov_leases: owner.leases.toLowerCase(),
      xov_appliance: String(owner.appliance),
      xov_lease: server.leaseId,
      xov_launch: server.launch,
      xov_attempt: String(server.attempt),
      xov_announcements: String(server.announcements),
      xov_block: String(server.block),
    },
  };
}

/**
 * Reads a server's labels back.
 *
 * @returns undefined unless tags and metadata agree that it is this appliance's: such a server is never touched
 */
export function identify(owner: ApplianceIdentity, server: Server): ServerIdentity | undefined {
  const { metadata: m, tags } = server;
  const ours =
    m.xov_chain === String(owner.chainId) &&
    m.xov_leases === owner.leases.toLowerCase() &&
    m.xov_appliance === String(owner.appliance);
  const leaseId = m.xov_lease ?? "";
  if (!ours || !/^0x[0-9a-f]{64}$/.test(leaseId)) return undefined;
  const id = leaseId as Hex;
  if (!tags.includes(ownerTag(owner)) || !tags.includes(leaseTag(id))) return undefined;
  const launch = m.xov_launch ?? "";
  if (!/^\d{1,9}-[0-9a-f]{8}$/.test(launch)) return undefined;
  const [attempt, announcements, block] = [m.xov_attempt, m.xov_announcements, m.xov_block].map(natural);
  if (attempt === undefined || announcements === undefined || block === undefined) return undefined;
  return { leaseId: id, launch, attempt: Number(attempt), announcements: Number(announcements), block };
}

function natural(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? BigInt(text) : undefined;
}
