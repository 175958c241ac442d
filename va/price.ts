// SPDX-License-Identifier: Apache-2.0

const PRICES_PER_DECADE = 9_000;

/** Quote units per instance-hour that a price code stands for; see PriceCode.sol. `decade` is the market's, 0 for bitcoin. */
export function decodePrice(code: number, decade = 0): bigint {
  const mantissa = BigInt((code % PRICES_PER_DECADE) + 1_000);
  return mantissa * 10n ** BigInt(Math.floor(code / PRICES_PER_DECADE) + decade);
}

const CODES = 63_000;

/**
 * The lowest price code that stands for at least so many quote units per instance-hour (see PriceCode.sol): four significant
 * digits, rounded up, and the lowest code for less than it can express.
 *
 * @throws RangeError when it is above the highest price
 */
export function encodePriceUp(price: bigint, decade = 0): number {
  let low = 0;
  let high = CODES - 1;
  if (decodePrice(high, decade) < price) {
    throw new RangeError(`${price} is above the market's highest price, ${decodePrice(high, decade)}`);
  }
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (decodePrice(middle, decade) < price) low = middle + 1;
    else high = middle;
  }
  return low;
}
