// SPDX-License-Identifier: Apache-2.0
import { type Address, encodeAbiParameters, type Hex, keccak256, parseAbiParameters } from "viem";
import { type LeaseAddress, leaseAddress } from "../bitcoin/leaseAddress.ts";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";

/** The swap of one chain. */
export interface SwapDomain {
  readonly chainId: number;
  readonly swap: Address;
}

/** What a reservation's id and, by it, its address commit to. */
export interface ReservationTerms {
  readonly offer: number;
  readonly taker: Address;
  readonly lots: bigint;
  /** 256 bits at random, so that no two reservations share an address. */
  readonly nonce: bigint;
}

const ID = parseAbiParameters("string, uint256, address, uint40, address, uint64, uint256");

/** The id of a reservation, as `idOf` of ISwap gives it. */
export function reservationIdOf({ offer, taker, lots, nonce }: ReservationTerms, { chainId, swap }: SwapDomain): Hex {
  return keccak256(encodeAbiParameters(ID, ["XOV swap", BigInt(chainId), swap, offer, taker, lots, nonce]));
}

/**
 * Where a reservation is paid: derived from its terms and the maker's key alone, in the same way as a lease's.
 * @throws RangeError when the key is not on the curve
 */
export function reservationAddress(
  terms: ReservationTerms,
  domain: SwapDomain,
  bitcoinKey: Hex,
  network: BitcoinNetwork,
): LeaseAddress {
  return leaseAddress(bitcoinKey, reservationIdOf(terms, domain), network);
}

/**
 * - reserved: its lots are kept for payments until the deadline
 * - overdue: the deadline has passed; a payment proven now still buys its lots, as long as nobody has expired it
 * - held: paid lots wait to be checked again
 * - delivered: all lots are in the taker's balance in the vault
 * - expired: the lots that were not paid for in time are free again
 */
export type ReservationState = "reserved" | "overdue" | "held" | "delivered" | "expired";

/** In lots; times in unix seconds of the chain. */
export interface ReservationCounts {
  /** What was reserved at first. */
  readonly lots: bigint;
  readonly reserved: bigint;
  readonly held: bigint;
  readonly delivered: bigint;
  readonly deadline: number;
}

/** How a reservation stands at a time of the chain. */
export function stateOf(
  { lots, reserved, held, delivered, deadline }: ReservationCounts,
  now: number,
): ReservationState {
  if (reserved > 0n) return now <= deadline ? "reserved" : "overdue";
  if (held > 0n) return "held";
  return delivered >= lots ? "delivered" : "expired";
}
