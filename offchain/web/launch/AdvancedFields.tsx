// SPDX-License-Identifier: Apache-2.0
import type { Network } from "../../pool/api.ts";
import { Field } from "../ui/Field.tsx";
import type { FieldsProps } from "./fields.ts";

const EXAMPLES = { mainnet: "bc1…", testnet: "tb1…", signet: "tb1…", regtest: "bcrt1…" } as const;

/** Where money that is not used goes back to, and what cloud-init runs. */
export function AdvancedFields({
  draft,
  errors,
  change,
  network,
}: FieldsProps & { network: Network["bitcoinNetwork"] }) {
  return (
    <>
      <Field
        label={
          <>
            Refund address <span className="optional">optional</span>
          </>
        }
        error={errors.refundAddress}
        hint="A Bitcoin address of yours for what is not used. Without one it is owed to you in XOV, from the provider's stake."
      >
        {(control) => (
          <input
            {...control}
            className="mono"
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            placeholder={EXAMPLES[network]}
            value={draft.refundAddress}
            onChange={({ target }) => change({ refundAddress: target.value })}
          />
        )}
      </Field>
      <details className="advanced" open={errors.userData !== undefined || undefined}>
        <summary>Advanced</summary>
        <Field
          label={
            <>
              User data <span className="optional">optional</span>
            </>
          }
          error={errors.userData}
          hint="A script or a cloud-config document that cloud-init runs at the first boot. Sealed like the key."
        >
          {(control) => (
            <textarea
              {...control}
              className="mono"
              rows={5}
              spellCheck={false}
              autoCapitalize="off"
              placeholder="#cloud-config"
              value={draft.userData}
              onChange={({ target }) => change({ userData: target.value })}
            />
          )}
        </Field>
      </details>
    </>
  );
}
