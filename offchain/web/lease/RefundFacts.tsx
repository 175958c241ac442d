// SPDX-License-Identifier: Apache-2.0
import type { Lease, RefundState } from "../../pool/api.ts";
import { Copy } from "../ui/Copy.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Money } from "./Money.tsx";

interface RefundFactsProps {
  readonly lease: Lease;
  /** The chain's time. */
  readonly now: number | undefined;
}

/** What the provider owes for a closed bitcoin lease, and how far its refund has come. */
export function RefundFacts({ lease, now }: RefundFactsProps) {
  const { refund, settlement } = lease;
  if (settlement === null) return null;
  if (refund === null) {
    return (
      <>
        <dt>Owed to you</dt>
        <dd>
          <Money lease={lease} amount={BigInt(settlement.owedMsat)} />
          <p className="muted small">The provider's time to refund it begins when the end is recorded.</p>
        </dd>
      </>
    );
  }
  return (
    <>
      <dt>Owed to you</dt>
      <dd>
        <Money lease={lease} amount={BigInt(refund.openMsat)} />
        <Outlook lease={lease} refund={refund} refundScript={settlement.refundScript} now={now} />
      </dd>
      {refund.claim !== null && (
        <>
          <dt>Claimed</dt>
          <dd>
            <Money lease={lease} amount={BigInt(refund.claim.msat)} />
            <p className="muted small">
              In XOV from the provider's stake, to your balance in the vault: payable from{" "}
              <Moment time={refund.claim.payableAt} />, as far as it is still owed then.
            </p>
          </dd>
        </>
      )}
      {refund.refunds.length > 0 && (
        <>
          <dt>Refunded</dt>
          <dd>
            <ul className="payments" aria-label="Refunds">
              {refund.refunds.map((each) => (
                <RefundRow key={`${each.txid}:${each.vout}`} lease={lease} refund={each} />
              ))}
            </ul>
          </dd>
        </>
      )}
    </>
  );
}

interface OutlookProps extends RefundFactsProps {
  readonly refund: RefundState;
  readonly refundScript: string;
}

function Outlook({ lease, refund, refundScript, now }: OutlookProps) {
  if (refund.tooSmall) {
    return (
      <p className="muted small">
        Too small: a refund would cost about as much. It stays on record, and is due together with whatever else
        arrives.
      </p>
    );
  }
  if (refund.dueBy === null || refund.claim !== null) return null;
  if (refundScript === "0x") {
    return (
      <p className="muted small">
        In XOV, from the stake that is locked for it: there is no refund address. Anyone can claim it for you.
      </p>
    );
  }
  if (now !== undefined && now >= refund.dueBy) {
    return (
      <p className="muted small">
        The provider had until <Moment time={refund.dueBy} /> to refund it.{" "}
        {lease.cover.collateral === "0"
          ? "No stake covers it any more; it stays on record."
          : "Anyone can now claim the stake that covers it for you; a refund still counts."}
      </p>
    );
  }
  return (
    <p className="muted small">
      The provider has until <Moment time={refund.dueBy} /> to refund it to your refund address, less a flat fee of 2
      000 sats; after that the stake that covers it can be claimed for you.
    </p>
  );
}

function RefundRow({ lease, refund }: { lease: Lease; refund: RefundState["refunds"][number] }) {
  const { txid, vout, msat, height, countsAt } = refund;
  return (
    <li className="payment">
      <div className="payment-head">
        <Money lease={lease} amount={BigInt(msat)} />
        <span className="payment-status credited">in block {height}</span>
      </div>
      <p className="payment-id muted">
        <span className="mono" title={`${txid}:${vout}`}>
          {txid.slice(0, 10)}…{txid.slice(-8)}
        </span>
        <Copy text={txid} label="Copy the refund's transaction id" small />
      </p>
      <p className="muted small">
        {countsAt === null ? (
          "Settled for good."
        ) : (
          <>
            Proven; settled for good after <Moment time={countsAt} />, if Bitcoin keeps the block.
          </>
        )}
      </p>
    </li>
  );
}
