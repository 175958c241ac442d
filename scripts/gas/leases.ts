// SPDX-License-Identifier: Apache-2.0
import { type ContractTransactionResponse, keccak256, ZeroHash } from "ethers";
import { type Currency, type Market, ORDER } from "./market.ts";
import { signAsHolder } from "./signatures.ts";
import { STACK } from "./stack.ts";
import { BITCOIN, HOUR, HOURS_PAID, PRICES, PURSE, REFUND_SCRIPT, SEAL_KEY, SEALED } from "./values.ts";

/** The launch spec of every lease that has one. */
export const LAUNCH = { sealKeyHash: keccak256(SEAL_KEY), sealedSpec: SEALED };
/** None: capacity is reserved. */
export const NO_LAUNCH = { sealKeyHash: ZeroHash, sealedSpec: "0x" };

/** What the holder agrees to; by default with a launch spec. `salt` tells leases apart. */
export async function termsOf(s: Market, currency: Currency, salt: bigint, launchSpecHash = keccak256(SEALED)) {
  const bitcoin = currency === "bitcoin";
  return {
    holder: s.holder.address,
    appliance: 1n,
    class: s.class,
    quote: bitcoin ? BITCOIN : await s.token.getAddress(),
    price: PRICES[currency].perHour,
    startFee: 0n,
    prepayment: HOURS_PAID * PRICES[currency].perHour,
    refundScript: bitcoin ? REFUND_SCRIPT : "0x",
    launchSpecHash,
    // as wide as one at random
    salt: BigInt(keccak256(`0x${salt.toString(16).padStart(64, "0")}`)),
    deadline: s.chain.now() + HOUR,
  };
}

/** Takes one instance: with tokens the holder itself, with bitcoin the relayer. Gives the lease's id. */
export async function take(
  s: Market,
  currency: Currency,
  salt: bigint,
  launch = LAUNCH,
): Promise<{ id: string; transaction: ContractTransactionResponse }> {
  const terms = await termsOf(s, currency, salt, launch === LAUNCH ? keccak256(SEALED) : ZeroHash);
  const transaction =
    currency === "bitcoin"
      ? await s.exchange.connect(s.relayer).take(ORDER.bitcoin, terms, await signAsHolder(s, "Terms", terms), launch)
      : await s.exchange.connect(s.holder).take(ORDER.token, terms, "0x", launch);
  return { id: await s.leases.idOf(terms), transaction };
}

/** A new lease that is paid and runs towards its start, or without a spec one that is reserved. */
export async function pending(s: Market, currency: Currency, salt: bigint, launch = LAUNCH): Promise<string> {
  const { id } = await take(s, currency, salt, launch);
  if (currency === "bitcoin") await s.leases.connect(s.asPayments).credit(id, HOURS_PAID * PRICES.bitcoin.perHour);
  return id;
}

/** A new lease that runs. */
export async function active(s: Market, currency: Currency, salt: bigint): Promise<string> {
  const id = await pending(s, currency, salt);
  await s.leases.connect(s.hotKey).start(id, SEALED);
  return id;
}

/** Lets hours pass with a VA that beats every half hour; the last beat is at the end. */
export async function live(s: Market, hours: number): Promise<void> {
  for (let i = 0; i < 2 * hours; i += 1) {
    s.chain.pass(HOUR / 2 - 1);
    await s.providers.connect(s.hotKey).beat(1n);
  }
}

/** Where every measurement begins: a market with leases that run, so that no counter or balance is zero. */
export interface State extends Market {
  /** Settled before. */
  readonly tokenLease: string;
  readonly bitcoinLease: string;
}

/** Opens a lease in each currency, and lets two hours pass. */
export async function openLeases(s: Market): Promise<State> {
  await s.trust.connect(s.provider).fund(PURSE);
  const tokenLease = await active(s, "token", 1n);
  const bitcoinLease = await active(s, "bitcoin", 1n);
  await live(s, 2);
  await s.leases.settle(tokenLease);
  await s.attestations.attest(1, STACK);
  return { ...s, tokenLease, bitcoinLease };
}
