// SPDX-License-Identifier: Apache-2.0
import type { StartRecord as Starts } from "../../pool/api.ts";
import { inWords } from "../format/duration.ts";

/** Fewer starts than this share of those asked for are worth a look. */
const GOOD_SHARE = 0.95;

/** How an appliance has answered those who paid. */
export function StartRecord({ record }: { record: Starts }) {
  if (record.asked === 0) return <span className="muted">No starts yet</span>;
  const isPoor = record.made / record.asked < GOOD_SHARE;
  return (
    <span>
      <span className={isPoor ? "warn-text" : ""}>
        <span className="number">{record.made}</span> of <span className="number">{record.asked}</span> started
      </span>
      {record.meanStartSeconds !== null && (
        <span className="muted" title="from paid to running, on average">
          , avg. {inWords(record.meanStartSeconds)}
        </span>
      )}
    </span>
  );
}
