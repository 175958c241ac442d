// SPDX-License-Identifier: Apache-2.0
import { type Hex, hexToString } from "viem";
import type { EventOf, HandlerContext } from "../events.ts";
import { need } from "../need.ts";

export async function handlePools(event: EventOf<"Pools">, { rows }: HandlerContext): Promise<void> {
  switch (event.eventName) {
    case "PoolCreated": {
      const { pool, name, operator } = event.args;
      return rows.add("pools", { id: pool, name: ascii(name), operator });
    }
    case "OperatorChanged": {
      const { pool, operator } = event.args;
      return rows.put("pools", { ...(await need(rows, "pools", { id: pool })), operator });
    }
  }
}

/** A class that is registered again is the same: its id is the hash of its spec. */
export async function handleClasses(event: EventOf<"ComputeClasses">, { rows }: HandlerContext): Promise<void> {
  const { classId: id, spec } = event.args;
  if ((await rows.get("classes", { id })) !== undefined) return;
  rows.add("classes", {
    id,
    vcpus: spec.vcpus,
    memory_mib: spec.memoryMiB,
    disk_gib: spec.diskGiB,
    gpus: spec.gpus,
    gpu_model: ascii(spec.gpuModel),
    architecture: ascii(spec.architecture),
  });
}

export function handleMarkets(event: EventOf<"Markets">, { rows }: HandlerContext): void {
  const { market, pool, classId, quote, decade, computeUnits } = event.args;
  rows.add("markets", { id: market, pool, class: classId, quote, decade, compute_units: computeUnits });
}

/**
 * Left-aligned ASCII, padded with zeroes. Classes are permissionless: what is no printable ASCII becomes `?`, and nothing
 * else can reach the database (PostgreSQL has no NUL in texts) or a page.
 */
function ascii(bytes: Hex): string {
  return hexToString(bytes)
    .replace(/\0+$/, "")
    .replace(/[^\x20-\x7e]/g, "?");
}
