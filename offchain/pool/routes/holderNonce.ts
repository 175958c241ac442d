// SPDX-License-Identifier: Apache-2.0
import { BaseError, getAddress } from "viem";
import { z } from "zod";
import { addressSchema } from "../api.ts";
import { ProblemError } from "../problem.ts";
import { route } from "../route.ts";

export const holderNonceRoute = route({
  method: "get",
  path: "/api/holders/{address}/nonce",
  summary: "The nonce that a holder's next signed action (POST /api/actions) needs",
  params: z.object({ address: addressSchema }),
  responses: { 200: { description: "As the chain has it now", schema: "Nonce" } },
  limit: "read",
  async handle({ params }, { nonceOf }) {
    try {
      return { body: { nonce: `${await nonceOf(getAddress(params.address))}` } };
    } catch (error) {
      if (error instanceof BaseError) throw unreachable(error);
      throw error;
    }
  },
});

function unreachable(cause: BaseError): ProblemError {
  const detail = "The chain does not answer. Nothing was sent.";
  const error = new ProblemError({ code: "CHAIN_UNREACHABLE", status: 503, title: "No answer", detail }, 5);
  error.cause = cause;
  return error;
}
