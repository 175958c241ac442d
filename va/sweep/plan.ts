// SPDX-License-Identifier: Apache-2.0
import { type Hex, hexToBytes } from "../../offchain/bitcoin/bytes.ts";
import { byOutpoint, type Coin } from "../bitcoin/coin.ts";
import { SpendError } from "../bitcoin/errors.ts";
import type { Output } from "../bitcoin/psbt.ts";
import { dustLimit, feeUp, inputTypeOf, virtualSize } from "../bitcoin/weight.ts";

/** A coin at one of the appliance's addresses. */
export interface DerivedCoin extends Coin {
  /** The lease that it pays; undefined at the address for change. */
  readonly leaseId: Hex | undefined;
  /** Height of its block. */
  readonly height: number;
}

export interface SweepParameters {
  readonly coins: readonly DerivedCoin[];
  /** Satoshi to be left for each lease's refund. */
  readonly needed: ReadonlyMap<Hex, bigint>;
  /** Where everything goes. */
  readonly script: Hex;
  /** Satoshi per vbyte. */
  readonly feeRate: number;
}

/** What a sweep spends and leaves. */
export interface Sweep {
  readonly inputs: readonly DerivedCoin[];
  readonly output: Output;
  /** Satoshi. */
  readonly fee: bigint;
  /** Coins left for refunds. */
  readonly kept: readonly DerivedCoin[];
  /** Coins for another sweep: not worth their fee, or more than fit one transaction. */
  readonly left: readonly DerivedCoin[];
}

/** Each weighs 230 units; a standard transaction has 400,000. */
const MOST_INPUTS = 1_500;

/**
 * One transaction for all coins but those that refunds need: of each lease, its newest are left until they are enough. Oldest
 * first, as far as they fit.
 *
 * @throws SpendError TOO_LITTLE when nothing is worth sweeping
 */
export function planSweep({ coins, needed, script, feeRate }: SweepParameters): Sweep {
  const kept = [...Map.groupBy(coins, ({ leaseId }) => leaseId)].flatMap(([leaseId, own]) =>
    newestWorth(own, leaseId === undefined ? 0n : (needed.get(leaseId) ?? 0n)),
  );
  const free = coins.filter((coin) => !kept.includes(coin));
  const cost = feeUp(virtualSize(["p2tr"], []) - virtualSize([], []), feeRate);
  const worth = free.filter(({ value }) => value > cost).sort((a, b) => a.height - b.height || byOutpoint(a, b));
  const inputs = worth.slice(0, MOST_INPUTS);
  const total = inputs.reduce((sum, { value }) => sum + value, 0n);
  const types = inputs.map((coin) => inputTypeOf(hexToBytes(coin.script)) ?? "p2tr");
  const fee = feeUp(virtualSize(types, [hexToBytes(script)]), feeRate);
  const least = fee + dustLimit(hexToBytes(script));
  if (inputs.length === 0 || total < least) {
    throw new SpendError("TOO_LITTLE", "there is nothing worth sweeping", { have: total, need: least });
  }
  const left = free.filter((coin) => !inputs.includes(coin));
  return { inputs, output: { script, value: total - fee }, fee, kept, left };
}

/** The newest coins that together are worth so much; all of them if they are not. */
function newestWorth(coins: readonly DerivedCoin[], need: bigint): DerivedCoin[] {
  const kept: DerivedCoin[] = [];
  let worth = 0n;
  for (const coin of coins.toSorted((a, b) => b.height - a.height || byOutpoint(a, b))) {
    if (worth >= need) break;
    kept.push(coin);
    worth += coin.value;
  }
  return kept;
}
