// SPDX-License-Identifier: Apache-2.0
import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { z } from "zod";
import { serverEventSchemas } from "../../pool/api.ts";
import { paths } from "../api/paths.ts";
import { chainTime } from "./clock.ts";
import { follow, type LiveMode } from "./follow.ts";
import { browserTimers } from "./timers.ts";
import { useHidden } from "./useHidden.ts";

type Events = { [Name in keyof typeof serverEventSchemas]: z.infer<(typeof serverEventSchemas)[Name]> };

const HIDDEN_POLL_MS = 60_000;

/** What a page does with the news. Blocks set the chain's time by themselves. */
export interface LiveHandlers {
  readonly lease?: (lease: Events["lease"]) => void;
  readonly holder?: (lease: Events["holder"]) => void;
  readonly offers?: () => void;
  /** Ask for everything again. */
  readonly refresh: () => void;
}

/**
 * Keeps a page up to date: over a stream while somebody looks, since browsers and pools allow only so many streams, and by
 * asking now and then while nobody does.
 * @param query what to hear of, as `GET /api/events` takes it; undefined for nothing (yet)
 */
export function useLive(query: string | undefined, handlers: LiveHandlers): LiveMode {
  const [mode, setMode] = useState<LiveMode>("connecting");
  const hidden = useHidden();
  const missed = useRef(false);
  const onEvent = useEffectEvent((name: string, data: string) => handle(name, data, handlers));
  const refresh = useEffectEvent(() => handlers.refresh());
  useEffect(() => {
    if (query === undefined) return undefined;
    if (hidden) {
      missed.current = true;
      return browserTimers.every(HIDDEN_POLL_MS, () => refresh());
    }
    return follow({
      open: () => new EventSource(paths.events(new URLSearchParams(query))),
      names: Object.keys(serverEventSchemas),
      onEvent: (name, data) => onEvent(name, data),
      refresh: () => refresh(),
      onMode: setMode,
      timers: browserTimers,
      missed: missed.current,
    });
  }, [query, hidden]);
  return mode;
}

function handle(name: string, data: string, handlers: LiveHandlers): void {
  if (name === "reset") handlers.refresh();
  if (name === "block") chainTime.observe(serverEventSchemas.block.parse(JSON.parse(data)));
  if (name === "lease") {
    const lease = serverEventSchemas.lease.parse(JSON.parse(data));
    chainTime.observe(lease.block);
    handlers.lease?.(lease);
  }
  if (name === "holder") handlers.holder?.(serverEventSchemas.holder.parse(JSON.parse(data)));
  if (name === "offers") {
    chainTime.observe(serverEventSchemas.offers.parse(JSON.parse(data)).block);
    handlers.offers?.();
  }
}
