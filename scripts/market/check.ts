// SPDX-License-Identifier: Apache-2.0
import { placeOf } from "../../offchain/lease/orderId.ts";
import { decodePrice } from "../../va/price.ts";
import type { Ledger } from "./trade.ts";
import type { World } from "./world.ts";

/** Of one look through the lens: pages of up to sixteen orders. */
const PAGES = 40;

/** All that does not balance, one line each; none when the books do. */
export async function unbalanced(w: World, ledger: Ledger): Promise<readonly string[]> {
  const lines = [...(await vaultLines(w)), ...(await stakeLines(w, ledger))];
  const compare = (what: string, have: bigint, need: bigint) => {
    if (have !== need) lines.push(`${what}: ${have}, should be ${need}`);
  };
  const { escrow, seen } = await readBook(w, ledger, lines);
  compare("orders on the book", BigInt(seen), BigInt(ledger.orders.size));
  compare("the exchange's entry", await w.vault.balanceOf(w.token, w.exchange), escrow);
  compare("the leases' entry", await w.vault.balanceOf(w.token, w.leases), ledger.prepaid);
  for (const market of w.markets) {
    const [[asks, ask], [bids, bid]] = await Promise.all([w.exchange.best(market, 0), w.exchange.best(market, 1)]);
    if (asks && bids && ask <= bid) lines.push(`market ${market} crosses: ${ask} against ${bid}`);
  }
  return lines;
}

/** What the vault holds of each token is what its entries add up to. */
async function vaultLines(w: World): Promise<string[]> {
  const accounts = [...w.sellers, ...w.buyers, w.treasury, w.exchange.target, w.leases.target, w.providers.target];
  const lines: string[] = [];
  for (const token of [w.token, w.xov]) {
    const entries = await Promise.all(accounts.map((account) => w.vault.balanceOf(token, account)));
    const sum = entries.reduce((a, b) => a + b, 0n);
    const held = await token.balanceOf(w.vault);
    if (sum !== held) lines.push(`the vault holds ${held} of ${token.target}, its entries are ${sum}`);
  }
  return lines;
}

/** Every provider has locked the start penalty of each instance on offer or leased, and no more. */
async function stakeLines(w: World, { orders, leased }: Ledger): Promise<string[]> {
  const lines: string[] = [];
  const penalties = await Promise.all(w.markets.map((market) => penaltyOf(w, market)));
  for (const [i, seller] of w.sellers.entries()) {
    let need = 0n;
    for (const { id, isAsk, appliance, quantity } of orders.values()) {
      if (isAsk && appliance === i + 1) need += quantity * (penalties[placeOf(id).market - 1] ?? 0n);
    }
    const byMarket = leased.get(i + 1) ?? new Map<number, bigint>();
    for (const [market, count] of byMarket) need += count * (penalties[market - 1] ?? 0n);
    const { locked } = await w.providers.stakeOf(seller);
    if (locked !== need) lines.push(`seller ${i + 1} has locked ${locked}, should be ${need}`);
  }
  return lines;
}

async function penaltyOf(w: World, market: number): Promise<bigint> {
  const [, , units] = await w.marketList.scaleOf(market);
  return w.leases.startPenalty(units);
}

/** Every order that the lens shows is one that the events told of, and the other way round. */
async function readBook(w: World, { orders }: Ledger, lines: string[]) {
  let escrow = 0n;
  let seen = 0;
  for (const market of w.markets) {
    for (const side of [0, 1]) {
      for (const account of side === 0 ? w.sellers : w.buyers) {
        let { price, page, isEnd } = await w.lens.start(side);
        while (!isEnd) {
          const cursor = { price, page, isEnd };
          const [views, next] = await w.lens.ordersOf(account, { market, side }, cursor, PAGES);
          for (const { order, quantity, duration, price: code } of views) {
            const told = orders.get(order);
            if (told?.quantity !== quantity) lines.push(`order ${order}: ${quantity} left, told ${told?.quantity}`);
            if (side === 1) escrow += decodePrice(Number(code), 0) * duration * quantity;
            seen++;
          }
          ({ price, page, isEnd } = next);
        }
      }
    }
  }
  return { escrow, seen };
}
