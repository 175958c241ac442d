// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { keccak256 } from "ethers";
import { LAUNCH, loadFixture, orderId, SEAL_KEY, SelfTrade, Side, TimeInForce } from "../fixture.ts";
import { ASK, ask, BID, bid, MARKET, TENTH, type Traded, traded } from "./fixture.ts";

const IOC = { timeInForce: TimeInForce.ImmediateOrCancel, selfTrade: SelfTrade.CancelOldest };
const RESERVE = { sealKeyHash: keccak256(SEAL_KEY), sealedSpec: "0x" };

/** A book that has been used: caches are filled, other orders rest on the level, others of the parties' leases exist. */
async function used() {
  const s = await traded();
  for (let i = 0; i < 12; i++) await ask(s, { price: TENTH + 1 });
  for (let i = 0; i < 4; i++) await ask(s, { quantity: 20 });
  for (let i = 0; i < 4; i++) await bid(s, { price: TENTH - 10, quantity: 2 });
  await s.exchange.connect(s.buyer).fill(ASK, TENTH, 2, 10, LAUNCH);
  await s.exchange.connect(s.buyer).fill(ASK, TENTH, 1, 10, RESERVE);
  return s;
}

async function gasOf(tx: Promise<ContractTransactionResponse>): Promise<number> {
  return Number((await (await tx).wait())?.gasUsed);
}

describe("What trading costs", () => {
  const table: Record<string, number> = {};
  async function measure(name: string, act: (s: Traded) => Promise<ContractTransactionResponse>): Promise<void> {
    const s = await loadFixture(used);
    table[name] = await gasOf(act(s));
  }
  const at = (price: number, lane: bigint, side = Side.Ask) => orderId({ market: MARKET, price, lane, side });

  it("is measured", async () => {
    await measure("ask, fresh slot, existing level", (s) => ask(s));
    await measure("ask, reused slot, existing level", async (s) => {
      await s.exchange.connect(s.hotKey).cancel(at(TENTH, 2n));
      return ask(s);
    });
    await measure("ask, first of a level", (s) => ask(s, { price: TENTH + 5 }));
    await measure("bid, fresh slot, existing level", (s) => bid(s, { price: TENTH - 10 }));
    await measure("bid, reused slot, existing level", async (s) => {
      await s.exchange.connect(s.buyer).cancel(at(TENTH - 10, 2n, Side.Bid));
      return bid(s, { price: TENTH - 10 });
    });
    await measure("bid, first of a level", (s) => bid(s, { price: TENTH - 5 }));
    await measure("cancel ask", (s) => s.exchange.connect(s.hotKey).cancel(at(TENTH, 2n)));
    await measure("cancel ask by the provider", (s) => s.exchange.connect(s.provider).cancel(at(TENTH, 2n)));
    await measure("cancel bid", (s) => s.exchange.connect(s.buyer).cancel(at(TENTH - 10, 2n, Side.Bid)));
    await measure("fill one of an ask by id, launched", (s) =>
      s.exchange.connect(s.buyer).fill(ASK, TENTH, 1, 10, LAUNCH),
    );
    await measure("fill one of an ask by id, reserved", (s) =>
      s.exchange.connect(s.buyer).fill(ASK, TENTH, 1, 10, RESERVE),
    );
    await measure("bid takes one", (s) => bid(s, { execution: IOC }));
    await measure("bid takes ten of one", (s) => bid(s, { quantity: 10, execution: IOC }));
    await measure("bid takes ten orders", async (s) => {
      for (let lane = 0n; lane < 4n; lane++) await s.exchange.connect(s.hotKey).cancel(at(TENTH, lane));
      return bid(s, { price: TENTH + 1, quantity: 10, execution: IOC });
    });
    await measure("ask takes one bid", (s) => ask(s, { price: TENTH - 10, execution: IOC }));
    await measure("ask takes eight of four bids", (s) => ask(s, { price: TENTH - 10, quantity: 8, execution: IOC }));
    if (process.env.XOV_GAS) console.table(table);
    expect(BID).to.be.greaterThan(ASK);
  });
});
