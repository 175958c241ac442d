// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError, type Server, type ServerAddress, type ServerStatus } from "./compute.ts";

const addressSchema = z.object({
  addr: z.string(),
  version: z.union([z.literal(4), z.literal(6)]),
  "OS-EXT-IPS:type": z.enum(["fixed", "floating"]),
});

/** A server of GET /servers/{id} or /servers/detail, at microversion 2.52 or later. */
export const serverSchema = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  created: z.string(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.string()),
  addresses: z.record(z.string(), z.array(addressSchema)),
  "OS-EXT-STS:task_state": z.string().nullable(),
  fault: z.object({ code: z.number(), message: z.string() }).optional(),
});

/** What remains of a server whose cell does not answer (from microversion 2.69 on): neither name nor tags. */
const unreachableSchema = z.object({ id: z.string(), status: z.literal("UNKNOWN"), name: z.undefined().optional() });

/** An element of a list of servers. */
export const listedServerSchema = z.union([serverSchema, unreachableSchema]);

// https://docs.openstack.org/api-guide/compute/server_concepts.html
const STATUS: Readonly<Record<string, ServerStatus>> = {
  ACTIVE: "ACTIVE",
  BUILD: "BUILD",
  SHUTOFF: "SHUTOFF",
  ERROR: "ERROR",
  DELETED: "DELETED",
  SOFT_DELETED: "DELETED",
  REBOOT: "BUSY",
  HARD_REBOOT: "BUSY",
  MIGRATING: "BUSY",
  PASSWORD: "BUSY",
  REBUILD: "BUSY",
  RESIZE: "BUSY",
  REVERT_RESIZE: "BUSY",
  VERIFY_RESIZE: "BUSY",
  RESCUE: "BUSY",
  PAUSED: "PAUSED",
  SUSPENDED: "PAUSED",
  SHELVED: "PAUSED",
  SHELVED_OFFLOADED: "PAUSED",
};

/**
 * The reply's server in the port's words.
 * @throws ComputeError UNAVAILABLE if its cell does not answer: a list without it would look as if it were not there
 */
export function toServer(server: z.infer<typeof listedServerSchema>): Server {
  if (server.name === undefined) {
    throw new ComputeError("UNAVAILABLE", `A part of the cloud does not answer: server ${server.id} cannot be read`);
  }
  return {
    id: server.id,
    name: server.name,
    tags: server.tags,
    metadata: server.metadata,
    status: STATUS[server.status] ?? "UNKNOWN",
    task: server["OS-EXT-STS:task_state"],
    addresses: Object.entries(server.addresses).flatMap(([network, addresses]) =>
      addresses.map(
        (address): ServerAddress => ({
          network,
          address: address.addr,
          version: address.version,
          type: address["OS-EXT-IPS:type"],
        }),
      ),
    ),
    ...(server.fault === undefined ? {} : { fault: { code: server.fault.code, message: server.fault.message } }),
    createdAt: Math.floor(Date.parse(server.created) / 1000),
  };
}
