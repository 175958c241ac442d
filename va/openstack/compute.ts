// SPDX-License-Identifier: Apache-2.0
import { TaggedError } from "../../offchain/core/errors.ts";

/**
 * The narrow port between the appliance's reconciler and a cloud, in words that name no vendor.
 *
 * Every method takes an AbortSignal that stops it, has a deadline of its own per request, and throws
 * {@link ComputeError} and nothing else (an abort by the caller's signal throws that signal's reason).
 * Reads are repeated on failures that may pass. Writes are not: one whose answer was lost throws with
 * `uncertain: true`, and the caller looks (`listServers`) before it acts again. Every write is safe to repeat.
 */
export interface Compute {
  /** All servers of the project that carry the tag, deleted ones excluded, oldest first. */
  listServers(tag: string, signal: AbortSignal): Promise<Server[]>;

  /**
   * Makes a server, or returns the one that has this name already: the name is the idempotency key, so it has to be
   * unique for what it stands for (a lease and its launch number). The server returned may be in any status, ERROR included.
   * Resolves when the cloud has accepted the request; the status is then BUILD, and a lack of room shows only later,
   * as ERROR with a fault ({@link isNoCapacity}).
   *
   * @throws ComputeError QUOTA_EXCEEDED (nothing was made), TOO_LARGE (user data), BAD_REQUEST, CONFLICT, or uncertain.
   */
  createServer(request: CreateServer, signal: AbortSignal): Promise<Server>;

  /** Starts a stopped server. A server that runs already is a success. Resolves when accepted. */
  startServer(id: string, signal: AbortSignal): Promise<void>;

  /** Stops a server (ACPI, then power off); its disk stays. A server that is stopped already is a success. Resolves when accepted. */
  stopServer(id: string, signal: AbortSignal): Promise<void>;

  /**
   * Switches a server off and on again, whatever it is at (Nova: a hard reboot, which it lets out of ERROR too); its disk stays.
   * Resolves when accepted.
   *
   * @throws ComputeError CONFLICT when it never ran, is locked, or another step is under way
   */
  rebootServer(id: string, signal: AbortSignal): Promise<void>;

