// SPDX-License-Identifier: Apache-2.0
import type { Lease } from "../../pool/api.ts";
import { payable } from "../../pool/money.ts";
import { satsUp } from "../format/amount.ts";
import { countdown, inWords } from "../format/duration.ts";
import { Amount } from "../ui/Amount.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Notice } from "../ui/Notice.tsx";
import { secondsAdded } from "./balance.ts";
import { CheckedAddress } from "./CheckedAddress.tsx";
import type { LeaseCheck } from "./checkLease.ts";
import { PayCard } from "./PayCard.tsx";
import { paidOf, stillToPay } from "./paid.ts";
import { StartFeeLine } from "./StartFeeLine.tsx";
import { feeDue } from "./startFee.ts";

interface PaymentPanelProps {
  readonly lease: Lease;
  readonly check: LeaseCheck | undefined;
  readonly now: number | undefined;
}

/** Before the start: what to pay, by when, and what it buys. */
export function PaymentPanel({ lease, check, now }: PaymentPanelProps) {
  const agreed = BigInt(lease.payTo.sats);
  const paid = paidOf(lease.payments.list);
  const left = payable(stillToPay(agreed, paid));
  const minimum = BigInt(lease.payTo.minimumSats);
  const sats = paid.credited + paid.underWay;
  if (paid.underWay > 0n && sats >= minimum) return <UnderWay lease={lease} sats={sats} />;
  const isRest = sats > 0n;
  return (
    <section className="panel stack" aria-labelledby="pay-heading">
      <div className="panel-head">
        <h2 id="pay-heading">{isRest ? "Pay the rest" : "Pay to start"}</h2>
        <PayBy payBy={lease.payBy} now={now} />
      </div>
      <CheckedAddress check={check}>
        {(address) => (
          <>
            <PayCard address={address} sats={left}>
              <p>
                buys <strong>{inWords(secondsOf(lease, left, sats))}</strong>
              </p>
              <dl className="facts">
                <StartFeeLine lease={lease} />
              </dl>
              {!isRest && minimum < left && (
                <p className="muted">
                  <Amount sats={minimum} /> is the least that starts it.
                </p>
              )}
            </PayCard>
            <p className="cover">
              <strong>Covered by the provider's stake:</strong>{" "}
              <Amount sats={satsUp(BigInt(lease.cover.coveredMsat))} />. What you pay beyond that counts too, uncovered.
            </p>
          </>
        )}
      </CheckedAddress>
    </section>
  );
}

/** What a payment buys, whole satoshi, if the start costs its fee. */
function secondsOf({ price, startFee }: Lease, sats: bigint, paidSats: bigint): number {
  const msatPerHour = BigInt(price.msatPerHour);
  return secondsAdded(sats * 1000n, { paidMsat: paidSats * 1000n, feeMsat: feeDue(startFee), msatPerHour });
}

function PayBy({ payBy, now }: { payBy: number | null; now: number | undefined }) {
  if (payBy === null) return null;
  const left = now === undefined ? undefined : payBy - now;
  return (
    <p className={left !== undefined && left < 600 ? "deadline warn-text" : "deadline"}>
      {left !== undefined && <span className="number">{countdown(left)}</span>}{" "}
      <span className="muted">
        until <Moment time={payBy} />
      </span>
    </p>
  );
}

function UnderWay({ lease, sats }: { lease: Lease; sats: bigint }) {
  const { confirmations } = lease;
  return (
    <Notice tone="info" title="Your payment is on its way.">
      <p>
        It buys {inWords(secondsOf(lease, sats, 0n))}. The server starts by itself after {confirmations} confirmation
        {confirmations === 1 ? "" : "s"}; a Bitcoin block comes every ten minutes on average. You can close this page.
      </p>
    </Notice>
  );
}
