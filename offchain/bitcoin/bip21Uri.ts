// SPDX-License-Identifier: Apache-2.0

const SATS_PER_BITCOIN = 100_000_000n;

export interface Bip21UriParameters {
  address: string;
  /** Satoshi; without it the wallet asks. */
  amountSats?: bigint;
  /** What the wallet shows as the payee. */
  label?: string;
}

/**
 * A payment request that wallets open and QR codes carry (BIP-21). The amount is in decimal bitcoin, exact.
 * @throws RangeError when the amount is not positive
 */
export function bip21Uri({ address, amountSats, label }: Bip21UriParameters): string {
  const query: string[] = [];
  if (amountSats !== undefined) query.push(`amount=${decimalBitcoin(amountSats)}`);
  // Not URLSearchParams: it writes a space as "+", which BIP-21 (RFC 3986) reads as a plus sign.
  if (label !== undefined) query.push(`label=${encodeURIComponent(label)}`);
  return `bitcoin:${address}${query.length === 0 ? "" : `?${query.join("&")}`}`;
}

function decimalBitcoin(sats: bigint): string {
  if (sats <= 0n) throw new RangeError(`an amount of ${sats} satoshi cannot be paid`);
  const fraction = (sats % SATS_PER_BITCOIN).toString().padStart(8, "0").replace(/0+$/, "");
  return `${sats / SATS_PER_BITCOIN}${fraction === "" ? "" : `.${fraction}`}`;
}
