// SPDX-License-Identifier: Apache-2.0
import { internalOrder } from "../bitcoin/bytes.ts";
import { abis } from "../chain/abis.ts";
import type { Chain } from "../chain/clients.ts";
import type { Sender } from "../chain/sender.ts";
import type { Logger } from "../core/log.ts";
import type { Book, Reservation } from "./book.ts";
import { type Addresses, swapAbi } from "./contracts.ts";

export interface ReleaseParameters {
  readonly chain: Chain;
  /** Of the relayer's account. */
  readonly sender: Sender;
  readonly addresses: Pick<Addresses, "swap">;
  readonly book: Book;
  /** Time of the chain's last block, unix seconds. */
  chainTime(): number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Hands over, for a taker without gas, lots that waited three days to be checked again.
 * @returns when the reservation is worth another look; undefined: at once, as something was done
 * @throws TransactionError when the contracts refuse, as while a payment is in no block of Bitcoin
 */
export async function release(reservation: Reservation, parameters: ReleaseParameters): Promise<number | undefined> {
  const { chain, sender, addresses, book, chainTime, log, signal } = parameters;
  const { leaseId: id, heldUntil = Number.POSITIVE_INFINITY } = reservation;
  if (chainTime() < heldUntil) return heldUntil;
  const swap = { address: addresses.swap, abi: abis.Swap } as const;
  const { held } = await chain.client.readContract({ ...swap, functionName: "reservationOf", args: [id] });
  if (held === 0n) return Number.POSITIVE_INFINITY;
  const call = { ...swap, abi: swapAbi, functionName: "claim", args: [id, paymentsOf(id, book)] } as const;
  await sender.submit(call, signal);
  log.info({ reservation: id, held: `${held}` }, "lots that were held are released");
  return undefined;
}

/** All that counts as paid, as `claim` of ISwap takes it: ascending. */
function paymentsOf(id: Reservation["leaseId"], { credits }: Book) {
  const counted = [...credits.values()].filter(({ leaseId, block }) => leaseId === id && block !== undefined);
  return counted
    .map(({ txid, vout }) => ({ txid: internalOrder(txid), vout }))
    .sort((a, b) => (a.txid === b.txid ? a.vout - b.vout : a.txid < b.txid ? -1 : 1));
}
