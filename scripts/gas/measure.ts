// SPDX-License-Identifier: Apache-2.0
import { artifactOf, CONTRACTS } from "../deploy/Xov.ts";
import { type Chain, openChain } from "./chain.ts";
import { DEPTHS, FULL_DEPTH, measureDepths } from "./depth.ts";
import { openLeases } from "./leases.ts";
import { openMarket } from "./market.ts";
import { gasOf, type Operation } from "./operation.ts";
import { bitcoinOperations } from "./operations/bitcoin.ts";
import { bookOperations } from "./operations/book.ts";
import { debtOperations } from "./operations/debts.ts";
import { exchangeOperations } from "./operations/exchange.ts";
import { leaseOperations } from "./operations/lease.ts";
import { registryOperations } from "./operations/registry.ts";
import { requestOperations } from "./operations/requests.ts";
import { swapOperations } from "./operations/swap.ts";
import { tokenOperations } from "./operations/token.ts";
import { trustOperations } from "./operations/trust.ts";
import type { Measured } from "./snapshot.ts";
import { deploy } from "./world.ts";

const OPERATIONS: readonly Operation[] = [
  ...tokenOperations,
  ...registryOperations,
  ...exchangeOperations,
  ...bookOperations,
  ...leaseOperations,
  ...bitcoinOperations,
  ...debtOperations,
  ...trustOperations,
  ...swapOperations,
  ...requestOperations,
];

/**
 * Measures every operation, each from the same state; those of the book in deep books too, `full` in one of 100,000 orders.
 *
 * @throws Error when there is a function without an operation, or one fails
 */
export async function measureAll({ full = false } = {}): Promise<readonly Measured[]> {
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
    await restore();
    return [...all, ...(await measureDepths(state, full ? [...DEPTHS, FULL_DEPTH] : DEPTHS))];
  } finally {
    await chain.close();
  }
}

async function requireAllFunctions({ artifacts, ethers }: Chain): Promise<void> {
  for (const name of CONTRACTS.map(artifactOf)) {
    const { abi } = await artifacts.readArtifact(name);
    new ethers.Interface(abi).forEachFunction((f) => {
      const isMeasured = f.constant || OPERATIONS.some(({ operation }) => operation === `${name}.${f.name}`);
      if (!isMeasured) throw new Error(`nothing measures ${name}.${f.name}`);
    });
  }
}
