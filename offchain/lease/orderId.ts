// SPDX-License-Identifier: Apache-2.0
import { encodeAbiParameters, type Hex, keccak256 } from "viem";

/** What an order's id tells of it; see `OrderId` in OrderId.sol. */
export interface OrderPlace {
  readonly market: number;
  readonly side: "ask" | "bid";
  /** Price code; see PriceCode.sol. */
  readonly price: number;
}

const ORDER_BITS = 120;
/** The greatest id that an order could have. */
export const MAX_ORDER: bigint = 2n ** BigInt(ORDER_BITS) - 1n;

/** Where an order stands. */
export function placeOf(order: bigint): OrderPlace {
  return {
    market: Number(order >> 88n),
    side: ((order >> 80n) & 0xffn) === 0n ? "ask" : "bid",
    price: Number((order >> 64n) & 0xffffn),
  };
}

/** `Filled` of IExchange.sol, as far as it names leases. */
export interface FilledInstances {
  readonly order: bigint;
  /** Number of the first instance; the next ones count down. */
  readonly first: bigint;
  readonly count: bigint;
}

/** The ids of the leases that a fill opened: keccak256(abi.encode(order, number)). */
export function filledLeases({ order, first, count }: FilledInstances): Hex[] {
  return Array.from({ length: Number(count) }, (_, i) =>
    keccak256(encodeAbiParameters([{ type: "uint120" }, { type: "uint256" }], [order, first - BigInt(i)])),
  );
}