  /**
   * Deletes a server and what was made for it. A server that is not there is a success. Deleting takes the cloud a moment:
   * "deleting" means accepted, "gone" that neither the server nor its ports are there any more. Repeat until "gone",
   * or leave the ports to {@link Compute.removeLeftovers}.
   */
  deleteServer(
    server: { readonly id: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<"deleting" | "gone">;

  /**
   * Removes what `createServer` made beforehand (ports) for servers that do not exist: of those whose deletion this process asked
   * for, and of all with this tag what this process has seen without a server for longer than a create may be under way.
   * @returns the names of the servers for which something was removed
   */
  removeLeftovers(tag: string, signal: AbortSignal): Promise<string[]>;

  /** The last `lines` (1 to 10000) of the serial console's log; "" while there is none. */
  getConsoleOutput(id: string, lines: number, signal: AbortSignal): Promise<string>;

  /**
   * Where a browser shows the server's screen, valid for some minutes; undefined where the cloud has no graphical console, and
   * until the server runs.
   */
  getConsoleUrl(id: string, signal: AbortSignal): Promise<string | undefined>;

  /** The flavor with this exact name. @throws ComputeError NOT_FOUND */
  resolveFlavor(name: string, signal: AbortSignal): Promise<Flavor>;

  /** The newest active image with this exact name. @throws ComputeError NOT_FOUND */
  resolveImage(name: string, signal: AbortSignal): Promise<Image>;

  /** The network with this exact name. @throws ComputeError NOT_FOUND, CONFLICT if several have it */
  resolveNetwork(name: string, signal: AbortSignal): Promise<Network>;

  /**
   * What a policy means on a network. Makes the security group of its rules where there is none yet, or completes it; of two
   * that do so at once one group stays.
   *
   * @throws ComputeError NOT_FOUND for what the cloud has not, CONFLICT for a name that several have
   */
  resolveAccess(networkId: string, policy: NetworkPolicy, signal: AbortSignal): Promise<PortAccess>;

  /** What the groups of these names let in from outside, all of them together. @throws ComputeError NOT_FOUND, CONFLICT */
  ingressRules(securityGroups: readonly string[], signal: AbortSignal): Promise<FirewallRule[]>;

  /** How many more ports, or where `floating` the fewer of ports and floating IPs, the project's quota allows; {@link UNLIMITED} if it cannot be seen. */
  addressRoom(floating: boolean, signal: AbortSignal): Promise<number>;

  /**
   * How many more servers of this flavor fit now, rounded down: by the project's limits (instances, cores, RAM) and,
   * where the credential may see it, by what the hosts have free. 0 to {@link UNLIMITED}. A create shows here only some seconds
   * later: until its server is ACTIVE, count it yourself.
   */
  capacity(flavor: Flavor, signal: AbortSignal): Promise<number>;

  /** What the cloud says it runs on, for the attestation. `hypervisors` is null where the credential may not see them. */
  describeCloud(signal: AbortSignal): Promise<CloudDescription>;
}

/** What {@link Compute.capacity} returns when no limit is set and no host can be seen. */
export const UNLIMITED: number = Number.MAX_SAFE_INTEGER;

/**
 * Life of a server. BUILD: being made. ACTIVE: runs. SHUTOFF: stopped, its disk is there. ERROR: see `fault`; one that ran
 * may run again after a reboot, any other has to be deleted. DELETED: gone or going. BUSY: in another transition (reboot, rebuild, resize, migration): look again.
 * PAUSED: suspended, paused or shelved by someone else. UNKNOWN: the cloud does not know, or a word that we do not.
 */
export type ServerStatus = "BUILD" | "ACTIVE" | "SHUTOFF" | "ERROR" | "DELETED" | "BUSY" | "PAUSED" | "UNKNOWN";

/** One server as the cloud shows it. */
export interface Server {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: ServerStatus;
  /** What the cloud is doing with it ("deleting", "powering-off", "spawning", …), or null. */
  readonly task: string | null;
  readonly addresses: readonly ServerAddress[];
  /** Present in ERROR. */
  readonly fault?: { readonly code: number; readonly message: string };
  /** Unix time in seconds, by the cloud's clock. */
  readonly createdAt: number;
}

/** An address of a server; `type` is "fixed" (on its network) or "floating". */
export interface ServerAddress {
  readonly network: string;
  readonly address: string;
  readonly version: 4 | 6;
  readonly type: "fixed" | "floating";
}

/** What {@link Compute.createServer} needs. */
export interface CreateServer {
  /** 1 to 255 characters of `[A-Za-z0-9._-]`; the idempotency key. */
  readonly name: string;
  readonly imageId: string;
  readonly flavorId: string;
  readonly networkId: string;
  /** How it is reached; left out, as the cloud does by default. */
  readonly access?: PortAccess;
  /** The first is the owner's tag, by which `listServers` and `removeLeftovers` find it. At most 50, each 1 to 60 characters without `/` and `,`. */
  readonly tags: readonly [string, ...string[]];
  /** Keys and values of at most 255 characters. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Raw bytes (cloud-init), at most 49149 of them; given to the guest on a config drive. */
  readonly userData: Uint8Array;
  /** An SSH key pair registered with the cloud. */
  readonly keyName?: string;
}

/** What comes in: a rule without protocol lets in every one, without ports every port, without `from` everybody. */
export interface FirewallRule {
  readonly version: 4 | 6;
  /** "tcp", "udp", "icmp" (of the rule's IP version), or another as the cloud calls it. */
  readonly protocol: string | undefined;
  /** The first and the last. */
  readonly ports: readonly [number, number] | undefined;
  /** CIDR. */
  readonly from: string | undefined;
}

/** How servers are reached, by names. */
export interface NetworkPolicy {
  /** Of their addresses on the network; undefined: those that it gives. */
  readonly versions: readonly (4 | 6)[] | undefined;
  /** The external network of their floating IPv4 addresses. */
  readonly floatingNetwork: string | undefined;
  readonly securityGroups: readonly string[];
  readonly rules: readonly FirewallRule[];
}

/** The same as the cloud's ids; what is undefined is left to its defaults. */
export interface PortAccess {
  readonly subnetIds: readonly string[] | undefined;
  readonly securityGroupIds: readonly string[] | undefined;
  readonly floatingNetworkId: string | undefined;
}

/** Size of a server: `ram` in MiB, `disk` in GiB. */
export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
}

/** An image: `minDisk` in GiB and `minRam` in MiB are what it asks of a flavor. */
export interface Image {
  readonly id: string;
  readonly name: string;
  readonly minDisk: number;
  readonly minRam: number;
}

/** A network that servers can be attached to. */
export interface Network {
  readonly id: string;
  readonly name: string;
}

/** What the cloud tells about itself. */
export interface CloudDescription {
  /** The compute API's newest microversion, e.g. "2.93". */
  readonly computeVersion: string;
  /** Distinct hypervisors, or null where the credential may not see them. `version` as the cloud encodes it, e.g. 7002000. */
  readonly hypervisors: readonly { readonly type: string; readonly version: number }[] | null;
  /** Programs of the network's distinct agents, e.g. "neutron-openvswitch-agent", or null where the credential sees none. */
  readonly networkAgents: readonly string[] | null;
}

/**
 * Why a call failed.
 *
 * - UNAUTHORIZED: the credential is refused or revoked
 * - FORBIDDEN: the credential may not do this
 * - QUOTA_EXCEEDED: over the project's quota; nothing was made
 * - NOT_FOUND: no such thing
 * - CONFLICT: not in this state, or in use
 * - BAD_REQUEST: the cloud or this client refuses the request as wrong; repeating it is useless
 * - TOO_LARGE: the request is too big
 * - RATE_LIMITED: asked too often; see `retryAfterMs`
 * - UNAVAILABLE: no connection, it broke, or a 5xx
 * - TIMEOUT: no answer before the deadline
 * - BAD_REPLY: an answer that is not what the API promises
 */
export type ComputeErrorCode =
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "QUOTA_EXCEEDED"
  | "NOT_FOUND"
  | "CONFLICT"
  | "BAD_REQUEST"
  | "TOO_LARGE"
  | "RATE_LIMITED"
  | "UNAVAILABLE"
  | "TIMEOUT"
  | "BAD_REPLY";

/**
 * The only error of {@link Compute}. Its message holds no secret and no user data. `retryable`: RATE_LIMITED, UNAVAILABLE,
 * TIMEOUT and CONFLICT may pass by themselves.
 */
export class ComputeError extends TaggedError<ComputeErrorCode> {
  override readonly name = "ComputeError";
  /** A write that may or may not have happened: look before acting again. */
  readonly uncertain: boolean;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** The cloud's own id of the request, for its operator. */
  readonly requestId: string | undefined;
  /** How long the cloud asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ComputeErrorCode, message: string, details: ComputeErrorDetails = {}) {
    super({ code, message, retryable: RETRYABLE.has(code), cause: details.cause });
    this.uncertain = details.uncertain ?? false;
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Optional fields of a {@link ComputeError}. */
export interface ComputeErrorDetails {
  readonly uncertain?: boolean;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

const RETRYABLE: ReadonlySet<ComputeErrorCode> = new Set(["RATE_LIMITED", "UNAVAILABLE", "TIMEOUT", "CONFLICT"]);

/** Whether a server in ERROR failed because no host had room for it (it never ran), rather than by a fault of its own. */
export function isNoCapacity(server: Server): boolean {
  return (
    server.status === "ERROR" && /no valid host|exceeded maximum number of retries/i.test(server.fault?.message ?? "")
  );
}
