// SPDX-License-Identifier: Apache-2.0
import type { StartTerms } from "./chain/applianceChain.ts";
import type { Offer } from "./offers.ts";
import { leastStartFee } from "./startFee.ts";

/** Whether a start that the chain may charge its provider for is to be made. */
export type StartOutlook =
  | { readonly kind: "go" }
  /** Time may help: the price decays. */
  | { readonly kind: "wait"; readonly reason: string }
  | { readonly kind: "decline"; readonly reason: string };

/** For the holder, as the reasons of an outlook are. */
export const EXHAUSTED = "too many instances are being started by holders without trust";
export const UNPAID = "The provider cannot pay what the start of a holder without trust costs now";

/**
 * What to do about a start, by its price now. Within the holder's limit it is free and always made; beyond, the provider has to be
 * able to pay, and where it passes the price on, the fee that was agreed has to cover it.
 */
export function startOutlook({ price, purse, balance, fee }: StartTerms, rule: Offer["startFee"]): StartOutlook {
  if (price === "exhausted") {
    return { kind: "wait", reason: EXHAUSTED };
  }
  if (price === 0n) return { kind: "go" };
  if (price > purse && price > balance) {
    return { kind: "decline", reason: UNPAID };
  }
  if (rule !== undefined && leastStartFee(rule, price) > fee) {
    return {
      kind: "decline",
      reason: "The start fee does not cover what the start of a holder without trust costs now",
    };
  }
  return { kind: "go" };
}
