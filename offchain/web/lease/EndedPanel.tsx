// SPDX-License-Identifier: Apache-2.0
import type { Lease } from "../../pool/api.ts";
import { satsDown } from "../format/amount.ts";
import { Link } from "../router/Link.tsx";
import { Amount } from "../ui/Amount.tsx";
import { Moment } from "../ui/Moment.tsx";
import { REASON_WORDS } from "./phase.ts";

/** How it ended, and who owes whom. */
export function EndedPanel({ lease }: { lease: Lease }) {
  const { reason, explanation, settlement, closedAt } = lease;
  return (
    <section className="panel stack" aria-labelledby="ended-heading">
      <div className="panel-head">
        <h2 id="ended-heading">This lease is over</h2>
        {closedAt !== null && (
          <p className="muted small">
            <Moment time={closedAt} />
          </p>
        )}
      </div>
      <p>
        {reason === null ? "It ended by arithmetic; the end is not recorded yet." : REASON_WORDS[reason]}
        {explanation !== null && explanation !== "" && <> It said: “{explanation}”</>}
      </p>
      {settlement !== null && <Settlement settlement={settlement} />}
      <p className="muted">Do not pay to its address any more.</p>
      <Link className="button primary fit" href="/">
        Launch another
      </Link>
    </section>
  );
}

function Settlement({ settlement }: { settlement: NonNullable<Lease["settlement"]> }) {
  const owed = BigInt(settlement.owedMsat);
  return (
    <dl className="facts wide">
      <dt>The provider earned</dt>
      <dd>
        <Amount sats={satsDown(BigInt(settlement.earnedMsat))} />
      </dd>
      <dt>Owed to you</dt>
      <dd>
        <Amount sats={satsDown(owed)} />
        {owed > 0n && (
          <p className="muted small">
            {settlement.refundScript === "0x"
              ? "In XOV, from the stake that is locked for it: the terms name no refund address."
              : "To the refund address of the terms; stake stays locked for what is covered."}
          </p>
        )}
      </dd>
    </dl>
  );
}
