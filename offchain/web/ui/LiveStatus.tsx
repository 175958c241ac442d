// SPDX-License-Identifier: Apache-2.0
import { useChainIsStale } from "../live/clock.ts";
import type { LiveMode } from "../live/follow.ts";

const WORDS = { connecting: "Connecting", live: "Live", polling: "Reconnecting, asking every 5 s" } as const;

/** Whether what is shown is of now. */
export function LiveStatus({ mode }: { mode: LiveMode }) {
  const stale = useChainIsStale();
  return (
    <p className={`live ${stale ? "stale" : mode}`} role="status">
      {stale ? "No new block for a minute: times may be off" : WORDS[mode]}
    </p>
  );
}
