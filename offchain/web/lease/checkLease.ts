// SPDX-License-Identifier: Apache-2.0
import { type Hex, isAddressEqual } from "viem";
import { leaseAddress } from "../../bitcoin/leaseAddress.ts";
import { leaseIdOf, type Terms } from "../../lease/terms.ts";
import type { Network, TakeBody } from "../../pool/api.ts";

/** What the page found out by itself about where a lease is paid. */
export type LeaseCheck =
  /** The address follows from the lease's id and the appliance's key that this browser knows. */
  | { readonly ok: true; readonly address: string }
  /** The pool's word alone: this browser does not know the appliance's key. */
  | { readonly ok: "unknown"; readonly address: string }
  | { readonly ok: false; readonly reason: string };

export interface CheckParameters {
  readonly leaseId: string;
  /** As the pool states it. */
  readonly address: string;
  /** As the pool states them; a lease that is not opened yet has none. */
  readonly terms?: TakeBody["terms"];
  /** The account that is looking. */
  readonly holder: string;
  /** The appliance's key, as this browser or the link remembers it. */
  readonly bitcoinKey: Hex | undefined;
  readonly network: Network;
}

/** Whether the pool's terms and address are those of the lease that was signed. */
export function checkLease(parameters: CheckParameters): LeaseCheck {
  const { leaseId, address, terms, holder, bitcoinKey, network } = parameters;
  const leases = network.contracts.Leases;
  if (leases === undefined) return { ok: false, reason: "The pool does not say which contract holds the leases." };
  if (terms !== undefined) {
    const domain = { chainId: network.chainId, leases: leases as Hex };
    if (leaseIdOf(termsFromJson(terms), domain) !== leaseId) {
      return { ok: false, reason: "The terms that the pool states are not those that this lease was signed for." };
    }
    if (!isAddressEqual(terms.holder as Hex, holder as Hex)) {
      return { ok: false, reason: "This lease belongs to another account." };
    }
  }
  if (bitcoinKey === undefined) return { ok: "unknown", address };
  const computed = leaseAddress(bitcoinKey, leaseId as Hex, network.bitcoinNetwork).address;
  if (computed === address) return { ok: true, address };
  return { ok: false, reason: `The pool states another address (${address}) than the one that belongs to this lease.` };
}

/** The terms of a request or an answer as they are signed. */
function termsFromJson(terms: TakeBody["terms"]): Terms {
  return {
    ...terms,
    holder: terms.holder as Hex,
    class: terms.class as Hex,
    quote: terms.quote as Hex,
    refundScript: terms.refundScript as Hex,
    launchSpecHash: terms.launchSpecHash as Hex,
    price: BigInt(terms.price),
    startFee: BigInt(terms.startFee),
    prepayment: BigInt(terms.prepayment),
    salt: BigInt(terms.salt),
    deadline: BigInt(terms.deadline),
  };
}
