// SPDX-License-Identifier: Apache-2.0

import { GENESIS, headersOf, last, mineChain } from "../../test/contracts/bitcoin/support/blocks.ts";
import { STACK } from "./stack.ts";
import {
  BALANCE,
  BITCOIN,
  BITCOIN_KEY,
  BOND,
  CONFIRMATIONS,
  DAY,
  GRACE,
  POOL_NAME,
  PREPAID_HOURS,
  PRICES,
  RULES,
  SEAL_KEY,
  SPEC,
  STAKE,
  TOKEN_BALANCE,
} from "./values.ts";
import type { World } from "./world.ts";

/** Enough that a further header takes the slot of an old one in the light client's ring. */
const HEADERS = 4_200;
const BATCH = 400;

export type Currency = keyof typeof PRICES;

/** A market in each currency with an order, whose participants have balances, and a full light client. */
export type Market = Awaited<ReturnType<typeof openMarket>>;

/** Fills the light client's ring, and gives the tip. */
async function followBitcoin(w: World) {
  const chain = mineChain(GENESIS, HEADERS);
  for (let i = 0; i < HEADERS; i += BATCH) {
    await w.lightClient.submit(i + 1, headersOf(chain.slice(i, i + BATCH)));
  }
  return last(chain);
}

/** Brings a market about. */
export async function openMarket(w: World) {
  const vault = await w.vault.getAddress();
  for (const account of [w.provider, w.relayer, w.holder]) {
    await w.xov.transfer(account, 2n * BALANCE);
    await w.token.transfer(account, 2n * TOKEN_BALANCE);
    await w.xov.connect(account).approve(vault, BALANCE);
    await w.token.connect(account).approve(vault, TOKEN_BALANCE);
    await w.vault.connect(account).deposit(w.xov, BALANCE / 2n, account);
    await w.vault.connect(account).deposit(w.token, TOKEN_BALANCE / 2n, account);
  }
  await w.pools.create(POOL_NAME, RULES);
  await w.classes.register(SPEC);
  const class_ = await w.classes.idOf(SPEC);
  await w.markets.open(1, class_, BITCOIN);
  await w.markets.open(1, class_, w.token);
  await w.providers.stake(STAKE);
  await w.providers.registerAppliance(applianceOf(w.hotKey.address));
  await w.attestations.attest(1, STACK);
  await w.exchange.placeAsk(askOf(w, "bitcoin"), GOOD_TILL);
  await w.exchange.placeAsk(askOf(w, "token"), GOOD_TILL);
  return {
    ...w,
    class: class_,
    bitcoinTip: await followBitcoin(w),
    asPayments: await w.chain.impersonate(await w.payments.getAddress()),
    asDebts: await w.chain.impersonate(await w.debts.getAddress()),
    asSwapPayments: await w.chain.impersonate(await w.swapPayments.getAddress()),
    asExchange: await w.chain.impersonate(await w.exchange.getAddress()),
    asLeases: await w.chain.impersonate(await w.leases.getAddress()),
    asPools: await w.chain.impersonate(await w.pools.getAddress()),
  };
}

/** Parameters of an appliance in the pool. */
export function applianceOf(hotKey: string) {
  return { pool: 1, grace: GRACE, bitcoinKey: BITCOIN_KEY, sealKey: SEAL_KEY, hotKey, region: "eu-north-1" };
}

/** `Execution`: what is not filled at once rests. */
export const GOOD_TILL = { timeInForce: 0, selfTrade: 0, maxFills: 20 };

/** The id of the first order at a place of the book. */
export function orderAt(market: bigint, price: bigint, side = 0n, lane = 0n): bigint {
  return (((((market << 24n) | (side << 16n) | price) << 24n) << 8n) | lane) * 2n ** 32n + 1n;
}

/** The orders that the market begins with. */
export const ORDER: Record<Currency, bigint> = {
  bitcoin: orderAt(1n, BigInt(PRICES.bitcoin.code)),
  token: orderAt(2n, BigInt(PRICES.token.code)),
};

/** Parameters of an ask for five days. */
export function askOf(s: Pick<World, "chain">, currency: Currency) {
  const bitcoin = currency === "bitcoin";
  return {
    appliance: 1n,
    market: bitcoin ? 1n : 2n,
    price: PRICES[currency].code,
    quantity: 20n,
    expiry: s.chain.now() + 5 * DAY,
    confirmations: bitcoin ? CONFIRMATIONS : 0,
    prepaidHours: bitcoin ? PREPAID_HOURS : 0,
    bond: bitcoin ? BOND : 0n,
    startFee: 0,
  };
}
