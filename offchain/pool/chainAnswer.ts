// SPDX-License-Identifier: Apache-2.0
import { BaseError } from "viem";
import { ProblemError } from "./problem.ts";

/** What the chain answers. @throws ProblemError CHAIN_UNREACHABLE when it does not */
export async function chainAnswer<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof BaseError) throw unreachable(error);
    throw error;
  }
}

function unreachable(cause: BaseError): ProblemError {
  const detail = "The chain does not answer. Nothing was sent.";
  const error = new ProblemError({ code: "CHAIN_UNREACHABLE", status: 503, title: "No answer", detail }, 5);
  error.cause = cause;
  return error;
}
