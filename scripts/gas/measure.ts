// SPDX-License-Identifier: Apache-2.0
import { CONTRACTS } from "../deploy/Xov.ts";
import { type Chain, openChain } from "./chain.ts";
import { openLeases } from "./leases.ts";
import { openMarket } from "./market.ts";
import { gasOf, type Operation } from "./operation.ts";
import { bitcoinOperations } from "./operations/bitcoin.ts";
import { exchangeOperations } from "./operations/exchange.ts";
import { leaseOperations } from "./operations/lease.ts";
import { registryOperations } from "./operations/registry.ts";
import { tokenOperations } from "./operations/token.ts";
import { trustOperations } from "./operations/trust.ts";
import type { Measured } from "./snapshot.ts";
import { deploy } from "./world.ts";

const OPERATIONS: readonly Operation[] = [
  ...tokenOperations,
  ...registryOperations,
  ...exchangeOperations,
  ...leaseOperations,
  ...bitcoinOperations,
  ...trustOperations,
];

/**
 * Measures every operation, each from the same state.
 *
 * @throws Error when there is a function without an operation, or one fails
 */
export async function measureAll(): Promise<readonly Measured[]> {
  const chain = await openChain();
  try {
    await requireAllFunctions(chain);
    const state = await openLeases(await openMarket(await deploy(chain)));
    const restore = await chain.save();
    const all: Measured[] = [];
    for (const { operation, variant, goal, measure } of OPERATIONS) {
      await restore();
      const result = await measure(state).catch((error: unknown) => {
        throw new Error(`${operation} (${variant}) fails: ${error instanceof Error ? error.message : error}`);
      });
      all.push({ operation, variant, gas: typeof result === "number" ? result : await gasOf(result), goal });
    }
    return all;
  } finally {
    await chain.close();
  }
}

async function requireAllFunctions({ artifacts, ethers }: Chain): Promise<void> {
  for (const name of CONTRACTS) {
    const { abi } = await artifacts.readArtifact(name);
    new ethers.Interface(abi).forEachFunction((f) => {
      const isMeasured = f.constant || OPERATIONS.some(({ operation }) => operation === `${name}.${f.name}`);
      if (!isMeasured) throw new Error(`nothing measures ${name}.${f.name}`);
    });
  }
}
