// SPDX-License-Identifier: Apache-2.0
import { getAddress } from "viem";
import { z } from "zod";
import { addressSchema } from "../basics.ts";
import { chainAnswer } from "../chainAnswer.ts";
import { readBlock } from "../leases.ts";
import { route } from "../route.ts";
import { type AccountTrust, accountTrustQuerySchema } from "../trustApi.ts";
import type { Starts } from "../trustReader.ts";

export const accountTrustRoute = route({
  method: "get",
  path: "/api/accounts/{address}/trust",
  summary: "What an account may use at once without paying for starts, and what starting so much would mean now",
  params: z.object({ address: addressSchema }),
  query: accountTrustQuerySchema,
  responses: {
    200: { description: "As of the block; zeroes for an account that nobody has seen", schema: "AccountTrust" },
  },
  limit: "read",
  async handle({ params, query }, { db, trust }) {
    const block = await readBlock(db);
    const asked = trust.account(getAddress(params.address), startsOf(query), block.number);
    const body: AccountTrust = { ...(await chainAnswer(asked)), block };
    return { body };
  },
});

function startsOf({ units, count }: z.output<typeof accountTrustQuerySchema>): Starts | undefined {
  if (units === undefined) return undefined;
  const [whole = "0", fraction = ""] = units.split(".");
  return { milliUnits: BigInt(whole + fraction.padEnd(3, "0")), count };
}
