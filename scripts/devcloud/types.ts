// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../offchain/core/clock.ts";
import type { Credential } from "../../va/openstack/credential.ts";
import type { Sorted } from "./sorted.ts";

/** What the development cloud offers and how it behaves. All but `port` have a default that suits development. */
export interface DevCloudOptions {
  /** 0 lets the system choose one. */
  readonly port: number;
  /** The address to listen on; 127.0.0.1. */
  readonly host?: string;
  readonly clock?: Clock;
  /** How long things take, in milliseconds. */
  readonly latency?: Partial<Latency>;
  readonly flavors?: readonly FlavorConfig[];
  readonly images?: readonly ImageConfig[];
  readonly networks?: readonly NetworkConfig[];
  readonly hosts?: readonly HostConfig[];
  readonly quotas?: Partial<Quotas>;
  /** What one login gets, in seconds; 14400. */
  readonly tokenSeconds?: number;
  /** Whether the credential may see hosts and Placement, as an administrator's does; false, as a member's. */
  readonly seesHosts?: boolean;
  /** The newest microversion of the compute API; "2.93". */
  readonly newestMicroversion?: string;
  /** Most servers per page of a list; 1000. */
  readonly pageLimit?: number;
  /** Whether servers have a graphical console (noVNC); false, as without a console proxy. */
  readonly graphicalConsole?: boolean;
  /** A JSON file that keeps the state over restarts; none by default. */
  readonly stateFile?: string;
}

/** Milliseconds from the request to its effect. */
export interface Latency {
  /** Every request. */
  readonly request: number;
  readonly build: number;
  readonly start: number;
  readonly stop: number;
  readonly delete: number;
}

/** `ram` in MiB, `disk` in GiB. */
export interface FlavorConfig {
  readonly name: string;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
}

export interface ImageConfig {
  readonly name: string;
  readonly minDisk?: number;
  readonly minRam?: number;
}

export interface NetworkConfig {
  readonly name: string;
  /** IPv4, at least a /30. */
  readonly cidr: string;
  /** An IPv6 /64 with SLAAC beside it. */
  readonly cidr6?: string;
  /** The administrator's, for floating IPs. */
  readonly external?: boolean;
  /** Whether a router leads from it to the external networks; true. */
  readonly routed?: boolean;
  /** A network of another project: a member may not choose MAC addresses on it. */
  readonly shared?: boolean;
}

/** A hypervisor; its size already counts overcommitment. */
export interface HostConfig {
  readonly name: string;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
}

/** The project's limits; -1 is none. */
export interface Quotas {
  readonly instances: number;
  readonly cores: number;
  readonly ram: number;
  readonly ports: number;
  readonly floatingIps: number;
}

export type VmState = "building" | "active" | "stopped" | "error";

/** Something that will happen to a server at a time (Unix ms). */
export interface Step {
  readonly at: number;
  readonly kind: "schedule" | "activate" | "stopped" | "started" | "rebuilt" | "deleted";
}

/** A server as the cloud keeps it. */
export interface ServerRecord {
  readonly id: string;
  name: string;
  flavorId: string;
  imageId: string;
  userData: string;
  keyName: string | null;
  readonly configDrive: boolean;
  metadata: Record<string, string>;
  readonly tags: readonly string[];
  readonly hostname: string;
  readonly groupId: string | null;
  /** Ports asked for; on those of `newPorts` Nova puts its own when it builds. */
  portIds: string[];
  readonly newPorts: string[];
  ownPortIds: string[];
  vmState: VmState;
  task: string | null;
  host: string | null;
  fault: { code: number; message: string; created: number } | null;
  readonly created: number;
  updated: number;
  launched: number | null;
  steps: Step[];
}

export interface PortRecord {
  readonly id: string;
  readonly name: string;
  readonly networkId: string;
  readonly mac: string;
  readonly fixed: readonly FixedIp[];
  /** Ids of its security groups. */
  readonly groups: readonly string[];
  readonly description: string;
  deviceId: string;
  readonly created: number;
  revision: number;
}

export interface FixedIp {
  readonly subnetId: string;
  readonly version: 4 | 6;
  readonly address: string;
}

export interface FloatingIpRecord {
  readonly id: string;
  readonly address: string;
  readonly networkId: string;
  readonly description: string;
  portId: string | null;
  readonly created: number;
  updated: number;
  revision: number;
}

export interface SecurityGroupRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly created: number;
  revision: number;
  readonly rules: SecurityRuleRecord[];
}

export interface SecurityRuleRecord {
  readonly id: string;
  readonly direction: "ingress" | "egress";
  readonly ethertype: "IPv4" | "IPv6";
  readonly protocol: string | null;
  readonly first: number | null;
  readonly last: number | null;
  readonly prefix: string | null;
  readonly remoteGroup: string | null;
  readonly created: number;
}

export interface GroupRecord {
  readonly id: string;
  readonly name: string;
  readonly policy: string;
}

/** All that a restart has to keep. */
export interface State {
  credentialId: string;
  credentialSecret: string;
  projectId: string;
  userId: string;
  /** By id, in the order of their creation. */
  servers: Record<string, ServerRecord>;
  ports: Record<string, PortRecord>;
  groups: Record<string, GroupRecord>;
  floatingIps: Record<string, FloatingIpRecord>;
  securityGroups: Record<string, SecurityGroupRecord>;
  /** Creation times of deleted servers: their ids still work as markers. */
  gone: Record<string, number>;
}

export type Named = { readonly id: string };
export type Made = Named & { readonly created: number };

/** The IPv4 addresses of a network that are in use, as numbers. */
export interface Addresses {
  readonly taken: Set<number>;
  /** Those below, from the network's first one, are all taken. */
  lowest: number;
}

/** What follows from a cloud's state and its options, kept so that no request has to read thousands of records for one. */
export interface Indexes {
  readonly flavors: ReadonlyMap<string, FlavorConfig>;
  /** By time of creation, then id: as Nova lists them. */
  readonly servers: Sorted<Made, ServerRecord>;
  /** Likewise, by each tag that a server has. */
  readonly tagged: Map<string, Sorted<Made, ServerRecord>>;
  /** All those with steps to come, and perhaps some more. */
  readonly pending: Set<ServerRecord>;
  /** By id, as Neutron lists them. */
  readonly ports: Sorted<Named, PortRecord>;
  readonly floatingIps: Sorted<Named, FloatingIpRecord>;
  /** Floating IPs by the port that they lead to. */
  readonly leadingTo: Map<string, Set<FloatingIpRecord>>;
  /** By network. */
  readonly addresses: Map<string, Addresses>;
}

/** A running cloud as its request handlers see it. */
export interface Cloud {
  readonly options: Required<Omit<DevCloudOptions, "stateFile" | "port" | "host">> & {
    readonly latency: Latency;
  };
  readonly state: State;
  readonly indexes: Indexes;
  hosts: readonly HostConfig[];
  quotas: Quotas;
  /** Valid tokens and when they expire (Unix ms). */
  readonly tokens: Map<string, number>;
  now(): number;
  /** "http://127.0.0.1:<port>", known once it listens. */
  url: string;
  /** Writes the state file, if there is one. */
  save(): void;
  credential(): Credential;
}
