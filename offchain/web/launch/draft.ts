// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "../../bitcoin/bytes.ts";
import type { Offer } from "../../pool/api.ts";
import { type HoursRange, hoursOf, hoursProblem, hoursRange } from "./hours.ts";
import type { Launch } from "./signTake.ts";
import { readSshKeys } from "./sshKeys.ts";

/** The launch form as it stands. */
export interface Draft {
  readonly image: string;
  readonly sshKeys: string;
  /** As typed. */
  readonly hours: string;
  readonly refundAddress: string;
  readonly userData: string;
}

/** What is wrong with which field, for a person. */
export type DraftErrors = { readonly [Field in keyof Draft]?: string };

export type CheckedDraft = { readonly launch: Launch } | { readonly errors: DraftErrors };

const MAX_USER_DATA = 3_000;
const DEFAULT_HOURS = 24;

/** A new form. @param image the one that the reader filtered for */
export function newDraft(offer: Offer, image: string, sshKeys: string): Draft {
  const range = rangeOf(offer);
  const has = offer.images.length === 0 || offer.images.includes(image);
  return {
    image: image !== "" && has ? image : (offer.images[0] ?? ""),
    sshKeys,
    hours: `${Math.max(range.least, Math.min(DEFAULT_HOURS, range.most))}`,
    refundAddress: "",
    userData: "",
  };
}

/** How many hours an offer can be prepaid for. */
export function rangeOf({ price, prepaidHours }: Pick<Offer, "price" | "prepaidHours">): HoursRange {
  return hoursRange(BigInt(price.msatPerHour), prepaidHours);
}

/**
 * Checks a form.
 * @param scriptOf the scriptPubKey of an address; throws an error with a message for a person
 */
export function checkDraft(draft: Draft, offer: Offer, scriptOf: (address: string) => Hex): CheckedDraft {
  const errors: { -readonly [Field in keyof Draft]?: string } = {};
  const ssh = readSshKeys(draft.sshKeys);
  const hours = hoursOf(draft.hours, rangeOf(offer));
  let refundScript: Hex = "0x";
  if (draft.image.trim() === "") errors.image = "Name an image to boot.";
  if ("problem" in ssh) errors.sshKeys = ssh.problem;
  if (hours === undefined) errors.hours = hoursProblem(rangeOf(offer));
  if (draft.userData.length > MAX_USER_DATA) {
    errors.userData = `User data can have ${MAX_USER_DATA} characters; these are ${draft.userData.length}.`;
  }
  if (draft.refundAddress.trim() !== "") {
    try {
      refundScript = scriptOf(draft.refundAddress);
    } catch (error) {
      errors.refundAddress = error instanceof Error ? error.message : `${error}`;
    }
  }
  if ("problem" in ssh || hours === undefined || Object.keys(errors).length > 0) return { errors };
  const { image, userData } = draft;
  return { launch: { image: image.trim(), sshKeys: ssh.keys, userData, hours, refundScript } };
}
