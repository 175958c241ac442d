// SPDX-License-Identifier: Apache-2.0
import { route } from "../route.ts";

export const actionRoute = route({
  method: "post",
  path: "/api/actions",
  summary: "Hands what a holder has signed about its lease to the relayer",
  body: "Action",
  responses: { 202: { description: "The relayer has taken it on and submits it", schema: "Taken" } },
  limit: "write",
  async handle({ body }, { relayer }) {
    await relayer.act(body);
    const leaseId = body.leaseId.toLowerCase();
    return { status: 202, headers: { Location: `/api/leases/${leaseId}` }, body: { leaseId } };
  },
});
