// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { leaseIdSchema } from "../api.ts";
import { leaseAnswer } from "../leaseAnswer.ts";
import { route } from "../route.ts";

export const leaseRoute = route({
  method: "get",
  path: "/api/leases/{id}",
  summary: "A lease with its payments, account, access details (sealed) and timeline",
  params: z.object({ id: leaseIdSchema }),
  responses: { 200: { description: "The lease as it is now", schema: "Lease" } },
  limit: "read",
  async handle({ params: { id } }, { db, bitcoinNetwork: network, relayer }) {
    return { body: await leaseAnswer(id.toLowerCase(), { db, network, relayer }) };
  },
});
