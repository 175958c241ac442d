// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "../bitcoin/bytes.ts";
import { type FollowedChain, type HeaderBatch, headersSince } from "../bitcoin/headersSince.ts";
import type { BitcoinNode } from "../bitcoin/node.ts";
import type { Book } from "./book.ts";
import type { Ledger } from "./ledger.ts";
import type { View } from "./plan.ts";
import { outpointKey } from "./types.ts";

export interface LookParameters {
  node: BitcoinNode;
  /** The light client on chain. */
  client: FollowedChain;
  book: Book;
  ledger: Ledger;
  setAside: ReadonlySet<string>;
  signal: AbortSignal;
}

/**
 * Gathers what `plan` needs.
 * @throws BitcoinNodeError, ForkTooDeepError, or the chain client's error
 */
export async function look({ node, client, book, ledger, setAside, signal }: LookParameters): Promise<View> {
  const [headers, best] = await Promise.all([firstBatch(node, client, signal), node.bestBlockHash(signal)]);
  const hashes = await hashesOf(client, heightsInQuestion(book, ledger));
  return {
    client: { height: client.tip.height, hashAt: (height) => hashes.get(height) },
    headers,
    payee: (leaseId) => book.payees.get(leaseId),
    payments: ledger.payments(),
    caughtUp: ledger.tip().hash === best,
    credits: book.credits,
    setAside,
  };
}

async function firstBatch(node: BitcoinNode, chain: FollowedChain, signal: AbortSignal) {
  for await (const batch of headersSince({ node, chain, signal })) return batch satisfies HeaderBatch;
  return undefined;
}

/**
 * Heights at which the plan has to know the light client's block: those of payments without a credit in the very same
 * block, and those of credits in blocks that the node's chain does not have.
 */
function heightsInQuestion({ credits }: Book, ledger: Ledger): Set<number> {
  const heights = new Set<number>();
  for (const payment of ledger.payments()) {
    if (credits.get(outpointKey(payment))?.block?.hash !== payment.block.hash) heights.add(payment.block.height);
  }
  for (const { block } of credits.values()) {
    // Before what was followed is before anything that can still be removed.
    if (block === undefined || block.height <= ledger.base.height) continue;
    if (ledger.hashAt(block.height) !== block.hash) heights.add(block.height);
  }
  return heights;
}

async function hashesOf(client: FollowedChain, heights: Iterable<number>): Promise<Map<number, Hash | undefined>> {
  const asked = [...heights].map(async (height) => [height, await client.hashAt(height)] as const);
  return new Map(await Promise.all(asked));
}
