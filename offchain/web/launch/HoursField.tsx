// SPDX-License-Identifier: Apache-2.0
import type { Offer } from "../../pool/api.ts";
import { hoursInWords } from "../format/duration.ts";
import { Field } from "../ui/Field.tsx";
import { hourChoices } from "./draft.ts";
import type { FieldsProps } from "./fields.ts";

/** How long to prepay. */
export function HoursField({ draft, errors, change, offer }: FieldsProps & { offer: Offer }) {
  return (
    <Field
      label="Hours to prepay"
      error={errors.hours}
      hint={`Up to ${hoursInWords(offer.prepaidHours)}; a further payment to the same address extends it at any time.`}
    >
      {(control) => (
        <div className="hours">
          <input
            {...control}
            className="number"
            type="number"
            inputMode="numeric"
            min="1"
            max={offer.prepaidHours}
            step="1"
            value={draft.hours}
            onChange={({ target }) => change({ hours: target.value })}
          />
          <div className="presets">
            {hourChoices(offer).map((hours) => (
              <button
                key={hours}
                type="button"
                className="preset"
                aria-pressed={draft.hours === `${hours}`}
                onClick={() => change({ hours: `${hours}` })}
              >
                {hoursInWords(hours)}
              </button>
            ))}
          </div>
        </div>
      )}
    </Field>
  );
}
