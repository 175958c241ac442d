// SPDX-License-Identifier: Apache-2.0
import type { Offer } from "../../pool/api.ts";
import { satsExact } from "../../pool/money.ts";
import { grouped } from "../format/amount.ts";
import { type Limit, useLimit } from "./useLimit.ts";

/** Part of the total: an account that has shown no trust pays for its start. */
export function StartFee({ offer }: { offer: Offer }) {
  const limit = useLimit(offer);
  return (
    <>
      <dt>Start fee</dt>
      <dd data-testid="start-fee">
        <span className="number">{grouped(satsExact(BigInt(offer.startFeeMsat)))}</span> sats, charged once when it
        starts; waived within your limit
        <br />
        <span className="muted">
          <LimitWords limit={limit} />
        </span>
      </dd>
    </>
  );
}

function LimitWords({ limit }: { limit: Limit }) {
  if (limit === "unknown") return null;
  if (limit === "none") return <>This browser has no account yet. A new one has no limit.</>;
  const { start, available, limit: most } = limit;
  if (start === null) return null;
  if (start.withinLimit) {
    return <>This start is within your limit now: the fee would be waived, and buy time instead.</>;
  }
  return (
    <>
      This start is beyond your limit now: {available} of {most} compute units are free.
      {start.exhausted && (
        <span className="warn-text"> Too many have started beyond their limits: the provider may have to decline.</span>
      )}
    </>
  );
}
