// SPDX-License-Identifier: Apache-2.0
import type { Accrual } from "../../pool/api.ts";
import { countdown, inWords } from "../format/duration.ts";
import { Moment } from "../ui/Moment.tsx";
import { Notice } from "../ui/Notice.tsx";
import { accountAt, balanceAt } from "./balance.ts";
import { Money } from "./Money.tsx";
import { type AnyLease, perHourOf, quoteParts } from "./quote.ts";
import { StartFeeLine } from "./StartFeeLine.tsx";

interface BalancePanelProps {
  readonly lease: AnyLease;
  readonly accrual: Accrual;
  /** The chain's time. */
  readonly now: number;
  /** What is paid now would prolong it. */
  readonly extendable: boolean;
}

/** What is left, in time and in money, running down by the chain's time. */
export function BalancePanel({ lease, accrual, now, extendable }: BalancePanelProps) {
  const balance = balanceAt(accrual, now);
  const tone = balance.exhausted ? "bad" : balance.low ? "warn" : "good";
  const { digits, unit } = perHourOf(lease);
  return (
    <section className="panel stack" aria-labelledby="balance-heading">
      <div className="panel-head">
        <h2 id="balance-heading">{balance.exhausted ? "Used up" : "Time left"}</h2>
        <p className="muted small">
          <span className="number">{digits}</span> {unit} per hour, by the second
        </p>
      </div>
      <p className={`clock ${tone}`} role="timer" data-testid="time-left">
        {countdown(balance.exhausted ? 0 : balance.secondsLeft)}
      </p>
      <meter
        className={`bar ${tone}`}
        min={0}
        max={1}
        value={balance.share}
        aria-label={`${Math.round(balance.share * 100)} percent of what was paid is left`}
      />
      <div className="balance-line">
        <p>
          <span className="number">{quoteParts(lease, balance.left).digits}</span>{" "}
          <span className="muted">
            of <Money lease={lease} amount={BigInt(accrual.deposit)} /> left
          </span>
        </p>
        {!balance.exhausted && balance.counting && (
          <p className="muted">
            until <Moment time={Math.round(now + balance.secondsLeft)} />
          </p>
        )}
      </div>
      {lease.startFee.agreed !== "0" && <Invoice lease={lease} now={now} />}
      {!balance.counting && !balance.exhausted && (
        <Notice tone="info" title="The clock stands still.">
          <p>
            The provider's appliance has not reported for {inWords(now - accrual.clock.lastBeat)}. You are not charged.
          </p>
        </Notice>
      )}
      {balance.low && extendable && (
        <Notice tone="warn" title="Little is left." urgent>
          <p>Add time below, or the server is stopped at zero and deleted {inWords(lease.graceSeconds)} later.</p>
        </Notice>
      )}
    </section>
  );
}

/** What has become of what was paid, where a part of it buys no time. */
function Invoice({ lease, now }: Pick<BalancePanelProps, "lease" | "now">) {
  const { paid, used } = accountAt(lease, now);
  return (
    <dl className="facts">
      <dt>Paid</dt>
      <dd>
        <Money lease={lease} amount={paid} />
      </dd>
      <StartFeeLine lease={lease} />
      <dt>Used</dt>
      <dd>
        <Money lease={lease} amount={used} />
      </dd>
    </dl>
  );
}

interface GraceNoticeProps extends Pick<BalancePanelProps, "lease" | "accrual" | "now"> {}

/** Stopped for want of money: how long a payment can still revive it. */
export function GraceNotice({ lease, accrual, now }: GraceNoticeProps) {
  const { graceSecondsLeft } = balanceAt(accrual, now);
  const aside = BigInt(accrual.aside);
  return (
    <Notice tone="warn" title="What you paid is used up; the server is stopped." urgent>
      <p>
        Its disk is kept for another <strong className="number">{countdown(graceSecondsLeft)}</strong>. A payment that
        is counted until then starts it again; the gap is not charged. After that it is deleted.
      </p>
      {aside > 0n && (
        <p>
          <Money lease={lease} amount={aside} /> came since, too little to start it again. They are kept, and count
          together with what you pay next.
        </p>
      )}
    </Notice>
  );
}
