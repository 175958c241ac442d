// SPDX-License-Identifier: Apache-2.0
import type { Offer } from "../../pool/api.ts";
import { hoursInWords } from "../format/duration.ts";
import { HoursInput } from "../ui/HoursInput.tsx";
import { rangeOf } from "./draft.ts";
import type { FieldsProps } from "./fields.ts";

/** How long to prepay. */
export function HoursField({ draft, errors, change, offer }: FieldsProps & { offer: Offer }) {
  const range = rangeOf(offer);
  return (
    <HoursInput
      label="Hours to prepay"
      error={errors.hours}
      hint={`Up to ${hoursInWords(range.most)}; a further payment to the same address extends it at any time.`}
      range={range}
      value={draft.hours}
      onChange={(hours) => change({ hours })}
    />
  );
}
