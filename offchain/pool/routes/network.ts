// SPDX-License-Identifier: Apache-2.0
import type { Network } from "../api.ts";
import { readBlock } from "../leases.ts";
import { ownPool } from "../pool.ts";
import { route } from "../route.ts";

export const networkRoute = route({
  method: "get",
  path: "/api/network",
  summary: "The chain, the contracts, Bitcoin and the pool that this service is of",
  responses: { 200: { description: "What terms and addresses depend on", schema: "Network" } },
  limit: "read",
  async handle(_call, deps) {
    const { id, name, operator } = await ownPool(deps);
    const bitcoin = await deps.db.selectFrom("bitcoin").select("height").executeTakeFirst();
    const body: Network = {
      chainId: deps.chainId,
      contracts: { ...deps.contracts },
      bitcoinNetwork: deps.bitcoinNetwork,
      pool: { id, name, operator },
      block: await readBlock(deps.db),
      bitcoinHeight: bitcoin?.height ?? null,
    };
    return { body };
  },
});
