// SPDX-License-Identifier: Apache-2.0
import { chainAnswer } from "../chainAnswer.ts";
import { readBlock } from "../leases.ts";
import { route } from "../route.ts";
import type { StartPrice } from "../trustApi.ts";

export const startPriceRoute = route({
  method: "get",
  path: "/api/start-price",
  summary: "What a start beyond its holder's limit costs its provider now, and what drives that price",
  responses: { 200: { description: "As of the block", schema: "StartPrice" } },
  limit: "read",
  async handle(_call, { db, trust }) {
    const block = await readBlock(db);
    const body: StartPrice = { ...(await chainAnswer(trust.startPrice(block.number))), block };
    return { body };
  },
});
