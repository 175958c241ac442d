// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";
import { messageOf } from "../../core/errors.ts";
import type { Network } from "../../pool/api.ts";
import { useHolderKeys } from "../account/useHolderKeys.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Waiting } from "../ui/Waiting.tsx";
import { accountAt } from "./balance.ts";
import { Money } from "./Money.tsx";
import type { AnyLease } from "./quote.ts";
import { stopLease } from "./stopLease.ts";
import { useRefundAddress } from "./useRefundAddress.ts";

interface StopPanelProps {
  readonly lease: AnyLease;
  /** The chain's time. */
  readonly now: number | undefined;
  readonly network: Network;
}

/** Longer than a relayer takes, seconds of the chain; then trying again is offered. */
const PATIENCE_S = 90;

/** Ending early: the holder's word, signed here. */
export function StopPanel({ lease, now, network }: StopPanelProps) {
  const keys = useHolderKeys();
  const [asking, setAsking] = useState(false);
  const [progress, setProgress] = useState<"idle" | "sending" | "sent">("idle");
  const [sentAt, setSentAt] = useState<number>();
  const [failure, setFailure] = useState<string>();
  const isLate = progress === "sent" && now !== undefined && sentAt !== undefined && now - sentAt > PATIENCE_S;
  useEffect(() => {
    if (!isLate) return;
    setProgress("idle");
    setFailure("The chain has not recorded it yet. The relayer may still be at it; it does no harm to try again.");
  }, [isLate]);
  if (keys === undefined || now === undefined || !isSame(keys.account.address, lease.holder)) return null;

  const stop = async () => {
    setAsking(false);
    setFailure(undefined);
    setProgress("sending");
    try {
      await stopLease({ leaseId: lease.leaseId, keys, network, now });
      setSentAt(now);
      setProgress("sent");
    } catch (error) {
      setFailure(messageOf(error));
      setProgress("idle");
    }
  };
  return (
    <section className="panel stack" aria-labelledby="stop-heading">
      <div className="panel-head">
        <h2 id="stop-heading">Stop early</h2>
        <button
          type="button"
          className="button small"
          disabled={progress !== "idle"}
          onClick={() => setAsking(true)}
          aria-haspopup="dialog"
        >
          Stop
        </button>
      </div>
      {progress === "idle" ? (
        <p className="muted">
          Ends the lease at once. What is not used up {lease.currency === "token" ? "comes back" : "is owed back"} to
          you.
        </p>
      ) : (
        <Waiting>
          {progress === "sending"
            ? "Signing in this browser, and handing it to the pool"
            : "Signed and handed over. Waiting for the chain to record the end"}
        </Waiting>
      )}
      {failure !== undefined && (
        <Notice tone="bad" title="It is not stopped." urgent>
          <p>{failure}</p>
        </Notice>
      )}
      {asking && (
        <Dialog title="Stop this lease?" onClose={() => setAsking(false)}>
          <Consequences lease={lease} now={now} network={network} />
          <div className="buttons">
            <button type="button" className="button danger" onClick={stop}>
              Stop and delete the server
            </button>
            <button type="button" className="button" onClick={() => setAsking(false)}>
              Keep it running
            </button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** What it means to stop now. */
function Consequences({ lease, now, network }: StopPanelProps) {
  const refund = useRefundAddress(lease, network.bitcoinNetwork);
  const back = now === undefined ? 0n : accountAt(lease, now).refundable;
  return (
    <div className="stack">
      <p>The server and all that is on it are deleted. This cannot be undone.</p>
      <p>
        About <Money lease={lease} amount={back} /> are unspent.{" "}
        {back > 0n && <RefundWords lease={lease} refund={refund} />}
      </p>
    </div>
  );
}

function RefundWords({ lease, refund }: { lease: AnyLease; refund: string | undefined }) {
  if (lease.currency === "token") return <>They go back to your balance in the vault.</>;
  if (lease.terms.refundScript === "0x") {
    return <>The terms name no refund address: what is covered is owed to you in XOV, from the provider's stake.</>;
  }
  return (
    <>
      The provider owes them to your refund address{refund === undefined ? "" : ":"}
      {refund !== undefined && <span className="mono refund-address">{refund}</span>}
    </>
  );
}
