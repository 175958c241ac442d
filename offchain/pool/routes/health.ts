// SPDX-License-Identifier: Apache-2.0
import { route } from "../route.ts";

export const healthRoute = route({
  method: "get",
  path: "/health",
  summary: "Whether the service does what it should",
  responses: {
    200: { description: "It does", schema: "Health" },
    503: { description: "It does not, for the reasons given", schema: "Health" },
  },
  limit: "none",
  early: true,
  async handle(_call, { health }) {
    const body = await health();
    return { status: body.ok ? 200 : 503, body };
  },
});
