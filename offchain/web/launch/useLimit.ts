// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "react";
import type { Offer } from "../../pool/api.ts";
import type { AccountTrust } from "../../pool/trustApi.ts";
import { useAccount } from "../account/account.ts";
import { useHolderKeys } from "../account/useHolderKeys.ts";
import { getAccountTrust } from "../api/calls.ts";
import { browserTimers } from "../live/timers.ts";
import { useLoaded } from "../live/useLoaded.ts";

const RELOAD_MS = 30_000;

/** How the account of this browser stands to one more start: "none" has no account yet, and so no limit. */
export type Limit = AccountTrust | "none" | "unknown";

/** Asks the pool, and again now and then; it is the pool's word, and the contracts decide at the start. */
export function useLimit({ computeUnits }: Offer): Limit {
  const { secret } = useAccount();
  const holder = useHolderKeys()?.account.address;
  const key = holder === undefined ? undefined : `${holder} ${computeUnits}`;
  const { data, reload } = useLoaded(key, load);
  useEffect(() => (key === undefined ? undefined : browserTimers.every(RELOAD_MS, reload)), [key, reload]);
  if (secret === undefined) return "none";
  return data ?? "unknown";
}

function load(key: string, signal: AbortSignal): Promise<AccountTrust> {
  const [holder = "", units = ""] = key.split(" ");
  return getAccountTrust(holder, units, signal);
}
