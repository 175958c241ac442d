// SPDX-License-Identifier: Apache-2.0
import type { Offer } from "../../pool/api.ts";
import type { Standing } from "../../pool/trustApi.ts";
import { grouped } from "../format/amount.ts";
import { Moment } from "../ui/Moment.tsx";
import { recordWords } from "./recordWords.ts";

/** What the contracts have counted of a provider, whatever the pool: starts, compute delivered, claims. */
export function ProviderRecord({ standing }: { standing: Standing | null }) {
  if (standing === null) return <span className="muted">Provider's record not at hand</span>;
  const { starts, delivered, claims, poor } = recordWords(standing.record);
  return (
    <span title={hoursOf(standing)}>
      <span className={poor.starts || poor.delivered ? "warn-text" : ""}>
        Provider: {starts}
        {delivered !== "" && `, ${delivered}`}
      </span>
      <span className={poor.claims ? "warn-text" : ""}>, {claims}</span>
    </span>
  );
}

/** Until when what the appliance runs on is attested to be open source. */
export function Attested({ offer: { attestedUntil } }: { offer: Pick<Offer, "attestedUntil"> }) {
  return (
    <span title="Its provider has attested that hypervisor, network and storage are open source">
      Stack attested until <Moment time={attestedUntil} />
    </span>
  );
}

function hoursOf({ record: { delivered, promised } }: Standing): string {
  const [done, due] = [delivered, promised].map((hours) => grouped(hours.toFixed(1)));
  return `${done} of ${due} compute-unit-hours delivered, over all its appliances`;
}
