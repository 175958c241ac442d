// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../offchain/core/clock.ts";
import { addressRoom, ingressRules, resolveAccess } from "./access.ts";
import { capacity } from "./capacity.ts";
import type { SeenPorts } from "./claimPort.ts";
import type { Compute } from "./compute.ts";
import { createServer } from "./createServer.ts";
import type { Credential } from "./credential.ts";
import { deleteServer, type Leaving } from "./deleteServer.ts";
import { describeCloud } from "./describeCloud.ts";
import type { CallReport } from "./exchange.ts";
import { getConsoleOutput } from "./getConsoleOutput.ts";
import { getConsoleUrl } from "./getConsoleUrl.ts";
import { listServers } from "./listServers.ts";
import { rebootServer, startServer, stopServer } from "./power.ts";
import { noKnownPorts, removeLeftovers } from "./removeLeftovers.ts";
import { resolveFlavor, resolveImage, resolveNetwork } from "./resolve.ts";
import { createSession } from "./session.ts";

export { type Credential, parseCredential } from "./credential.ts";
export type { CallReport } from "./exchange.ts";
export { shareListing } from "./shareListing.ts";

/** What {@link openStackCompute} needs. */
export interface OpenStackOptions {
  readonly credential: Credential;
  readonly clock: Clock;
  /** Milliseconds that one HTTP request with its answer may take; 30000 if left out. */
  readonly deadlineMs?: number;
  /** Hears of each HTTP request, for the log. */
  readonly onCall?: (report: CallReport) => void;
}

/** A {@link Compute} on an OpenStack cloud (Nova from Queens on, Neutron, Glance, Keystone v3). Asks nothing before its first call. */
export function openStackCompute(options: OpenStackOptions): Compute {
  const session = createSession({ ...options, deadlineMs: options.deadlineMs ?? 30_000 });
  const seen: SeenPorts = new Map();
  const leaving: Leaving = new Map();
  const known = noKnownPorts();
  return {
    listServers: (tag, signal) => listServers(session, tag, signal),
    createServer: (request, signal) => createServer(session, seen, request, signal),
    startServer: (id, signal) => startServer(session, id, signal),
    stopServer: (id, signal) => stopServer(session, id, signal),
    rebootServer: (id, signal) => rebootServer(session, id, signal),
    deleteServer: (server, signal) => deleteServer(session, leaving, server, signal),
    removeLeftovers: (tag, signal) => removeLeftovers(session, leaving, known, tag, signal),
    getConsoleOutput: (id, lines, signal) => getConsoleOutput(session, id, lines, signal),
    getConsoleUrl: (id, signal) => getConsoleUrl(session, id, signal),
    resolveFlavor: (name, signal) => resolveFlavor(session, name, signal),
    resolveImage: (name, signal) => resolveImage(session, name, signal),
    resolveNetwork: (name, signal) => resolveNetwork(session, name, signal),
    resolveAccess: (networkId, policy, signal) => resolveAccess(session, networkId, policy, signal),
    ingressRules: (groups, signal) => ingressRules(session, groups, signal),
    addressRoom: (floating, signal) => addressRoom(session, floating, signal),
    capacity: (flavor, signal) => capacity(session, flavor, signal),
    describeCloud: (signal) => describeCloud(session, signal),
  };
}
