// SPDX-License-Identifier: Apache-2.0
import { messageOf } from "../../core/errors.ts";
import { ApiError } from "../api/request.ts";

/** A refusal as the page tells it. */
export interface Refusal {
  readonly title: string;
  readonly text: string;
  /** Whether another offer, or this one anew, is the way on. */
  readonly elsewhere: boolean;
}

const GONE = "Choose another offer; the list shows what is free now.";
const KNOWN: Readonly<Record<string, Omit<Refusal, "elsewhere">>> = {
  Exchange_UnknownOrder: { title: "This offer is gone.", text: GONE },
  Exchange_SoldOut: { title: "Somebody was quicker: this offer is sold out.", text: GONE },
  Exchange_Expired: { title: "This offer has expired.", text: GONE },
  Exchange_TooManyUnfunded: {
    title: "All that can be reserved is reserved just now.",
    text: "Reservations that are not paid lapse within an hour. Try again later, or choose another offer.",
  },
  Exchange_TermsMismatch: {
    title: "This offer has changed.",
    text: "Open it anew from the list to see what holds now.",
  },
  Leases_SealKeyRotated: {
    title: "The provider has changed its key.",
    text: "Nothing was sent in clear. Reload the page and launch again.",
  },
  Leases_TermsExpired: {
    title: "That took too long.",
    text: "Nothing was opened and nothing is to be paid. Launch again.",
  },
};

/** What to tell a person whose launch failed. */
export function refusalOf(error: unknown): Refusal {
  const code = error instanceof ApiError ? error.problem?.code : undefined;
  return refusalOfCode(code ?? "", "The launch was refused.", messageOf(error));
}

/** The same for a refusal that came with the lease. */
export function refusalOfCode(code: string, title: string, text: string): Refusal {
  const known = Object.hasOwn(KNOWN, code) ? KNOWN[code] : undefined;
  if (known !== undefined) return { ...known, elsewhere: true };
  return { title, text, elsewhere: false };
}
