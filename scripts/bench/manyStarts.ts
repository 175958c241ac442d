// SPDX-License-Identifier: Apache-2.0
import type { Abi } from "viem";
import { abis } from "../../offchain/chain/abis.ts";
import { TRUST_PARAMETERS } from "../deploy/trustParameters.ts";
import { role } from "../devnet/roles.ts";
import type { TokenMarket } from "../devnet/tokenMarket.ts";

/** Thousandths of a compute unit an hour: the most that can be set. */
const TARGET = 1_000_000_000n;

/**
 * Has the trust module expect as many starts as a large network has. A new one expects twenty an hour, and prices some hundreds
 * at once beyond what a provider of a local network has.
 */
export async function expectManyStarts({ stack, write }: Pick<TokenMarket, "stack" | "write">): Promise<void> {
  const { floor, share, rise } = TRUST_PARAMETERS;
  const { Trust } = stack.deployment.contracts;
  await write(role("deployer"), Trust, abis.Trust as Abi, "setStartPricing", [floor, TARGET, share, rise]);
}
