// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { namedUuid } from "./ids.ts";
import { addServer } from "./indexes.ts";
import { makePort } from "./portStore.ts";
import type { Cloud } from "./types.ts";

/** A running server to put there, by the names of flavor, image and network. */
export interface PlacedServer {
  readonly name: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Of its port. */
  readonly description: string;
  readonly flavor: string;
  readonly image: string;
  readonly network: string;
}

/** Puts a server there with a port of its name. @throws Error when the network has no address left */
export function placeServer(cloud: Cloud, server: PlacedServer): void {
  const { name, description, metadata } = server;
  const id = randomUUID();
  const now = cloud.now();
  const port = makePort(cloud, { networkId: namedUuid("network", server.network), name, description, deviceId: id });
  if (port === undefined) throw new Error(`the network ${server.network} has no address left`);
  addServer(cloud, {
    ...{ id, name, userData: "", keyName: null, configDrive: true, metadata: { ...metadata }, tags: [...server.tags] },
    flavorId: namedUuid("flavor", server.flavor),
    imageId: namedUuid("image", server.image),
    hostname: name.replace(/[^A-Za-z0-9-]/g, "-").toLowerCase(),
    ...{ groupId: null, portIds: [port.id], newPorts: [], ownPortIds: [], fault: null, steps: [] },
    ...{ vmState: "active", task: null, host: cloud.hosts[0]?.name ?? null },
    ...{ created: now, updated: now, launched: now },
  });
}
