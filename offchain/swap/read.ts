// SPDX-License-Identifier: Apache-2.0
import { encodeEventTopics, type Hex, parseEventLogs } from "viem";
import type { LeaseAddress } from "../bitcoin/leaseAddress.ts";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import { abis } from "../chain/abis.ts";
import type { Chain } from "../chain/clients.ts";
import { contractsOf, type Deployment } from "../chain/deployment.ts";
import { leaseLogs, logsBetween } from "../chain/leaseLogs.ts";
import { TaggedError } from "../core/errors.ts";
import {
  type ReservationState,
  type ReservationTerms,
  reservationAddress,
  reservationIdOf,
  stateOf,
} from "./reservation.ts";

/**
 * - UNKNOWN_RESERVATION: the chain has no such reservation
 * - WRONG_RESERVATION: what the chain's node says of it is not what its id commits to: do not pay
 */
export class SwapError extends TaggedError<"UNKNOWN_RESERVATION" | "WRONG_RESERVATION"> {
  override readonly name = "SwapError";
}

const { BitcoinLightClient, Swap, SwapPayments, Vault, XovToken } = abis;

/** The contracts that a swap needs. @throws DeploymentError NO_CONTRACT */
export function swapContracts(deployment: Deployment) {
  return contractsOf(deployment, { BitcoinLightClient, Swap, SwapPayments, Vault, XovToken });
}

export interface SwapReader {
  readonly chain: Chain;
  readonly contracts: ReturnType<typeof swapContracts>;
  /** No event is in an earlier block. */
  readonly startBlock: bigint;
}

/** An offer as it stands; amounts in lots and satoshi. */
export type OfferNow = Awaited<ReturnType<typeof readOffer>>;

/** @throws viem's error with Swap_UnknownOffer */
export async function readOffer(offer: number, { chain: { client }, contracts }: SwapReader) {
  const [terms, immediate] = await Promise.all([
    client.readContract({ ...contracts.Swap, functionName: "offerOf", args: [offer] }),
    client.readContract({ ...contracts.Swap, functionName: "immediateOf", args: [offer] }),
  ]);
  return { ...terms, offer, immediate };
}

/** All offers that are not closed, the oldest first. */
export async function readOffers(reader: SwapReader): Promise<OfferNow[]> {
  const { chain, contracts, startBlock } = reader;
  const head = await chain.client.getBlockNumber({ cacheTime: 0 });
  const topics = encodeEventTopics({ abi: Swap, eventName: "OfferMade" }) as Hex[];
  const logs = await logsBetween(chain.client, { address: [contracts.Swap.address], topics }, startBlock, head);
  const made = parseEventLogs({ abi: Swap, eventName: "OfferMade", logs: logs as RawLogs });
  const offers = await Promise.all(made.map(({ args }) => readOffer(args.offer, reader)));
  return offers.filter(({ closed }) => !closed);
}

/** The reservations of an offer, the oldest first: what a maker is paid at, and may expire. */
export async function readReservations(
  offer: number,
  network: BitcoinNetwork,
  reader: SwapReader,
): Promise<ReservationNow[]> {
  const { chain, contracts, startBlock } = reader;
  const head = await chain.client.getBlockNumber({ cacheTime: 0 });
  const topics = encodeEventTopics({ abi: Swap, eventName: "Reserved", args: { offer } }) as Hex[];
  const logs = await logsBetween(chain.client, { address: [contracts.Swap.address], topics }, startBlock, head);
  const made = parseEventLogs({ abi: Swap, eventName: "Reserved", logs: logs as RawLogs });
  return await Promise.all(made.map(({ args }) => readReservation(args.id, network, reader)));
}

type RawLogs = Parameters<typeof parseEventLogs>[0]["logs"];

/** A payment that is counted. */
export interface CountedPayment {
  /** Internal order. */
  readonly txid: Hex;
  readonly vout: number;
  readonly msat: bigint;
  /** Its block is in Bitcoin's chain, as the light client has it. */
  readonly stands: boolean;
}

