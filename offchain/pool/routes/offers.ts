// SPDX-License-Identifier: Apache-2.0
import { offersQuerySchema } from "../api.ts";
import { imagesOf } from "../catalogue.ts";
import { readBlock } from "../leases.ts";
import { findOffers } from "../offers.ts";
import { ownPool } from "../pool.ts";
import { route } from "../route.ts";
import { withStandings } from "../standings.ts";

export const offersRoute = route({
  method: "get",
  path: "/api/offers",
  summary: "Instances that can be rented now, filtered and sorted",
  query: offersQuerySchema,
  responses: { 200: { description: "A page of offers", schema: "Offers" } },
  limit: "read",
  async handle({ query }, deps) {
    const find = async () => {
      const { id: pool } = await ownPool(deps);
      const block = await readBlock(deps.db);
      const images = await imagesOf(deps);
      const found = await findOffers(query, { db: deps.db, pool, time: block.time, images });
      return { ...found, offers: await withStandings(found.offers, block.number, deps), block };
    };
    return { body: await deps.offersPerBlock.get(JSON.stringify(query), find) };
  },
});
