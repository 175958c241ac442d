// SPDX-License-Identifier: Apache-2.0
import { getAddress } from "viem";
import { z } from "zod";
import { addressSchema } from "../basics.ts";
import { chainAnswer } from "../chainAnswer.ts";
import { route } from "../route.ts";

export const holderNonceRoute = route({
  method: "get",
  path: "/api/holders/{address}/nonce",
  summary: "The nonce that a holder's next signed action (POST /api/actions) needs",
  params: z.object({ address: addressSchema }),
  responses: { 200: { description: "As the chain has it now", schema: "Nonce" } },
  limit: "read",
  async handle({ params }, { nonceOf }) {
    return { body: { nonce: `${await chainAnswer(nonceOf(getAddress(params.address)))}` } };
  },
});
