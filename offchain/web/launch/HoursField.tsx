// SPDX-License-Identifier: Apache-2.0
import type { Offer } from "../../pool/api.ts";
import { hoursInWords } from "../format/duration.ts";
import { HoursInput } from "../ui/HoursInput.tsx";
import type { FieldsProps } from "./fields.ts";
import { hourChoices } from "./hours.ts";

/** How long to prepay. */
export function HoursField({ draft, errors, change, offer }: FieldsProps & { offer: Offer }) {
  const most = offer.prepaidHours;
  return (
    <HoursInput
      label="Hours to prepay"
      error={errors.hours}
      hint={`Up to ${hoursInWords(most)}; a further payment to the same address extends it at any time.`}
      most={most}
      choices={hourChoices(most)}
      value={draft.hours}
      onChange={(hours) => change({ hours })}
    />
  );
}