/** A reservation as it stands. Amounts of money in msat. */
export interface ReservationNow {
  readonly id: Hex;
  readonly terms: ReservationTerms;
  readonly offer: OfferNow;
  readonly payTo: LeaseAddress;
  readonly state: ReservationState;
  readonly deadline: number;
  readonly reserved: bigint;
  readonly held: bigint;
  /** Unix seconds of the chain; undefined while nothing is held. */
  readonly heldUntil: number | undefined;
  readonly delivered: bigint;
  readonly price: bigint;
  readonly paid: bigint;
  readonly payments: readonly CountedPayment[];
}

/**
 * Reads a reservation, and derives its address anew. No server is asked but the chain's node, and what that says is checked
 * against the id, which the address commits to.
 * @throws SwapError
 */
export async function readReservation(id: Hex, network: BitcoinNetwork, reader: SwapReader): Promise<ReservationNow> {
  const { chain, contracts, startBlock } = reader;
  const { client, chainId } = chain;
  const { number: head, timestamp } = await client.getBlock();
  const addresses = [contracts.Swap.address, contracts.SwapPayments.address];
  const logs = (await leaseLogs(client, addresses, id, startBlock, head)) as RawLogs;
  const [made] = parseEventLogs({ abi: Swap, eventName: "Reserved", logs });
  if (made === undefined) {
    throw new SwapError({ code: "UNKNOWN_RESERVATION", message: `there is no reservation ${id}` });
  }
  const { offer: number, taker, lots, nonce } = made.args;
  const terms = { offer: number, taker, lots, nonce };
  const domain = { chainId, swap: contracts.Swap.address };
  const have = reservationIdOf(terms, domain);
  if (have !== id) {
    const message = `the chain's node gives terms for reservation ${id} that are of another one`;
    throw new SwapError({ code: "WRONG_RESERVATION", message, have, need: id });
  }
  const [offer, now] = await Promise.all([
    readOffer(number, reader),
    client.readContract({ ...contracts.Swap, functionName: "reservationOf", args: [id] }),
  ]);
  const { reserved, held, delivered, deadline, heldUntil } = now;
  const credited = parseEventLogs({ abi: SwapPayments, eventName: "PaymentCredited", logs });
  return {
    id,
    terms,
    offer,
    payTo: reservationAddress(terms, domain, offer.bitcoinKey, network),
    state: stateOf({ lots, reserved, held, delivered, deadline }, Number(timestamp)),
    ...{ deadline, reserved, held, delivered },
    heldUntil: held > 0n ? heldUntil : undefined,
    price: lots * offer.price * 1000n,
    paid: now.paid,
    payments: await countedPayments(id, credited, reader),
  };
}

/** Those that were credited and not taken back, ascending as `claim` of ISwap wants them. */
async function countedPayments(
  id: Hex,
  credited: readonly { readonly args: { readonly txid: Hex; readonly vout: number } }[],
  { chain: { client }, contracts }: SwapReader,
): Promise<CountedPayment[]> {
  const outpoints = new Map(credited.map(({ args: { txid, vout } }) => [`${txid}:${vout}`, { txid, vout }]));
  const found: CountedPayment[] = [];
  for (const { txid, vout } of outpoints.values()) {
    const args = [txid, vout, id] as const;
    const [msat, height, hashStart] = await client.readContract({
      ...contracts.SwapPayments,
      functionName: "creditOf",
      args,
    });
    if (height === 0) continue;
    const block = [height, hashStart] as const;
    const stands = await client.readContract({ ...contracts.BitcoinLightClient, functionName: "stands", args: block });
    found.push({ txid, vout, msat, stands });
  }
  return found.sort((a, b) => (a.txid === b.txid ? a.vout - b.vout : a.txid < b.txid ? -1 : 1));
}
