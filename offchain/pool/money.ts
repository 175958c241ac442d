// SPDX-License-Identifier: Apache-2.0
import { HOURS_PER_MONTH, type Price } from "./api.ts";

/** Bitcoin's nodes pass on no taproot output below this, satoshi (`GetDustThreshold` at the default fee of 3 sat/vB). */
export const DUST_SATS = 330n;

/** The least that can be paid in place of an amount. */
export function payable(sats: bigint): bigint {
  return sats < DUST_SATS ? DUST_SATS : sats;
}

/** Exact, with up to three decimals and no trailing zeroes: `1234.5`. */
export function satsExact(msat: bigint): string {
  const fraction = (msat % 1000n).toString().padStart(3, "0").replace(/0+$/, "");
  return `${msat / 1000n}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Whole satoshi that are worth at least so many millisatoshi: what a payment of them takes. */
export function satsUp(msat: bigint): bigint {
  return (msat + 999n) / 1000n;
}

/** A price per instance-hour as people compare it. */
export function priceOf(msatPerHour: bigint): Price {
  return {
    msatPerHour: `${msatPerHour}`,
    satsPerHour: satsExact(msatPerHour),
    satsPerMonth: `${satsUp(msatPerHour * BigInt(HOURS_PER_MONTH))}`,
  };
}

/** XOV base units as XOV, rounded down to four decimals. */
export function xov(baseUnits: bigint): string {
  const fraction = (baseUnits % 10n ** 18n).toString().padStart(18, "0").slice(0, 4).replace(/0+$/, "");
  return `${baseUnits / 10n ** 18n}${fraction === "" ? "" : `.${fraction}`}`;
}
