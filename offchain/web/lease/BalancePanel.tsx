// SPDX-License-Identifier: Apache-2.0
import type { Accrual, Lease } from "../../pool/api.ts";
import { grouped, satsDown } from "../format/amount.ts";
import { countdown, inWords } from "../format/duration.ts";
import { Amount } from "../ui/Amount.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Notice } from "../ui/Notice.tsx";
import { balanceAt } from "./balance.ts";

interface BalancePanelProps {
  readonly lease: Lease;
  readonly accrual: Accrual;
  /** The chain's time. */
  readonly now: number;
}

/** What is left, in time and in money, running down by the chain's time. */
export function BalancePanel({ lease, accrual, now }: BalancePanelProps) {
  const balance = balanceAt(accrual, now);
  const tone = balance.exhausted ? "bad" : balance.low ? "warn" : "good";
  return (
    <section className="panel stack" aria-labelledby="balance-heading">
      <div className="panel-head">
        <h2 id="balance-heading">{balance.exhausted ? "Used up" : "Time left"}</h2>
        <p className="muted small">
          <span className="number">{grouped(lease.price.satsPerHour)}</span> sats per hour, by the second
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
          <Amount sats={satsDown(balance.leftMsat)} /> <span className="muted">of {paid(accrual)} left</span>
        </p>
        {!balance.exhausted && balance.counting && (
          <p className="muted">
            until <Moment time={Math.round(now + balance.secondsLeft)} />
          </p>
        )}
      </div>
      {!balance.counting && !balance.exhausted && (
        <Notice tone="info" title="The clock stands still.">
          <p>
            The provider's appliance has not reported for {inWords(now - accrual.clock.lastBeat)}. You are not charged.
          </p>
        </Notice>
      )}
      {balance.low && (
        <Notice tone="warn" title="Little is left." urgent>
          <p>Add time below, or the server is stopped at zero and deleted {inWords(lease.graceSeconds)} later.</p>
        </Notice>
      )}
    </section>
  );
}

function paid({ depositMsat }: Accrual): string {
  return `${grouped(satsDown(BigInt(depositMsat)))} sats`;
}

/** Stopped for want of money: how long a payment can still revive it. */
export function GraceNotice({ accrual, now }: { accrual: Accrual; now: number }) {
  const { graceSecondsLeft } = balanceAt(accrual, now);
  return (
    <Notice tone="warn" title="What you paid is used up; the server is stopped." urgent>
      <p>
        Its disk is kept for another <strong className="number">{countdown(graceSecondsLeft)}</strong>. A payment that
        is counted until then starts it again; the gap is not charged. After that it is deleted.
      </p>
    </Notice>
  );
}
