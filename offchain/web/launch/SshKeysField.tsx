// SPDX-License-Identifier: Apache-2.0
import { Field } from "../ui/Field.tsx";
import type { FieldsProps } from "./fields.ts";

/** Who may log in. */
export function SshKeysField({ draft, errors, change }: FieldsProps) {
  return (
    <Field
      label="Public SSH key"
      error={errors.sshKeys}
      hint={
        <>
          One a line, as in <code>~/.ssh/id_ed25519.pub</code>. Sealed to the provider in your browser; this site cannot
          read it.
        </>
      }
    >
      {(control) => (
        <textarea
          {...control}
          className="mono"
          rows={3}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          placeholder="ssh-ed25519 AAAA… you@home"
          value={draft.sshKeys}
          onChange={({ target }) => change({ sshKeys: target.value })}
        />
      )}
    </Field>
  );
}
