// SPDX-License-Identifier: Apache-2.0
import type { Offer, PriceRule } from "./offers.ts";
import { encodePriceUp } from "./price.ts";

/** Utilisation counts in tenths: a price that moved with every lease would move its ask to the end of the line each time. */
const STEPS = 10;
/** Shares are taken to this many parts. */
const PARTS = 1_000_000n;

/**
 * The price code to ask for an offer: its own, or by its rule the lowest that is at least
 * `cost × (1 + margin + rush × utilisation)`, with utilisation rounded down to tenths.
 *
 * @param leased instances of the offer that are leased
 * @param decade the market's
 * @throws RangeError when it is above the market's highest price
 */
export function askPrice({ price, maximum }: Pick<Offer, "price" | "maximum">, leased: number, decade: number): number {
  if (typeof price === "number") return price;
  const utilisation = maximum === 0 ? 0 : Math.min(1, Math.floor((STEPS * leased) / maximum) / STEPS);
  return encodePriceUp(priceAt(price, utilisation), decade);
}

function priceAt({ cost, margin, rush }: PriceRule, utilisation: number): bigint {
  const share = BigInt(Math.round((1 + margin + rush * utilisation) * Number(PARTS)));
  return (cost * share + PARTS - 1n) / PARTS;
}
