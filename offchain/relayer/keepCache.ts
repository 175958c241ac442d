// SPDX-License-Identifier: Apache-2.0
import { BlockNotFoundError } from "viem";
import type { Chain } from "../chain/clients.ts";
import type { Deployment } from "../chain/deployment.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { BitcoinWatch } from "./bitcoinWatch.ts";
import { type Cache, loadCache, saveCache } from "./cache.ts";
import type { ChainView } from "./chainView.ts";
import { addressesOf } from "./contracts.ts";

export interface OpenCacheParameters {
  readonly cacheFile: string;
  readonly chain: Chain;
  readonly deployment: Deployment;
  readonly log: Logger;
}

/** The cache, if there is one that fits the chain. @throws the chain client's error */
export async function openCache({
  cacheFile,
  chain,
  deployment,
  log,
}: OpenCacheParameters): Promise<Cache | undefined> {
  const cache = await loadCache(cacheFile, addressesOf(deployment).leases).catch((error: unknown) => {
    log.warn({ err: error }, "the cache is of no use");
    return undefined;
  });
  if (cache === undefined) return undefined;
  const { number, hash } = cache.checkpoint.base;
  const block = await chain.client.getBlock({ blockNumber: BigInt(number) }).catch((error: unknown) => {
    if (error instanceof BlockNotFoundError) return undefined;
    throw error;
  });
  if (block?.hash === hash) return cache;
  log.warn({ number, hash }, "the cache is of another chain, or the chain's node is behind");
  return undefined;
}

export interface KeepCacheParameters {
  readonly cacheFile: string;
  readonly deployment: Deployment;
  readonly view: ChainView;
  readonly watch: BitcoinWatch;
  /** Whether Bitcoin's chain has been searched up to its tip. */
  isComplete(): boolean;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const SAVE_EVERY_MS = 60_000;

/** Saves the cache now and then until the signal ends it. */
export async function keepCache(parameters: KeepCacheParameters): Promise<void> {
  const { cacheFile, deployment, pollMs, view, watch, isComplete, clock, log, signal } = parameters;
  const contract = addressesOf(deployment).leases;
  for (;;) {
    const settled = view.settled();
    const search = watch.search();
    const isDue = isComplete() && settled !== undefined && search !== undefined;
    if (isDue) {
      await saveCache(cacheFile, contract, { ...settled, search }).catch((error: unknown) => {
        log.warn({ err: error }, "the cache cannot be saved");
      });
    }
    await clock.sleep(isDue ? SAVE_EVERY_MS : pollMs, signal);
  }
}
