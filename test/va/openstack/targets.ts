// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { systemClock } from "../../../offchain/core/clock.ts";
import { createDevCloud } from "../../../scripts/devcloud/index.ts";
import { createRecorder, type Recorder } from "../../../scripts/devcloud/recorder.ts";
import type { Compute, CreateServer, Server } from "../../../va/openstack/compute.ts";
import type { Credential } from "../../../va/openstack/credential.ts";
import { openStackCompute, parseCredential } from "../../../va/openstack/index.ts";
import { listPorts } from "../../../va/openstack/ports.ts";
import { createSession } from "../../../va/openstack/session.ts";
import { requestToken } from "../../../va/openstack/token.ts";

/** A cloud that the contract is tested on. */
export interface Target {
  readonly name: string;
  /** Milliseconds that a transition may take. */
  readonly patience: number;
  readonly pollMs: number;
  open(): Promise<OpenTarget>;
}

export interface OpenTarget {
  readonly credential: Credential;
  close(): Promise<void>;
}

/** Flavors that fit no host, and no quota: a real cloud may lack them. */
export const HUGE = "m1.huge";
export const VAST = "m1.vast";

/** A network with an IPv4 and an IPv6 subnet and no router, and the external one that the other is routed to. */
export const DUAL = "xov-dual";
export const EXTERNAL = "public";

const development: Target = {
  name: "the development cloud",
  patience: 2_000,
  pollMs: 10,
  open: () =>
    createDevCloud({
      port: 0,
      latency: { build: 60, start: 30, stop: 30, delete: 30 },
      networks: [
        { name: "xov-net", cidr: "10.77.0.0/22" },
        { name: DUAL, cidr: "10.77.8.0/24", cidr6: "fd00:77::/64", routed: false },
        { name: EXTERNAL, cidr: "203.0.113.0/24", external: true },
      ],
      flavors: [
        { name: "m1.tiny", vcpus: 1, ram: 128, disk: 1 },
        { name: HUGE, vcpus: 150, ram: 150_000, disk: 900_000 },
        { name: VAST, vcpus: 5000, ram: 128, disk: 1 },
      ],
    }),
};

const real = (file: string): Target => ({
  name: "a real cloud",
  patience: 120_000,
  pollMs: 500,
  open: async () => ({ credential: parseCredential(readFileSync(file, "utf8")), close: async () => undefined }),
});

/** The development cloud, and a real one where XOV_OPENSTACK_CREDENTIAL names a credential file. */
export function targets(): Target[] {
  const file = process.env.XOV_OPENSTACK_CREDENTIAL;
  return file === undefined || file === "" ? [development] : [development, real(file)];
}

export function connect(credential: Credential): Compute {
  return openStackCompute({ credential, clock: systemClock });
}

/** How many ports of this name the cloud has. */
export async function countPorts(credential: Credential, name: string, signal: AbortSignal): Promise<number> {
  const session = createSession({ credential, clock: systemClock, deadlineMs: 30_000 });
  return (await listPorts(session, { name }, signal)).length;
}

/** Asks a cloud as a member of the project. */
export async function openRecorder(credential: Credential, signal: AbortSignal): Promise<Recorder> {
  const token = await requestToken(credential, 30_000, systemClock.now(), signal);
  return createRecorder({ credential, token, clock: systemClock, signal });
}

/** Polls until `done` holds for what `read` returns. */
export async function until<T>(target: Target, read: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  const end = Date.now() + target.patience;
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    if (Date.now() > end) throw new Error(`not within ${target.patience} ms: ${JSON.stringify(value)}`);
    await systemClock.sleep(target.pollMs);
  }
}

/** A cloud with what the tests use of it. */
export interface Bench {
  readonly target: Target;
  readonly credential: Credential;
  readonly compute: Compute;
  readonly signal: AbortSignal;
  /** Unique for this run: by it the servers are found and removed. */
  readonly tag: string;
  request(suffix: string, more?: Partial<CreateServer>): CreateServer;
  /** Waits for a server to be in a status with nothing under way. */
  settled(id: string, status: Server["status"]): Promise<Server>;
  cleanUp(): Promise<void>;
}

export async function openBench(target: Target): Promise<Bench> {
  const opened = await target.open();
  const { credential } = opened;
  const compute = connect(credential);
  const { signal } = new AbortController();
  const tag = `xov-test-${process.pid}-${Date.now().toString(36)}`;
  const [image, flavor, network] = await Promise.all([
    compute.resolveImage("tiny", signal),
    compute.resolveFlavor("m1.tiny", signal),
    compute.resolveNetwork("xov-net", signal),
  ]);
  return {
    target,
    credential,
    compute,
    signal,
    tag,
    request: (suffix, more = {}) => ({
      name: `${tag}.${suffix}`,
      imageId: image.id,
      flavorId: flavor.id,
      networkId: network.id,
      tags: [tag],
      metadata: {},
      userData: new TextEncoder().encode("#!/bin/sh\necho hello\n"),
      ...more,
    }),
    async settled(id, status) {
      const read = async () => (await compute.listServers(tag, signal)).find((server) => server.id === id);
      const server = await until(target, read, (each) => each?.status === status && each.task === null);
      if (server === undefined) throw new Error(`no server ${id}`);
      return server;
    },
    async cleanUp() {
      for (const server of await compute.listServers(tag, signal)) {
        await until(
          target,
          () => compute.deleteServer(server, signal),
          (answer) => answer === "gone",
        );
      }
      await opened.close();
    },
  };
}
