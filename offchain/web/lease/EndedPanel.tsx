// SPDX-License-Identifier: Apache-2.0
import { Link } from "../router/Link.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Money } from "./Money.tsx";
import { REASON_WORDS } from "./phase.ts";
import type { AnyLease } from "./quote.ts";
import { RefundFacts } from "./RefundFacts.tsx";
import { StartFeeLine } from "./StartFeeLine.tsx";

interface EndedPanelProps {
  readonly lease: AnyLease;
  /** The chain's time. */
  readonly now: number | undefined;
}

/** How it ended, and who owes whom. */
export function EndedPanel({ lease, now }: EndedPanelProps) {
  const { reason, explanation, closedAt } = lease;
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
      <Settlement lease={lease} now={now} />
      {lease.currency === "bitcoin" && <p className="muted">Do not pay to its address any more.</p>}
      <Link className="button primary fit" href="/">
        Launch another
      </Link>
    </section>
  );
}

function Settlement({ lease, now }: EndedPanelProps) {
  if (lease.settlement === null) return null;
  if (lease.currency === "token") {
    const { earned, refunded } = lease.settlement;
    return (
      <dl className="facts wide">
        <dt>The provider earned</dt>
        <dd>
          <Money lease={lease} amount={BigInt(earned)} />
        </dd>
        <StartFeeLine lease={lease} isOver />
        <dt>Refunded</dt>
        <dd>
          <Money lease={lease} amount={BigInt(refunded)} />
          {refunded !== "0" && <p className="muted small">To your balance in the vault.</p>}
        </dd>
      </dl>
    );
  }
  return (
    <dl className="facts wide">
      <dt>The provider earned</dt>
      <dd>
        <Money lease={lease} amount={BigInt(lease.settlement.earnedMsat)} />
      </dd>
      <StartFeeLine lease={lease} isOver />
      <RefundFacts lease={lease} now={now} />
    </dl>
  );
}
