// SPDX-License-Identifier: Apache-2.0
import type { TimelineEntry } from "../../pool/api.ts";
import { Moment } from "../ui/Moment.tsx";

/** What has happened to a lease, newest first, as the chain tells it. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  return (
    <section className="panel" aria-labelledby="timeline-heading">
      <h2 id="timeline-heading">What has happened</h2>
      <ol className="timeline" reversed>
        {entries.toReversed().map((entry, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries are only added, so their count from the oldest names them
          <li key={entries.length - at} className={entry.finality}>
            <p>{entry.text}</p>
            <p className="muted small">
              <Moment time={entry.time} />
              <span title={`block ${entry.block}, transaction ${entry.txHash}`}>
                {" · block "}
                <span className="number">{entry.block}</span>
              </span>
              {entry.finality === "latest" && " · new, the chain may still take it back"}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
