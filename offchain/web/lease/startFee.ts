// SPDX-License-Identifier: Apache-2.0
import type { StartFee } from "../../pool/api.ts";

/** Where the fee for the start stands; amounts in the unit of the lease's quote. */
export type StartFeeState =
  /** Nothing was agreed. */
  | { readonly kind: "none" }
  /** Not decided yet: charged by the start, unless that is within the holder's limit. */
  | { readonly kind: "due"; readonly amount: bigint }
  | { readonly kind: "charged"; readonly amount: bigint }
  /** The start was within the holder's limit. */
  | { readonly kind: "waived" }
  /** The lease is over without a start. */
  | { readonly kind: "never" };

/** @param isOver the lease has ended, or can only end */
export function startFeeState({ agreed, charged }: StartFee, isOver: boolean): StartFeeState {
  if (agreed === "0") return { kind: "none" };
  if (charged === null) return isOver ? { kind: "never" } : { kind: "due", amount: BigInt(agreed) };
  return charged === "0" ? { kind: "waived" } : { kind: "charged", amount: BigInt(charged) };
}

/** What of a payment before the start may buy no time: the agreed fee, until a start has decided. */
export function feeDue({ agreed, charged }: StartFee): bigint {
  return charged === null ? BigInt(agreed) : 0n;
}
