// SPDX-License-Identifier: Apache-2.0
import { getAddress } from "viem";
import { z } from "zod";
import { addressSchema } from "../basics.ts";
import { chainAnswer } from "../chainAnswer.ts";
import { readBlock } from "../leases.ts";
import { route } from "../route.ts";
import type { Provider } from "../trustApi.ts";

/** Appliances whose attestations are read for one answer; the newest. */
const MAX_APPLIANCES = 100;

export const providerRoute = route({
  method: "get",
  path: "/api/providers/{address}",
  summary: "A provider's public record, its stake, and what its appliances have attested of their stacks",
  params: z.object({ address: addressSchema }),
  responses: {
    200: {
      description: "As of the block, with its newest 100 appliances; zeroes for one that nobody knows",
      schema: "Provider",
    },
  },
  limit: "read",
  async handle({ params }, { db, trust }) {
    const block = await readBlock(db);
    const address = getAddress(params.address);
    const rows = await db
      .selectFrom("appliances")
      .select(["id", "region", "pool"])
      .where("provider", "=", address)
      .orderBy("id", "desc")
      .limit(MAX_APPLIANCES)
      .execute();
    const attested = rows.map(async (row) => ({ ...row, attestation: await trust.attestation(row.id, block.number) }));
    const asked = Promise.all([trust.provider(address, block.number), Promise.all(attested)]);
    const [status, appliances] = await chainAnswer(asked);
    const body: Provider = { ...status, appliances, block };
    return { body };
  },
});
