// SPDX-License-Identifier: Apache-2.0

const PRICES_PER_DECADE = 9_000;

/** Quote units per instance-hour that a price code stands for; see PriceCode.sol. `decade` is the market's, 0 for bitcoin. */
export function decodePrice(code: number, decade = 0): bigint {
  const mantissa = BigInt((code % PRICES_PER_DECADE) + 1_000);
  return mantissa * 10n ** BigInt(Math.floor(code / PRICES_PER_DECADE) + decade);
}
