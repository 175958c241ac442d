// SPDX-License-Identifier: Apache-2.0
import { type FormEvent, useState } from "react";
import { messageOf } from "../../core/errors.ts";
import { Field } from "../ui/Field.tsx";
import { account } from "./account.ts";
import { encodeSecret, findSecret } from "./secretText.ts";

/** Takes a secret from elsewhere: typed, pasted with its link, or read from a backup file. */
export function ImportSecret({ onDone }: { onDone?: () => void }) {
  const [text, setText] = useState("");
  const [error, setError] = useState<string>();
  const use = (from: string) => {
    try {
      account.adopt(encodeSecret(findSecret(from)));
      setText("");
      onDone?.();
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    use(text);
  };
  const read = (file: File | undefined) => {
    file?.text().then(use, (problem) => setError(messageOf(problem)));
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <Field
        label="Account secret"
        error={error}
        hint="The secret itself, a link of one of your leases, or the backup's text."
      >
        {(control) => (
          <textarea
            {...control}
            className="mono"
            rows={2}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            placeholder="xovsecret1…"
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              setError(undefined);
            }}
          />
        )}
      </Field>
      <div className="buttons">
        <button type="submit" className="button primary">
          Use this account
        </button>
        <label className="button">
          Read a backup file
          <input
            type="file"
            className="hidden"
            accept="text/plain,.txt"
            onChange={({ target }) => read(target.files?.[0])}
          />
        </label>
      </div>
    </form>
  );
}
