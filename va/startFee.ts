// SPDX-License-Identifier: Apache-2.0
import { decodeStartFee } from "../offchain/indexer/priceCode.ts";
import type { Offer } from "./offers.ts";

const XOV = 10n ** 18n;
/** The margin counts in so many parts. */
const PARTS = 1_000_000n;
/** `FEES_PER_DECADE * FEE_DECADES` of StartFee.sol. */
const MAX_CODE = 990;

/** Codes of start fees (see StartFee.sol), which are in the order of the fees. */
export interface FeeRange {
  /** That covers the start price of now: an ask with less is replaced. */
  readonly least: number;
  /** That a new ask has. */
  readonly placed: number;
  /** Above which an ask is replaced. */
  readonly most: number;
}

/**
 * What an ask charges for an anonymous start: the start price in what is paid with, and the rule's margin. The price moves with
 * every such start; an ask stays as long as its fee covers the price and is at most twice what a new one would be.
 * Without a rule it is none: the provider bears the price.
 *
 * @param startPrice XOV base units for one instance
 * @param decade the market's
 */
export function startFeeOf({ startFee }: Pick<Offer, "startFee">, startPrice: bigint, decade: number): FeeRange {
  if (startFee === undefined) return { least: 0, placed: 0, most: 0 };
  const least = leastStartFee(startFee, startPrice);
  const placed = (least * BigInt(Math.round((1 + startFee.margin) * Number(PARTS))) + PARTS - 1n) / PARTS;
  return {
    least: encodeStartFeeUp(least, decade),
    placed: encodeStartFeeUp(placed, decade),
    most: encodeStartFeeUp(2n * placed, decade),
  };
}

/** What a start price is worth in what is paid with, by a rule, rounded up. */
export function leastStartFee({ perXov }: Pick<NonNullable<Offer["startFee"]>, "perXov">, startPrice: bigint): bigint {
  return (startPrice * perXov + XOV - 1n) / XOV;
}

/** The code of the lowest fee that is at least so much. @throws RangeError above the market's highest fee */
export function encodeStartFeeUp(amount: bigint, decade: number): number {
  if (amount === 0n) return 0;
  let [low, high] = [1, MAX_CODE];
  if (decodeStartFee(high, decade) < amount) throw new RangeError(`no start fee is as high as ${amount}`);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (decodeStartFee(middle, decade) >= amount) high = middle;
    else low = middle + 1;
  }
  return low;
}
