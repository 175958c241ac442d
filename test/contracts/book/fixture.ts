// SPDX-License-Identifier: Apache-2.0
// What every test of the book starts from: a market in a token, sellers with stake, buyers with money in the vault.

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionResponse } from "ethers";
import { AbiCoder, keccak256, parseEther } from "ethers";
import { STACK } from "../../../scripts/gas/stack.ts";
import { Gateway__factory, XovToken__factory } from "../../../typechain-types/index.js";
import {
  applianceParams,
  type Execution,
  ethers,
  GOOD_TILL,
  HOUR,
  type Marketed,
  marketed,
  orderId,
  PENALTY,
  Side,
  STAKE,
  time,
} from "../fixture.ts";

/** The token market: prices from 0.001 token up. */
export const MARKET = 2n;
/** 0.1 token per instance-hour. */
export const TENTH: number = 2 * 9000;
export const MONEY: bigint = parseEther("1000000");
/** What rests in an empty book of the token market at 0.1. */
export const ASK: bigint = orderId({ market: MARKET, price: TENTH });
export const BID: bigint = orderId({ market: MARKET, price: TENTH, side: Side.Bid });

/** Token units per instance-hour of a price code in an 18-decimals market. */
export function priceOf(code: number): bigint {
  return BigInt((code % 9000) + 1000) * 10n ** BigInt(Math.floor(code / 9000) + 12);
}

/** The lease that the `instance`-th instance of an order opens. */
export function leaseIdOf(order: bigint, instance: number | bigint): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["uint120", "uint256"], [order, instance]));
}

/** Two sellers with an appliance each, two buyers, and a market in a token of 18 decimals beside the bitcoin one. */
export async function traded() {
  const s = await marketed();
  const [, , , , , , , , rival, buyer, other] = await ethers.getSigners();
  if (!rival || !buyer || !other) throw new Error("too few accounts");
  const token = await new XovToken__factory(s.treasury).deploy(s.treasury, 100n * MONEY);
  for (const account of [buyer, other, s.provider]) {
    await token.transfer(account, MONEY);
    await token.connect(account).approve(s.vault, MONEY);
    await s.vault.connect(account).deposit(token, MONEY, account);
  }
  await s.xov.transfer(rival, STAKE);
  await s.xov.connect(rival).approve(s.vault, STAKE);
  await s.vault.connect(rival).deposit(s.xov, STAKE, rival);
  await s.providers.connect(rival).stake(STAKE);
  await s.providers.connect(rival).registerAppliance(applianceParams(rival.address));
  await s.attestations.connect(rival).attest(2, STACK);
  await s.markets.open(1, s.class, token);
  return { ...s, token, rival, buyer, other };
}

export type Traded = Awaited<ReturnType<typeof traded>>;

/** The exchange's gateway, as a stranger calls it. */
export async function gatewayOf(s: Marketed) {
  return Gateway__factory.connect(await s.exchange.GATEWAY(), s.stranger);
}

export interface AskOptions {
  price?: number;
  quantity?: number;
  expiry?: number;
  market?: bigint;
  from?: HardhatEthersSigner;
  appliance?: number;
  execution?: Partial<Execution>;
}

/** Places an ask of the first seller, unless told. */
export function ask(s: Traded, options: AskOptions = {}): Promise<ContractTransactionResponse> {
  return s.exchange.connect(options.from ?? s.hotKey).placeAsk(...askArguments(s, options));
}

export function askArguments(s: Traded, options: AskOptions = {}) {
  const params = {
    appliance: options.appliance ?? (options.from === s.rival ? 2 : 1),
    market: options.market ?? MARKET,
    price: options.price ?? TENTH,
    quantity: options.quantity ?? 1,
    expiry: options.expiry ?? 0,
    confirmations: 0,
    prepaidHours: 0,
    bond: 0,
    startFee: 0,
  };
  return [params, { ...GOOD_TILL, ...options.execution }] as const;
}

export interface BidOptions {
  price?: number;
  quantity?: number;
  duration?: number;
  expiry?: number;
  market?: bigint;
  from?: HardhatEthersSigner;
  execution?: Partial<Execution>;
}

/** Places a bid of the first buyer, unless told. */
export function bid(s: Traded, options: BidOptions = {}): Promise<ContractTransactionResponse> {
  return s.exchange.connect(options.from ?? s.buyer).placeBid(...bidArguments(options));
}

export function bidArguments(options: BidOptions = {}) {
  const params = {
    market: options.market ?? MARKET,
    price: options.price ?? TENTH,
    quantity: options.quantity ?? 1,
    duration: options.duration ?? 10,
    expiry: options.expiry ?? 0,
  };
  return [params, { ...GOOD_TILL, ...options.execution }] as const;
}

/** A minute after the end of the shortest life that an order may have. */
export async function soon(): Promise<number> {
  return (await time.latest()) + HOUR / 12 + 60;
}

/** The ids on a side of the token market, best first, as the book itself tells them. */
export async function ordersOf(s: Marketed, side: bigint, market: bigint = MARKET): Promise<bigint[]> {
  const orders: bigint[] = [];
  let [found, price] = await s.exchange.best(market, side);
  while (found) {
    let page = 0n;
    do {
      const [ids, next] = await s.exchange.ordersOn(market, side, price, page);
      orders.push(...ids);
      page = next;
    } while (page !== 0n);
    const after = side === Side.Ask ? price + 1n : price - 1n;
    if (after < 0n || after >= 63_000n) break;
    [found, price] = await s.exchange.bestFrom(market, side, after);
  }
  return orders;
}

export { PENALTY };
