// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import type { Offer } from "../../pool/api.ts";
import { payable, xov } from "../../pool/money.ts";
import { bitcoinOf, grouped, satsUp } from "../format/amount.ts";
import { hoursInWords } from "../format/duration.ts";
import { Attested, ProviderRecord } from "../offers/ProviderRecord.tsx";
import { StartRecord } from "../offers/StartRecord.tsx";
import { Link } from "../router/Link.tsx";
import { Amount } from "../ui/Amount.tsx";
import { rangeOf } from "./draft.ts";
import { hoursOf } from "./hours.ts";
import { StartFee } from "./StartFee.tsx";

interface OrderSummaryProps {
  readonly offer: Offer;
  /** As typed. */
  readonly hours: string;
  readonly hasRefund: boolean;
  readonly busy: boolean;
  readonly isGone: boolean;
  /** Above the button. */
  readonly children: ReactNode;
}

/** What it costs, what of that is covered, and the button. */
export function OrderSummary({ offer, hours: typed, hasRefund, busy, isGone, children }: OrderSummaryProps) {
  const hours = hoursOf(typed, rangeOf(offer));
  const startFee = BigInt(offer.startFeeMsat);
  const sats =
    hours === undefined ? undefined : payable(satsUp(startFee + BigInt(offer.price.msatPerHour) * BigInt(hours)));
  return (
    <aside className="panel summary" aria-label="Summary">
      <p className="summary-label">You pay{hours !== undefined && ` for ${hoursInWords(hours)}`}</p>
      <p className="summary-total" aria-live="polite">
        {sats === undefined ? "—" : <Amount sats={sats} />}
      </p>
      <p className="muted number small">{sats === undefined ? "\u00a0" : `${bitcoinOf(sats)} BTC`}</p>
      <dl className="facts">
        <dt>Price</dt>
        <dd>
          <span className="number">{grouped(offer.price.satsPerHour)}</span> sats per hour
          <br />
          <span className="muted">
            <span className="number">{grouped(offer.price.satsPerMonth)}</span> sats for 730 hours
          </span>
        </dd>
        {startFee > 0n && <StartFee offer={offer} />}
        <dt>Starts</dt>
        <dd>
          after {offer.confirmations} confirmation{offer.confirmations === 1 ? "" : "s"}
          <br />
          <StartRecord record={offer.record} />
        </dd>
        <dt>Trust</dt>
        <dd>
          <ProviderRecord standing={offer.standing} />
          <br />
          {offer.standing !== null && (
            <>
              <span className="number">{grouped(xov(BigInt(offer.standing.staked)))}</span> XOV at stake
              <br />
            </>
          )}
          <span className="muted">
            <Attested offer={offer} />
          </span>
        </dd>
      </dl>
      <CoverPromise hasRefund={hasRefund} />
      {children}
      <button type="submit" className="button primary large" disabled={busy || isGone || offer.reservable === 0}>
        {busy ? "Sealing, signing, sending…" : "Get the address to pay to"}
      </button>
      <p className="hint">{availability(offer, isGone)}</p>
    </aside>
  );
}

function availability({ reservable }: Offer, isGone: boolean): string {
  if (isGone) return "This offer has just been sold or withdrawn. The list shows what is free now.";
  if (reservable > 0) return "It is then reserved for an hour. Nothing is owed if you do not pay.";
  return "All free instances are reserved just now. Reservations that are not paid lapse within an hour.";
}

function CoverPromise({ hasRefund }: { hasRefund: boolean }) {
  return (
    <div className="cover">
      <p>
        <strong>Covered:</strong> all of this prepayment. The provider has stake locked for it, and what is not used is
        owed to you {hasRefund ? "in bitcoin, at your refund address" : "in XOV, from that stake"}.
      </p>
      <p>
        <strong>Not covered:</strong> what you pay beyond it at once, and the provider's diligence.{" "}
        <Link href="/about#limits">What is not protected</Link>
      </p>
    </div>
  );
}
