// SPDX-License-Identifier: Apache-2.0

const PRICES_PER_DECADE = 9_000;
const FEES_PER_DECADE = 90;
const NO_FEE_NAMED = 1023;

/**
 * Quote units per instance-hour of a price code, `9000·e + m − 1000` for `m × 10^e`, as `PriceCode.sol` decodes it.
 * @param decade the market's offset: the exponent of its lowest decade
 */
export function decodePrice(code: number, decade: number): bigint {
  const mantissa = BigInt((code % PRICES_PER_DECADE) + 1_000);
  return mantissa * 10n ** BigInt(Math.floor(code / PRICES_PER_DECADE) + decade);
}

/** Quote units of a start fee's code, `90·e + m − 9` for `m × 10^e`, as `StartFee.sol` decodes it: 0 for none, and for none named. */
export function decodeStartFee(code: number, decade: number): bigint {
  if (code === 0 || code === NO_FEE_NAMED) return 0n;
  const mantissa = BigInt(((code - 1) % FEES_PER_DECADE) + 10);
  return mantissa * 10n ** BigInt(Math.floor((code - 1) / FEES_PER_DECADE) + decade);
}
