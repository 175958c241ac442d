// SPDX-License-Identifier: Apache-2.0
import { hoursInBrief, hoursInWords } from "../format/duration.ts";
import { type HoursRange, hourChoices } from "../launch/hours.ts";
import { Field } from "./Field.tsx";

interface HoursInputProps {
  readonly label: string;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly range: HoursRange;
  /** As typed. */
  readonly value: string;
  readonly onChange: (typed: string) => void;
}

/** A number of hours, typed or chosen. */
export function HoursInput({ label, hint, error, range, value, onChange }: HoursInputProps) {
  return (
    <Field label={label} error={error} {...(hint !== undefined && { hint })}>
      {(control) => (
        <div className="hours">
          <input
            {...control}
            className="number"
            type="number"
            inputMode="numeric"
            min={range.least}
            max={range.most}
            step="1"
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
          <div className="presets">
            {hourChoices(range).map((hours) => (
              <button
                key={hours}
                type="button"
                className="preset"
                aria-label={hoursInWords(hours)}
                aria-pressed={value === `${hours}`}
                onClick={() => onChange(`${hours}`)}
              >
                {hoursInBrief(hours)}
              </button>
            ))}
          </div>
        </div>
      )}
    </Field>
  );
}
