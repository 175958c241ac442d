// SPDX-License-Identifier: Apache-2.0
import type { QueuedLease } from "../../pool/api.ts";
import { refusalOfCode } from "../launch/refusal.ts";
import { Link } from "../router/Link.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Waiting } from "../ui/Waiting.tsx";
import { Address } from "./Address.tsx";
import { CheckedAddress } from "./CheckedAddress.tsx";
import type { LeaseCheck } from "./checkLease.ts";
import { Payments } from "./Payments.tsx";

/** Signed and handed over; the chain does not have it yet, or does not want it. */
export function QueuedPanel({ lease, check }: { lease: QueuedLease; check: LeaseCheck | undefined }) {
  if (lease.state === "refused") return <Refused lease={lease} />;
  return (
    <div className="stack-large">
      <section className="panel stack" aria-labelledby="queued-heading">
        <h2 id="queued-heading">Reserving your server</h2>
        <Waiting>The pool is recording the lease on the chain. This takes some seconds.</Waiting>
        {lease.address !== null && (
          <CheckedAddress check={check}>
            {(address) => (
              <>
                <p className="muted">
                  The address is known already. Wait with the payment until the reservation stands.
                </p>
                <Address address={address} />
              </>
            )}
          </CheckedAddress>
        )}
      </section>
      <Payments payments={lease.payments} />
    </div>
  );
}

function Refused({ lease }: { lease: QueuedLease }) {
  const { refusal } = lease;
  const { title, text } = refusalOfCode(
    refusal?.code ?? "",
    refusal?.title ?? "The contracts did not take it.",
    refusal?.detail ?? "",
  );
  return (
    <div className="stack-large">
      <Notice tone="bad" title={title} urgent>
        <p>{text}</p>
        <p>Do not pay to its address.</p>
        <Link className="button small" href="/">
          Show all offers
        </Link>
      </Notice>
      <Payments payments={lease.payments} />
    </div>
  );
}
