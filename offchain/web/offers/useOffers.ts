// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";
import type { Offers } from "../../pool/api.ts";
import { getOffers } from "../api/calls.ts";
import { chainTime } from "../live/clock.ts";
import type { LiveMode } from "../live/follow.ts";
import { useLive } from "../live/useLive.ts";
import { type Loaded, useLoaded } from "../live/useLoaded.ts";
import { useThrottled } from "../live/useThrottled.ts";
import { filterToQuery, type OfferFilter } from "./filter.ts";

const SETTLE_MS = 150;
/** A busy book changes often; nobody reads so fast. */
const RELOAD_MS = 3_000;
const PAGE = 50;
const MOST = 200;

export interface OffersView extends Loaded<Offers> {
  readonly mode: LiveMode;
  /** Shows more offers; undefined when all are shown. */
  readonly more: (() => void) | undefined;
}

/** The offers that a filter leaves, kept up to date. */
export function useOffers(filter: OfferFilter): OffersView {
  const [limit, setLimit] = useState(PAGE);
  const query = filterToQuery(filter);
  query.set("limit", `${limit}`);
  const loaded = useLoaded(useSettled(`${query}`), load, { keep: true });
  const reload = useThrottled(loaded.reload, RELOAD_MS);
  const mode = useLive("offers=1", { offers: reload, refresh: reload });
  const isMore = loaded.data?.nextCursor != null && limit < MOST;
  return { ...loaded, mode, more: isMore ? () => setLimit(MOST) : undefined };
}

async function load(query: string, signal: AbortSignal): Promise<Offers> {
  const offers = await getOffers(new URLSearchParams(query), signal);
  chainTime.observe(offers.block);
  return offers;
}

/** A value once it has stopped changing, so that typing does not ask for every letter. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
