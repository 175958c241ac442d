// SPDX-License-Identifier: Apache-2.0
import { countdown } from "../format/duration.ts";
import { Moment } from "../ui/Moment.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Waiting } from "../ui/Waiting.tsx";
import type { AnyLease } from "./quote.ts";

interface StartingPanelProps {
  readonly lease: AnyLease;
  readonly now: number | undefined;
}

/** Paid; the provider's turn. */
export function StartingPanel({ lease, now }: StartingPanelProps) {
  const { startBy } = lease;
  return (
    <section className="panel stack" aria-labelledby="starting-heading">
      <div className="panel-head">
        <h2 id="starting-heading">Paid. The provider starts your server</h2>
        <StartBy startBy={startBy} now={now} />
      </div>
      <Waiting>Waiting for the access details</Waiting>
      <p className="muted">
        Nothing is charged before it runs.
        {startBy !== null && (
          <>
            {" "}
            If it has not started by <Moment time={startBy} />, the provider pays a penalty and{" "}
            {lease.currency === "token" ? "all of it comes back to you." : "owes you all of it."}
          </>
        )}
      </p>
    </section>
  );
}

/** Another spec was given to a lease that is charged already. */
export function LaunchingPanel({ lease, now }: StartingPanelProps) {
  const { startBy, state } = lease;
  return (
    <section className="panel stack" aria-labelledby="launching-heading">
      <div className="panel-head">
        <h2 id="launching-heading">{state === "active" ? "Your server is being rebuilt" : "Your server is started"}</h2>
        <StartBy startBy={startBy} now={now} />
      </div>
      <Waiting>Waiting for the new access details</Waiting>
      {startBy !== null && (
        <p className="muted">
          Time runs meanwhile. If the provider has not done it by <Moment time={startBy} />, the lease can be ended, and
          what is unspent is yours.
        </p>
      )}
    </section>
  );
}

function StartBy({ startBy, now }: { startBy: number | null; now: number | undefined }) {
  if (startBy === null || now === undefined) return null;
  return (
    <p className="deadline">
      <span className="number">{countdown(startBy - now)}</span> <span className="muted">left to do so</span>
    </p>
  );
}

/** Paid, and the start window has passed. */
export function OverduePanel({ lease }: { lease: AnyLease }) {
  const isRebuild = lease.startedAt !== null;
  return (
    <Notice tone="bad" title="The provider has not started it in time." urgent>
      <p>
        {isRebuild
          ? "What is unspent is yours again as soon as the end is recorded."
          : "All that you paid is yours again as soon as the end is recorded, and the provider loses a part of its stake."}{" "}
        Anyone may record it; so may you, below.
      </p>
    </Notice>
  );
}
