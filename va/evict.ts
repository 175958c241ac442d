// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import { isRevert } from "../offchain/chain/transactionError.ts";
import { AttentionNeeded } from "./attention.ts";
import type { ApplianceChain } from "./chain/applianceChain.ts";
import { explanation } from "./explanation.ts";
import type { Finality } from "./finality.ts";
import { isEvictable } from "./types.ts";

/** What {@link evict} needs to know. */
export interface EvictionContext {
  readonly leaseId: Hex;
  readonly finality: Finality;
  readonly signal: AbortSignal;
}

/**
 * Ends a lease that cannot be served. As with a deletion, every configured endpoint has to have said at two of its final blocks
 * that the lease is what it is taken for (`isEvictable`): one that lies ends nobody's lease.
 *
 * @param reason for the holder
 * @returns whether it was done; false: the endpoints have not said it twice yet
 * @throws AttentionNeeded where the provider does not let its hot key evict (any more today), or the endpoints disagree
 */
export async function evict(
  chain: Pick<ApplianceChain, "finalizedLease" | "evictions" | "send">,
  { leaseId, finality, signal }: EvictionContext,
  reason: string,
): Promise<boolean> {
  const { perDay, left } = await chain.evictions();
  if (left === 0n) throw new AttentionNeeded(notAllowed(perDay, reason));
  const views = await chain.finalizedLease(leaseId, signal);
  const agreed = finality.observe(`${leaseId} evict`, views, isEvictable);
  if (!views.every(isEvictable)) {
    throw new AttentionNeeded(`the endpoints do not agree that a lease runs which is to be evicted (${reason})`);
  }
  if (!agreed) return false;
  try {
    await chain.send({ kind: "evict", leaseId, explanation: explanation(reason) });
    return true;
  } catch (error) {
    if (!isRevert(error, "Providers_TooManyEvictions")) throw error;
    throw new AttentionNeeded(notAllowed(perDay, reason));
  }
}

function notAllowed(perDay: bigint, reason: string): string {
  const have = perDay === 0n ? "the hot key may not evict" : `all ${perDay} evictions of a day are used`;
  return (
    `a lease cannot be served, its holder pays on, and ${have}: let it with the cold account ` +
    `(Providers.setEvictionLimit), repair the server, or evict with the cold account (Leases.evict): ${reason}`
  );
}
