// SPDX-License-Identifier: Apache-2.0
import type { ContractTransactionResponse } from "ethers";
import type { State } from "./leases.ts";

/** One thing to measure. */
export interface Operation {
  /** `Contract.function`. */
  readonly operation: string;
  /** What is particular about this call. */
  readonly variant: string;
  /** Whole-transaction gas that the design allows; null where it says nothing. */
  readonly goal: number | null;
  readonly measure: Measure;
}

/** From the common state on: does what has to come before, and gives the transaction to measure, or gas itself. */
export type Measure = (s: State) => Promise<ContractTransactionResponse | number>;

/** Functions of a contract, each with its variants; a variant with a goal is `[goal, measure]`. */
export type Variants = Record<string, Record<string, Measure | readonly [goal: number, measure: Measure]>>;

/** Lists what the variants of a contract's functions are. */
export function operationsOf(contract: string, functions: Variants): readonly Operation[] {
  return Object.entries(functions).flatMap(([name, variants]) =>
    Object.entries(variants).map(([variant, entry]) => {
      const [goal, measure] = typeof entry === "function" ? [null, entry] : entry;
      return { operation: `${contract}.${name}`, variant, goal, measure };
    }),
  );
}

/** Gas of a transaction. */
export async function gasOf(transaction: ContractTransactionResponse): Promise<number> {
  const receipt = await transaction.wait();
  if (receipt === null) throw new Error(`no receipt of ${transaction.hash}`);
  return Number(receipt.gasUsed);
}
