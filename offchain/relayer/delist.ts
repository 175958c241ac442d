// SPDX-License-Identifier: Apache-2.0
import { abis } from "../chain/abis.ts";
import type { Chain } from "../chain/clients.ts";
import type { Sender } from "../chain/sender.ts";
import { TransactionError } from "../chain/transactionError.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { Book } from "./book.ts";
import { contractProblem } from "./contractProblem.ts";
import { type Addresses, exchangeAbi } from "./contracts.ts";
import type { Waiter } from "./wake.ts";

export interface DelistingParameters {
  readonly chain: Chain;
  /** Of the relayer's account. */
  readonly sender: Sender;
  readonly addresses: Pick<Addresses, "exchange">;
  readonly book: Pick<Book, "asks" | "attestedUntil">;
  /** Time of the chain's last block, unix seconds. */
  chainTime(): number;
  readonly waiter: Waiter;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** An attestation also lapses by time, which wakes nobody. */
const IDLE_POLLS = 10;
/** One that the contracts refused is tried again so much later, seconds of the chain. */
const RECHECK_S = 600;
/** Cancelled in one transaction, well below a block's gas. */
const AT_ONCE = 32;

/**
 * Takes off the book the asks of appliances that are not attested any more, as after a claim: until somebody does, they can be
 * filled. Anyone may; see IExchange.sol. Runs until the signal ends it.
 */
export async function runDelisting(parameters: DelistingParameters): Promise<void> {
  const { book, chainTime, waiter, pollMs, clock, log, signal } = parameters;
  const restingUntil = new Map<number, number>();
  while (!signal.aborted) {
    for (const [appliance, orders] of unattestedAsks(book, chainTime())) {
      if (chainTime() < (restingUntil.get(appliance) ?? 0)) continue;
      restingUntil.delete(appliance);
      try {
        await cancel(appliance, orders, parameters);
      } catch (error) {
        signal.throwIfAborted();
        // Whoever counts the money says so, once.
        if (error instanceof TransactionError && error.code === "SPENDING_LIMIT") break;
        const refusal = contractProblem(error);
        log.warn({ appliance, ...(refusal === undefined ? { err: error } : { refusal }) }, "asks are not cancelled");
        if (refusal !== undefined) restingUntil.set(appliance, chainTime() + RECHECK_S);
      }
    }
    await waiter.wait(pollMs * IDLE_POLLS, clock, signal);
  }
}

/**
 * Asks that can still be filled though their appliance's attestation has ended, by appliance.
 * @param now unix seconds of the chain
 */
export function unattestedAsks({ asks, attestedUntil }: DelistingParameters["book"], now: number) {
  const found = new Map<number, bigint[]>();
  for (const [order, { appliance, expiry }] of asks) {
    const isAttested = (attestedUntil.get(appliance) ?? 0) >= now;
    if (isAttested || expiry < now) continue;
    const orders = found.get(appliance) ?? [];
    orders.push(order);
    found.set(appliance, orders);
  }
  return found;
}

async function cancel(appliance: number, orders: readonly bigint[], parameters: DelistingParameters): Promise<void> {
  const { sender, addresses, log, signal } = parameters;
  for (let i = 0; i < orders.length; i += AT_ONCE) {
    // Another one may have been quicker, and the book has yet to hear of our own.
    const resting = await stillResting(orders.slice(i, i + AT_ONCE), parameters);
    if (resting.length === 0) continue;
    const call = {
      address: addresses.exchange,
      abi: exchangeAbi,
      functionName: "cancelMany",
      args: [resting],
    } as const;
    await sender.submit(call, signal);
    log.info({ appliance, asks: resting.length }, "asks of an appliance that is not attested are cancelled");
  }
}

async function stillResting(orders: readonly bigint[], { chain, addresses }: DelistingParameters): Promise<bigint[]> {
  const exchange = { address: addresses.exchange, abi: abis.Exchange, functionName: "ask" } as const;
  const found = await Promise.all(
    orders.map(async (order) => {
      try {
        await chain.client.readContract({ ...exchange, args: [order] });
        return [order];
      } catch (error) {
        if (contractProblem(error)?.code === "Exchange_UnknownOrder") return [];
        throw error;
      }
    }),
  );
  return found.flat();
}
