// SPDX-License-Identifier: Apache-2.0
import type { Lease, Payment } from "../../pool/api.ts";
import { grouped } from "../format/amount.ts";
import { Amount } from "../ui/Amount.tsx";
import { Copy } from "../ui/Copy.tsx";
import { Notice } from "../ui/Notice.tsx";

/** What has been paid, and how far each payment has come. */
export function Payments({ payments, isOver = false }: { payments: Lease["payments"]; isOver?: boolean }) {
  const { list, watched } = payments;
  return (
    <>
      {!watched && (
        <Notice tone="warn" title="The pool does not see new payments just now.">
          <p>
            Its Bitcoin watcher does not answer. A payment that you have made is not lost: it counts once it is proven.
          </p>
        </Notice>
      )}
      {list.length > 0 && (
        <section className="panel" aria-label="Payments">
          <h2>Payments</h2>
          <ul className="payments">
            {list.map((payment) => (
              <PaymentRow key={`${payment.txid}:${payment.vout}`} payment={payment} isOver={isOver} />
            ))}
          </ul>
        </section>
      )}
      <p className="hidden" aria-live="polite">
        {list.map((payment) => `Payment of ${grouped(payment.sats)} sats: ${progressOf(payment)}.`).join(" ")}
      </p>
    </>
  );
}

function PaymentRow({ payment, isOver }: { payment: Payment; isOver: boolean }) {
  const { txid, vout, sats, status, confirmations, needed, replacedBy } = payment;
  const isVoid = status === "replaced" || status === "dropped" || status === "revoked";
  return (
    <li className={isVoid ? "payment void" : "payment"}>
      <div className="payment-head">
        <Amount sats={sats} />
        <span className={`payment-status ${status}`}>{progressOf(payment)}</span>
      </div>
      {needed !== null && !isVoid && status !== "credited" && <Steps done={confirmations ?? 0} needed={needed} />}
      <p className="payment-id muted">
        <span className="mono" title={`${txid}:${vout}`}>
          {txid.slice(0, 10)}…{txid.slice(-8)}
        </span>
        <Copy text={txid} label="Copy the transaction's id" small />
      </p>
      <p className="muted small">
        {isOver && (status === "seen" || status === "confirming")
          ? "It comes after the end and buys nothing: once it counts, it is owed back to you."
          : explanationOf(status, replacedBy)}
      </p>
    </li>
  );
}

/** One bar for the mempool, one for each confirmation that is needed; above twelve they would be too thin to tell apart. */
function Steps({ done, needed }: { done: number; needed: number }) {
  if (needed > 12) return <progress className="steps" value={done + 1} max={needed + 1} aria-hidden="true" />;
  return (
    <div className="steps" aria-hidden="true">
      {Array.from({ length: needed + 1 }, (_, step) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the steps are their numbers
        <span key={step} className={step <= done ? "step done" : step === done + 1 ? "step next" : "step"} />
      ))}
    </div>
  );
}

function progressOf({ status, confirmations, needed }: Payment): string {
  switch (status) {
    case "seen":
      return "seen, waiting for a block";
    case "confirming":
      return needed === null ? "in a block" : `${Math.min(confirmations ?? 0, needed)} of ${needed} confirmed`;
    case "credited":
      return "counted";
    case "replaced":
      return "replaced";
    case "dropped":
      return "dropped";
    case "revoked":
      return "taken back";
  }
}

function explanationOf(status: Payment["status"], replacedBy: string | null): string {
  if (status === "replaced") {
    const by = replacedBy === null ? "Another transaction" : `Transaction ${replacedBy.slice(0, 10)}…`;
    return `${by} spends the same coins. This payment will not arrive; unless the other one pays here too, pay again.`;
  }
  if (status === "dropped") return "Bitcoin's nodes have forgotten it. Have your wallet send it again, or pay anew.";
  if (status === "revoked")
    return "A reorganisation of Bitcoin removed its block. It counts again once it is in another.";
  return "";
}
