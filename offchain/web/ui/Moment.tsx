// SPDX-License-Identifier: Apache-2.0
import { exactTimeOf, isoTimeOf, timeOf } from "../format/time.ts";

/** A moment of the chain's time in the reader's zone; the exact one is in the title. */
export function Moment({ time }: { time: number }) {
  return (
    <time dateTime={isoTimeOf(time)} title={exactTimeOf(time)}>
      {timeOf(time)}
    </time>
  );
}
