// SPDX-License-Identifier: Apache-2.0
import type { Offer } from "../../pool/api.ts";
import { DUST_SATS } from "../../pool/money.ts";
import { hoursInWords } from "../format/duration.ts";
import { HoursInput } from "../ui/HoursInput.tsx";
import { rangeOf } from "./draft.ts";
import type { FieldsProps } from "./fields.ts";
import type { HoursRange } from "./hours.ts";

/** How long to prepay. */
export function HoursField({ draft, errors, change, offer }: FieldsProps & { offer: Offer }) {
  const range = rangeOf(offer);
  return (
    <HoursInput
      label="Hours to prepay"
      error={errors.hours}
      hint={hintOf(range)}
      range={range}
      value={draft.hours}
      onChange={(hours) => change({ hours })}
    />
  );
}

function hintOf({ least, most }: HoursRange): string {
  const from =
    least > 1 ? `From ${hoursInWords(least)}, since Bitcoin carries no payment below ${DUST_SATS} sats. ` : "";
  return `${from}Up to ${hoursInWords(most)}; a further payment to the same address extends it at any time.`;
}
