// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { type Abi, type Address, type Hex, parseEventLogs } from "viem";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import { abis } from "../chain/abis.ts";
import type { Sender } from "../chain/sender.ts";
import { isRevert } from "../chain/transactionError.ts";
import { type ReservationNow, readOffer, readReservation, type SwapReader } from "./read.ts";
import { type ReservationTerms, reservationIdOf } from "./reservation.ts";

/** Custom errors that come through the contracts that are called here; for `createSender`. */
export const swapErrors: Abi = [abis.Swap, abis.SwapPayments, abis.Vault, abis.XovToken].flatMap((abi: Abi) =>
  abi.filter(({ type }) => type === "error"),
);

export interface SwapActor extends SwapReader {
  /** Of the account that acts; its balances in the vault are used, and filled up from the account where they are too small. */
  readonly sender: Sender;
  readonly signal: AbortSignal;
}

/** What a maker offers, as `OfferTerms` of ISwap. */
export interface OfferTerms {
  readonly token: Address;
  /** Base units of the token. */
  readonly lot: bigint;
  readonly lots: bigint;
  /** Satoshi for a lot. */
  readonly price: bigint;
  /** Lots. */
  readonly minimum: bigint;
  /** XOV base units. */
  readonly bondPerLot: bigint;
  /** Satoshi. */
  readonly bound: bigint;
  /** Seconds. */
  readonly window: number;
  readonly confirmations: number;
  /** X-only. */
  readonly bitcoinKey: Hex;
}

/** Makes an offer and gives its number. @throws TransactionError */
export async function makeOffer(terms: OfferTerms, actor: SwapActor): Promise<number> {
  await fillUp(terms.token, terms.lot * terms.lots, actor);
  const call = { ...actor.contracts.Swap, functionName: "make", args: [terms] } as const;
  const { logs } = await actor.sender.submit(call, actor.signal);
  const [made] = parseEventLogs({ abi: abis.Swap, eventName: "OfferMade", logs });
  if (made === undefined) throw new Error("the chain's node gave a receipt without the offer");
  return made.args.offer;
}

/**
 * Reserves lots for a taker, posts the bond, and gives the reservation as the chain has it then.
 * @throws TransactionError, SwapError
 */
export async function reserveLots(
  wish: Pick<ReservationTerms, "offer" | "taker" | "lots">,
  network: BitcoinNetwork,
  actor: SwapActor,
): Promise<ReservationNow> {
  const { chain, contracts, sender, signal } = actor;
  const { bondPerLot } = await readOffer(wish.offer, actor);
  await fillUp(contracts.XovToken.address, bondPerLot * wish.lots, actor);
  const terms = { ...wish, nonce: BigInt(`0x${randomBytes(32).toString("hex")}`) };
  const id = reservationIdOf(terms, { chainId: chain.chainId, swap: contracts.Swap.address });
  const args = [terms.offer, terms.taker, terms.lots, terms.nonce] as const;
  try {
    await sender.submit({ ...contracts.Swap, functionName: "reserve", args }, signal);
  } catch (error) {
    // Somebody has sent the same before us, from the mempool: it is the same reservation, with another's bond.
    if (!isRevert(error, "Swap_AlreadyReserved")) throw error;
  }
  return await readReservation(id, network, actor);
}

/** Hands over what was held for three days. @throws TransactionError */
export async function releaseHeld({ id, payments }: ReservationNow, actor: SwapActor): Promise<void> {
  const outpoints = payments.filter(({ stands }) => stands).map(({ txid, vout }) => ({ txid, vout }));
  const call = { ...actor.contracts.Swap, functionName: "claim", args: [id, outpoints] } as const;
  await actor.sender.submit(call, actor.signal);
}

/** `expire` frees lots that were not paid for in time; `assign` gives a taker free lots it has paid for. @throws TransactionError */
export async function settleReservation(step: "expire" | "assign", id: Hex, actor: SwapActor): Promise<void> {
  await actor.sender.submit({ ...actor.contracts.Swap, functionName: step, args: [id] }, actor.signal);
}

/** Ends an offer of this account. @throws TransactionError */
export async function closeOffer(offer: number, actor: SwapActor): Promise<void> {
  await actor.sender.submit({ ...actor.contracts.Swap, functionName: "close", args: [offer] }, actor.signal);
}

/** Sends all that the account has of a token in the vault to the account itself, and says how much. @throws TransactionError */
export async function withdrawAll(token: Address, actor: SwapActor): Promise<bigint> {
  const { contracts, sender, signal } = actor;
  const amount = await inVault(token, actor);
  if (amount === 0n) return amount;
  const args = [token, amount, sender.address] as const;
  await sender.submit({ ...contracts.Vault, functionName: "withdraw", args }, signal);
  return amount;
}

/** Deposits what is missing in the account's balance in the vault. */
async function fillUp(token: Address, need: bigint, actor: SwapActor): Promise<void> {
  const { contracts, sender, signal } = actor;
  const missing = need - (await inVault(token, actor));
  if (missing <= 0n) return;
  const vault = contracts.Vault.address;
  const erc20 = { address: token, abi: abis.XovToken } as const;
  await sender.submit({ ...erc20, functionName: "approve", args: [vault, missing] }, signal);
  const args = [token, missing, sender.address] as const;
  await sender.submit({ ...contracts.Vault, functionName: "deposit", args }, signal);
}

function inVault(token: Address, { chain, contracts, sender }: SwapActor): Promise<bigint> {
  return chain.client.readContract({ ...contracts.Vault, functionName: "balanceOf", args: [token, sender.address] });
}
