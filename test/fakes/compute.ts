// SPDX-License-Identifier: Apache-2.0
import {
  type Compute,
  ComputeError,
  type CreateServer,
  type Flavor,
  type Server,
  type ServerStatus,
} from "../../va/openstack/compute.ts";

/** What may befall a call: it fails before anything is done, or after, when only the answer is lost. */
export interface ComputeFault {
  readonly error: ComputeError;
  readonly when: "before" | "after";
}

type Method = keyof Compute;

/** A cloud in memory that does what it is told when `settle` is called, and fails on demand. */
export interface FakeCompute extends Compute {
  readonly servers: Map<string, Server>;
  /** How often each method was called. */
  readonly calls: Map<Method, number>;
  /** What the next calls of a method meet, one each. */
  fail(method: Method, ...faults: ComputeFault[]): void;
  /** Lets the cloud finish what it is at: BUILD becomes ACTIVE, or what `outcome` says of the server's name. */
  settle(): void;
  outcome: (name: string) => "ACTIVE" | "ERROR";
  /** Whether a server in ERROR runs after a reboot. */
  reboots: boolean;
  room: number;
  console: string;
  consoleUrl: string | undefined;
  addressRoomLeft: number;
  /** As if its operator did. */
  vanish(id: string): void;
  force(id: string, status: ServerStatus): void;
}

const FLAVOR: Flavor = { id: "flavor-1", name: "m1.small", vcpus: 1, ram: 256, disk: 2 };

/** An empty cloud with one flavor, one image and one network. */
export function fakeCompute(): FakeCompute {
  const servers = new Map<string, Server>();
  const requests = new Map<string, CreateServer>();
  const faults = new Map<Method, ComputeFault[]>();
  const calls = new Map<Method, number>();
  let made = 0;
  const during = async <T>(method: Method, signal: AbortSignal, effect: () => T): Promise<T> => {
    signal.throwIfAborted();
    calls.set(method, (calls.get(method) ?? 0) + 1);
    const fault = faults.get(method)?.shift();
    if (fault?.when === "before") throw fault.error;
    const result = effect();
    if (fault?.when === "after") throw fault.error;
    return result;
  };
  const change = (id: string, fields: Partial<Server>) => {
    const server = servers.get(id);
    if (server !== undefined) servers.set(id, { ...server, ...fields });
  };
  const named = <T>(what: { name: string } & T, name: string): T => {
    if (what.name !== name) throw new ComputeError("NOT_FOUND", `no ${name}`);
    return what;
  };
  const fake: FakeCompute = {
    servers,
    calls,
    room: 10,
    console: "",
    consoleUrl: undefined,
    addressRoomLeft: 1_000,
    outcome: () => "ACTIVE",
    reboots: true,
    fail: (method, ...more) => void faults.set(method, [...(faults.get(method) ?? []), ...more]),
    vanish: (id) => void servers.delete(id),
    force(id, status) {
      // What was never made cannot be changed.
      if (servers.get(id)?.addresses.length === 0) return;
      const fault = { code: 500, message: "The disk is gone" };
      change(id, { status, task: null, ...(status === "ERROR" && { fault }) });
    },
    settle() {
      for (const [id, server] of servers) {
        if (server.task === "deleting") servers.delete(id);
        else if (server.task === "rebooting_hard") change(id, rebooted(server, fake.reboots));
        else if (server.status === "BUILD") change(id, finished(server, fake.outcome(server.name), id));
      }
    },
    listServers: (tag, signal) =>
      during("listServers", signal, () => [...servers.values()].filter((server) => server.tags.includes(tag))),
    createServer: (request, signal) =>
      during("createServer", signal, () => {
        const existing = [...servers.values()].find((server) => server.name === request.name);
        if (existing !== undefined) return existing;
        const server = building(`server-${++made}`, request, made);
        servers.set(server.id, server);
        requests.set(server.id, request);
        return server;
      }),
    startServer: (id, signal) => during("startServer", signal, () => change(id, { status: "ACTIVE" })),
    rebootServer: (id, signal) =>
      during("rebootServer", signal, () => {
        const server = servers.get(id);
        if (server === undefined) throw new ComputeError("NOT_FOUND", "no such server");
        if (server.addresses.length === 0) throw new ComputeError("CONFLICT", "it never ran");
        change(id, { task: "rebooting_hard" });
      }),
    stopServer: (id, signal) => during("stopServer", signal, () => change(id, { status: "SHUTOFF" })),
    deleteServer: ({ id }, signal) =>
      during("deleteServer", signal, () => {
        if (!servers.has(id)) return "gone";
        change(id, { task: "deleting" });
        return "deleting";
      }),
    removeLeftovers: (_tag, signal) => during("removeLeftovers", signal, () => []),
    getConsoleOutput: (_id, _lines, signal) => during("getConsoleOutput", signal, () => fake.console),
    resolveFlavor: (name, signal) => during("resolveFlavor", signal, () => named(FLAVOR, name)),
    resolveImage: (name, signal) =>
      during("resolveImage", signal, () => named({ id: "image-1", name: "debian-12", minDisk: 0, minRam: 0 }, name)),
    resolveNetwork: (name, signal) =>
      during("resolveNetwork", signal, () => named({ id: "network-1", name: "xov-net" }, name)),
    getConsoleUrl: (_id, signal) => during("getConsoleUrl", signal, () => fake.consoleUrl),
    resolveAccess: (_networkId, policy, signal) =>
      during("resolveAccess", signal, () => ({
        subnetIds: undefined,
        securityGroupIds: policy.securityGroups.length === 0 ? undefined : policy.securityGroups,
        floatingNetworkId: policy.floatingNetwork,
      })),
    ingressRules: (_groups, signal) => during("ingressRules", signal, () => []),
    addressRoom: (_floating, signal) => during("addressRoom", signal, () => fake.addressRoomLeft),
    capacity: (_flavor, signal) => during("capacity", signal, () => fake.room - servers.size),
    describeCloud: (signal) =>
      during("describeCloud", signal, () => ({ computeVersion: "2.93", hypervisors: null, networkAgents: null })),
  };
  return fake;
}

function building(id: string, { name, tags, metadata }: CreateServer, createdAt: number): Server {
  return { id, name, tags, metadata, status: "BUILD", task: "spawning", addresses: [], createdAt };
}

function rebooted(server: Server, works: boolean): Partial<Server> {
  return works || server.status !== "ERROR" ? { status: "ACTIVE", task: null } : { task: null };
}

function finished(server: Server, outcome: "ACTIVE" | "ERROR", id: string): Partial<Server> {
  if (outcome === "ERROR")
    return { status: "ERROR", task: null, fault: { code: 500, message: "No valid host was found." } };
  const address = `10.0.0.${id.slice("server-".length)}`;
  return {
    ...server,
    status: "ACTIVE",
    task: null,
    addresses: [{ network: "xov-net", address, version: 4, type: "fixed" }],
  };
}
