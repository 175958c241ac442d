// SPDX-License-Identifier: Apache-2.0
import { getAddress } from "viem";
import { z } from "zod";
import { holderLeasesQuerySchema } from "../api.ts";
import { addressSchema } from "../basics.ts";
import { findHolderLeases } from "../leases.ts";
import { route } from "../route.ts";

export const holderLeasesRoute = route({
  method: "get",
  path: "/api/holders/{address}/leases",
  summary: "A holder's leases, newest first",
  params: z.object({ address: addressSchema }),
  query: holderLeasesQuerySchema,
  responses: { 200: { description: "A page of leases", schema: "HolderLeases" } },
  limit: "read",
  async handle({ params, query }, { db }) {
    return { body: await findHolderLeases(getAddress(params.address), { db, ...query }) };
  },
});
