// SPDX-License-Identifier: Apache-2.0
import type { StartRecord as Starts } from "../../pool/api.ts";
import { inWords } from "../format/duration.ts";

/** How an appliance has answered those who paid; the chain counts it. */
export function StartRecord({ record }: { record: Starts }) {
  if (record.asked === 0) return <span className="muted">No starts yet</span>;
  const all = record.made === record.asked;
  return (
    <span>
      <span className={all ? "" : "warn-text"}>
        <span className="number">{record.made}</span> of <span className="number">{record.asked}</span> started
      </span>
      {record.meanStartSeconds !== null && <span className="muted"> in {inWords(record.meanStartSeconds)}</span>}
    </span>
  );
}
