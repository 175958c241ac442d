// SPDX-License-Identifier: Apache-2.0
import { Field } from "../ui/Field.tsx";
import type { FieldsProps } from "./fields.ts";

/** What to boot: one of the catalogue's images, or a name where the pool has no catalogue for the provider. */
export function ImageField({ draft, errors, change, images }: FieldsProps & { images: readonly string[] }) {
  if (images.length === 0) {
    return (
      <Field
        label="Image"
        error={errors.image}
        hint="The pool has no list of this provider's images. If the name is wrong, the provider declines and owes you all."
      >
        {(control) => (
          <input {...control} value={draft.image} onChange={({ target }) => change({ image: target.value })} />
        )}
      </Field>
    );
  }
  return (
    <fieldset className="field">
      <legend>Image</legend>
      <div className="choices">
        {images.map((image) => (
          <label key={image} className="choice">
            <input
              type="radio"
              name="image"
              value={image}
              checked={draft.image === image}
              onChange={() => change({ image })}
            />
            <span>{image}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
