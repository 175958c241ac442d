// SPDX-License-Identifier: Apache-2.0
import { type Address, BaseError } from "viem";
import type { Offer } from "./api.ts";
import type { PoolDeps } from "./deps.ts";
import type { IndexedOffer } from "./offers.ts";
import type { Standing } from "./trustApi.ts";

/** Offers are worth more than records: nobody waits longer for a chain that does not answer, milliseconds. */
const PATIENCE_MS = 1_500;

/** Offers with what the contracts know of their providers at a block, as far as the chain says it in time. */
export async function withStandings(
  offers: readonly IndexedOffer[],
  block: number,
  { trust, clock }: Pick<PoolDeps, "trust" | "clock">,
): Promise<Offer[]> {
  const done = new AbortController();
  // It rejects when all have answered, and then nobody listens.
  const late = clock.sleep(PATIENCE_MS, done.signal).then(
    () => null,
    () => null,
  );
  const providers = [...new Set(offers.map(({ provider }) => provider))];
  const asked = providers.map(async (provider): Promise<[string, Standing | null]> => {
    return [provider, await Promise.race([standingOf(provider as Address, block, trust), late])];
  });
  try {
    const standings = new Map(await Promise.all(asked));
    return offers.map((offer) => ({ ...offer, standing: standings.get(offer.provider) ?? null }));
  } finally {
    done.abort();
  }
}

async function standingOf(provider: Address, block: number, trust: PoolDeps["trust"]): Promise<Standing | null> {
  try {
    const { record, staked } = await trust.provider(provider, block);
    return { record, staked };
  } catch (error) {
    if (error instanceof BaseError) return null;
    throw error;
  }
}
