// SPDX-License-Identifier: Apache-2.0
import { route } from "../route.ts";

export const takeRoute = route({
  method: "post",
  path: "/api/takes",
  summary: "Hands a signed take to the relayer. Repeating it does no harm: the same terms have the same id",
  body: "Take",
  responses: {
    200: { description: "The lease is open already", schema: "Taken" },
    202: { description: "The relayer has taken it on and submits it", schema: "Taken" },
  },
  limit: "write",
  async handle({ body }, { relayer }) {
    const { leaseId, open } = await relayer.take(body);
    return { status: open ? 200 : 202, headers: { Location: `/api/leases/${leaseId}` }, body: { leaseId } };
  },
});
