// SPDX-License-Identifier: Apache-2.0
import { Field } from "../ui/Field.tsx";

interface ChoiceProps {
  readonly label: string;
  /** Value and text. */
  readonly options: readonly (readonly [string, string])[];
  readonly value: string;
  readonly onPick: (value: string) => void;
}

/** One of several values. A value that is not among them, from an old link, stays visible. */
export function Choice({ label, options, value, onPick }: ChoiceProps) {
  const known = options.some(([option]) => option === value);
  return (
    <Field label={label}>
      {(control) => (
        <select {...control} value={value} onChange={({ target }) => onPick(target.value)}>
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
          {!known && <option value={value}>{value}</option>}
        </select>
      )}
    </Field>
  );
}
