// SPDX-License-Identifier: Apache-2.0
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Network, Offer } from "../../pool/api.ts";
import { storage } from "../account/account.ts";
import { chainTime } from "../live/clock.ts";
import { navigate } from "../router/navigation.ts";
import { AdvancedFields } from "./AdvancedFields.tsx";
import { checkDraft, type Draft, type DraftErrors, newDraft } from "./draft.ts";
import { HoursField } from "./HoursField.tsx";
import { ImageField } from "./ImageField.tsx";
import { OrderSummary } from "./OrderSummary.tsx";
import { openLease } from "./openLease.ts";
import { RefusalNotice } from "./RefusalNotice.tsx";
import { SshKeysField } from "./SshKeysField.tsx";

const SSH_KEYS = "xov.sshKeys";

interface LaunchFormProps {
  readonly offer: Offer;
  readonly network: Network;
  /** It has left the book since the page was opened. */
  readonly isGone: boolean;
}

/** What to boot and for how long. Everything is sealed and signed in the browser before it is sent. */
export function LaunchForm({ offer, network, isGone }: LaunchFormProps) {
  const [draft, setDraft] = useState(() => {
    const image = new URLSearchParams(location.search).get("image") ?? "";
    return newDraft(offer, image, storage.get(SSH_KEYS) ?? "");
  });
  const [errors, setErrors] = useState<DraftErrors>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    if (Object.keys(errors).length > 0) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [errors]);

  const change = (part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }));
    const fixed = Object.keys(part);
    if (fixed.some((field) => field in errors)) {
      setErrors(Object.fromEntries(Object.entries(errors).filter(([field]) => !fixed.includes(field))));
    }
  };
  const launch = async () => {
    const { refundScriptOf } = await import("../crypto.ts");
    const checked = checkDraft(draft, offer, (address) => refundScriptOf(address, network.bitcoinNetwork));
    if ("errors" in checked) return setErrors(checked.errors);
    storage.set(SSH_KEYS, draft.sshKeys);
    const now = chainTime.now() ?? network.block.time;
    navigate(await openLease({ launch: checked.launch, offer, network, now }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setFailure(undefined);
    setBusy(true);
    launch()
      .catch(setFailure)
      .finally(() => setBusy(false));
  };

  const fields = { draft, errors, change };
  return (
    <form className="split launch" onSubmit={submit} noValidate ref={form} aria-busy={busy}>
      <div className="panel stack-large">
        <ImageField {...fields} images={offer.images} />
        <SshKeysField {...fields} />
        <HoursField {...fields} offer={offer} />
        <AdvancedFields {...fields} network={network.bitcoinNetwork} />
      </div>
      <OrderSummary
        offer={offer}
        hours={draft.hours}
        hasRefund={draft.refundAddress.trim() !== ""}
        busy={busy}
        isGone={isGone}
      >
        {failure !== undefined && <RefusalNotice error={failure} />}
      </OrderSummary>
    </form>
  );
}
