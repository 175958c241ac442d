// SPDX-License-Identifier: Apache-2.0
import { type Address, getAddress } from "viem";
import type { ApplianceChain } from "./chain/applianceChain.ts";
import type { OpenOffer } from "./marketplace.ts";
import { decodePrice } from "./price.ts";

/** Lowest prices for the hot key by what is paid with, quote units (msat) per compute-unit-hour; undefined: none is set. */
export type Floors = ReadonlyMap<Address, bigint> | undefined;

/** The floors that bear on these offers; see `IProviders.setPriceFloor`. */
export async function readFloors(
  chain: Pick<ApplianceChain, "appliance" | "priceFloor">,
  { hasFloors }: { readonly hasFloors: boolean },
  open: readonly OpenOffer[],
): Promise<Floors> {
  if (!hasFloors) return undefined;
  const quotes = [...new Set(open.map(({ offer }) => getAddress(offer.quote)))];
  return new Map(await Promise.all(quotes.map(async (quote) => [quote, await chain.priceFloor(quote)] as const)));
}

/**
 * Why the hot key may not place an ask for an offer at this price, for its operator; undefined when it may.
 *
 * @param price code, see PriceCode.sol
 */
export function refusedBy(floors: Floors, { offer, market }: OpenOffer, price: number): string | undefined {
  if (floors === undefined || market.computeUnits === 0) return undefined;
  const floor = floors.get(getAddress(offer.quote)) ?? 0n;
  if (floor === 0n)
    return `offer ${offer.flavor}: the hot key may not sell for ${offer.quote}, which has no price floor`;
  // Rounded down, as the contract does.
  const have = (decodePrice(price, market.decade) * 1_000n) / BigInt(market.computeUnits);
  if (have >= floor) return undefined;
  return `offer ${offer.flavor}: ${have} per compute-unit-hour is below the hot key's price floor, ${floor}`;
}
