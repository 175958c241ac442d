// SPDX-License-Identifier: Apache-2.0
import { dropServer } from "./indexes.ts";
import { deletePort, makePort, unbindPort } from "./portStore.ts";
import type { Cloud, HostConfig, ServerRecord, Step } from "./types.ts";

/**
 * Brings the cloud to the present: whatever is due happens, in the order of time. Nothing runs by itself; every request
 * calls this first, so that a test's clock is the only one.
 */
export function settle(cloud: Cloud): void {
  const now = cloud.now();
  for (;;) {
    const due = firstDue(cloud);
    if (due === undefined || due.step.at > now) return;
    due.server.steps.shift();
    apply(cloud, due.server, due.step);
  }
}

/** The earliest step of all; of those at the same time that of the older server. */
function firstDue({ indexes: { pending } }: Cloud): { server: ServerRecord; step: Step } | undefined {
  let first: { server: ServerRecord; step: Step } | undefined;
  for (const server of pending) {
    const [step] = server.steps;
    if (step === undefined) pending.delete(server);
    else if (first === undefined || (step.at - first.step.at || server.created - first.server.created) < 0) {
      first = { server, step };
    }
  }
  return first;
}

/** Plans what comes next for a server; what was planned before is given up. */
export function plan(cloud: Cloud, server: ServerRecord, task: string, steps: readonly [Step["kind"], number][]): void {
  server.task = task;
  server.updated = cloud.now();
  server.steps = steps.map(([kind, after]) => ({ kind, at: cloud.now() + after }));
  cloud.indexes.pending.add(server);
}

function apply(cloud: Cloud, server: ServerRecord, step: Step) {
  server.updated = step.at;
  switch (step.kind) {
    case "schedule":
      return schedule(cloud, server, step.at);
    case "activate":
      server.launched = step.at;
      return arrive(server, "active");
    case "rebuilt":
    case "started":
      return arrive(server, "active");
    case "stopped":
      return arrive(server, "stopped");
    case "deleted":
      return remove(cloud, server);
  }
}

function arrive(server: ServerRecord, vmState: ServerRecord["vmState"]): void {
  server.vmState = vmState;
  server.task = null;
}

/** The scheduler finds a host, then the host takes the ports. */
function schedule(cloud: Cloud, server: ServerRecord, at: number) {
  const host = cloud.hosts.find((each) => fits(cloud, server, each));
  if (host === undefined) {
    return fail(server, at, "No valid host was found. There are not enough hosts available.");
  }
  const ports = server.portIds.map((id) => cloud.state.ports[id]);
  if (ports.some((port) => port === undefined || port.deviceId !== "")) {
    // As Nova does: the clean-up takes the binding off the ports asked for, whoever has it.
    for (const port of ports) if (port !== undefined) unbindPort(port);
    const why = "Failed to allocate the network(s), not rescheduling.";
    return fail(server, at, `Build of instance ${server.id} aborted: ${why}`);
  }
  for (const port of ports) {
    if (port === undefined) continue;
    port.deviceId = server.id;
    port.revision += 2;
  }
  for (const networkId of server.newPorts) {
    const port = makePort(cloud, { networkId, name: "", description: "", deviceId: server.id });
    if (port !== undefined) server.ownPortIds.push(port.id);
  }
  server.host = host.name;
  server.task = "spawning";
}

function fail(server: ServerRecord, at: number, message: string): void {
  server.steps = [];
  server.fault = { code: 500, message, created: at };
  arrive(server, "error");
}

function fits(cloud: Cloud, server: ServerRecord, host: HostConfig): boolean {
  const there = Object.values(cloud.state.servers).filter((each) => each.host === host.name);
  if (server.groupId !== null && there.some((each) => each.groupId === server.groupId)) return false;
  const free = hostFree(cloud, host);
  const flavor = flavorOf(cloud, server);
  return flavor.vcpus <= free.vcpus && flavor.ram <= free.ram && flavor.disk <= free.disk;
}

/** What a host has left. */
export function hostFree(cloud: Cloud, host: HostConfig): { vcpus: number; ram: number; disk: number } {
  const used = usage(
    cloud,
    Object.values(cloud.state.servers).filter((each) => each.host === host.name),
  );
  return { vcpus: host.vcpus - used.cores, ram: host.ram - used.ram, disk: host.disk - used.disk };
}

/** What servers take together; all of the project's if none are given. */
export function usage(cloud: Cloud, servers = Object.values(cloud.state.servers)) {
  const total = { instances: servers.length, cores: 0, ram: 0, disk: 0 };
  for (const server of servers) {
    const flavor = flavorOf(cloud, server);
    total.cores += flavor.vcpus;
    total.ram += flavor.ram;
    total.disk += flavor.disk;
  }
  return total;
}

/** A server's flavor; one of size 0 if the options no longer know it. */
export function flavorOf(cloud: Cloud, server: ServerRecord) {
  return cloud.indexes.flavors.get(server.flavorId) ?? { name: server.flavorId, vcpus: 0, ram: 0, disk: 0 };
}

/** The server is gone: the ports Nova made go with it, those that the user made stay. */
export function remove(cloud: Cloud, server: ServerRecord): void {
  for (const id of server.ownPortIds) deletePort(cloud, id);
  for (const id of server.portIds) {
    const port = cloud.state.ports[id];
    if (port?.deviceId === server.id) unbindPort(port);
  }
  dropServer(cloud, server);
  cloud.state.gone[server.id] = server.created;
}
