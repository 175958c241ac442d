// SPDX-License-Identifier: Apache-2.0
import type { AnyLeaseSummary, Lease, TokenLease } from "../../pool/api.ts";
import { grouped, satsDown } from "../format/amount.ts";

/** A lease that is on the chain, whatever it is paid in. */
export type AnyLease = Lease | TokenLease;

/** What it is paid in. */
type Quoted = Pick<AnyLeaseSummary, "currency">;

/**
 * An amount of what a lease is paid in, as digits and unit: whole satoshi, rounded down, or base units of its token, since
 * what those are worth only the token says.
 */
export function quoteParts({ currency }: Quoted, amount: bigint): { digits: string; unit: string } {
  return currency === "bitcoin"
    ? { digits: grouped(satsDown(amount)), unit: "sats" }
    : { digits: grouped(amount), unit: "token units" };
}

export function perHourOf(lease: AnyLeaseSummary): { digits: string; unit: string } {
  if (lease.currency === "token") return quoteParts(lease, BigInt(lease.perHour));
  return { digits: grouped(lease.price.satsPerHour), unit: "sats" };
}
