// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { orderSchema } from "../api.ts";
import { imagesOf } from "../catalogue.ts";
import { readBlock } from "../leases.ts";
import { findOffer } from "../offers.ts";
import { ownPool } from "../pool.ts";
import { notFound } from "../problem.ts";
import { route } from "../route.ts";
import { withStandings } from "../standings.ts";

const params = z.object({ order: orderSchema });

export const offerRoute = route({
  method: "get",
  path: "/api/offers/{order}",
  summary: "One offer by its order, as long as it can be taken",
  params,
  responses: { 200: { description: "The offer", schema: "Offer" } },
  limit: "read",
  async handle({ params: { order } }, deps) {
    const { id: pool } = await ownPool(deps);
    const { number, time } = await readBlock(deps.db);
    const images = await imagesOf(deps);
    const found = await findOffer(order, { db: deps.db, pool, time, images });
    const [offer] = found === undefined ? [] : await withStandings([found], number, deps);
    if (offer === undefined) throw notFound(`There is no offer ${order} that could be taken now.`);
    return { body: offer };
  },
});
