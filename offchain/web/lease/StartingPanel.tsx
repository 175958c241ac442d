// SPDX-License-Identifier: Apache-2.0
import type { Lease } from "../../pool/api.ts";
import { countdown } from "../format/duration.ts";
import { Moment } from "../ui/Moment.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Waiting } from "../ui/Waiting.tsx";

/** Paid; the provider's turn. */
export function StartingPanel({ lease, now }: { lease: Lease; now: number | undefined }) {
  const { startBy } = lease;
  return (
    <section className="panel stack" aria-labelledby="starting-heading">
      <div className="panel-head">
        <h2 id="starting-heading">Paid. The provider starts your server</h2>
        {startBy !== null && now !== undefined && (
          <p className="deadline">
            <span className="number">{countdown(startBy - now)}</span> <span className="muted">left to do so</span>
          </p>
        )}
      </div>
      <Waiting>Waiting for the access details</Waiting>
      <p className="muted">
        Nothing is charged before it runs.
        {startBy !== null && (
          <>
            {" "}
            If it has not started by <Moment time={startBy} />, the provider pays a penalty and owes you all of it.
          </>
        )}
      </p>
    </section>
  );
}

/** Paid, and the start window has passed. */
export function OverduePanel() {
  return (
    <Notice tone="bad" title="The provider has not started it in time." urgent>
      <p>
        All that you paid is owed to you, and the provider loses a part of its stake. Anyone may now record the end.
      </p>
    </Notice>
  );
}
