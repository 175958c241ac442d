// SPDX-License-Identifier: Apache-2.0
const MSAT_PER_SAT = 1_000n;
const SATS_PER_BITCOIN = 100_000_000n;

/** Millisatoshi in whole satoshi, rounded up: what has to be paid. */
export function satsUp(msat: bigint): bigint {
  return (msat + MSAT_PER_SAT - 1n) / MSAT_PER_SAT;
}

/** Millisatoshi in whole satoshi, rounded down: what is left. */
export function satsDown(msat: bigint): bigint {
  return msat / MSAT_PER_SAT;
}

/**
 * Digits in groups of three, parted by a space that does not break: `1 234 567.5`.
 * @param amount a decimal, with or without a fraction
 */
export function grouped(amount: bigint | string): string {
  const [whole = "", fraction] = `${amount}`.split(".");
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

/** Satoshi as exact decimal bitcoin with all eight places: `0.00012300`. */
export function bitcoinOf(sats: bigint): string {
  return `${sats / SATS_PER_BITCOIN}.${(sats % SATS_PER_BITCOIN).toString().padStart(8, "0")}`;
}
