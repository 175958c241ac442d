// SPDX-License-Identifier: Apache-2.0
import { type Address, type Hex, hashTypedData, type LocalAccount, zeroAddress } from "viem";

/** The quote of markets paid in native bitcoin, in millisatoshi. */
export const BITCOIN: Address = zeroAddress;

/** What a holder signs; see `Terms` in `contracts/lease/ILeases.sol` for units. */
export interface Terms {
  readonly holder: Address;
  readonly appliance: number;
  readonly class: Hex;
  readonly quote: Address;
  readonly price: bigint;
  readonly startFee: bigint;
  readonly prepayment: bigint;
  readonly refundScript: Hex;
  readonly launchSpecHash: Hex;
  readonly salt: bigint;
  readonly deadline: bigint;
}

/** Where terms are valid: one chain, one contract. */
export interface TermsDomain {
  readonly chainId: number;
  /** The Leases contract. */
  readonly leases: Address;
}

const types = {
  Terms: [
    { name: "holder", type: "address" },
    { name: "appliance", type: "uint32" },
    { name: "class", type: "bytes32" },
    { name: "quote", type: "address" },
    { name: "price", type: "uint256" },
    { name: "startFee", type: "uint256" },
    { name: "prepayment", type: "uint256" },
    { name: "refundScript", type: "bytes" },
    { name: "launchSpecHash", type: "bytes32" },
    { name: "salt", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

/** The EIP-712 domain of all that holders sign. */
export function leasesDomain({ chainId, leases }: TermsDomain) {
  return { name: "XOV Leases", version: "1", chainId, verifyingContract: leases } as const;
}

function typedData(terms: Terms, domain: TermsDomain) {
  return {
    domain: leasesDomain(domain),
    types,
    primaryType: "Terms",
    message: terms,
  } as const;
}

/** The lease's id: the EIP-712 digest of its terms, known before any transaction. */
export function leaseIdOf(terms: Terms, domain: TermsDomain): Hex {
  return hashTypedData(typedData(terms, domain));
}

/** Signs terms as their holder (EIP-712). */
export function signTerms(terms: Terms, domain: TermsDomain, holder: LocalAccount): Promise<Hex> {
  return holder.signTypedData(typedData(terms, domain));
}
