// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { connection } from "./support/lightClient.ts";
import { DAY, deployed, held, offered, PRICE, payFor, reserve, reserved } from "./support/swap.ts";

const { networkHelpers } = connection;
const { loadFixture, time } = networkHelpers;

type Sent = { wait(): Promise<{ gasUsed: bigint } | null> };

/** Whole-transaction gas, cold storage. */
async function gasOf(sent: Promise<Sent>): Promise<number> {
  const gas = Number((await (await sent).wait())?.gasUsed);
  return gas;
}

describe("What a swap costs", () => {
  const measured: Record<string, number> = {};
  const keep = (operation: string, gas: number, most: number) => {
    measured[operation] = gas;
    expect(gas).to.be.lessThan(most);
  };

  after(() => {
    if (process.env.XOV_GAS) console.log(measured);
  });

  it("to make an offer", async () => {
    const s = await loadFixture(deployed);
    await s.swap.connect(s.maker).make(s.terms);
    keep("make", await gasOf(s.swap.connect(s.maker).make(s.terms)), 185_000);
  });

  it("to reserve, and to expire", async () => {
    const s = await loadFixture(offered);
    await reserve(s, 10n, 1n);
    keep("reserve", await gasOf(s.swap.connect(s.sponsor).reserve(1n, s.taker, 10n, 2n)), 135_000);
    const id = await s.swap.idOf(1n, s.taker, 10n, 2n);
    await time.increase(DAY);
    keep("expire", await gasOf(s.swap.expire(id)), 65_000);
  });

  it("to prove a payment, and what leaves at once with it", async () => {
    const s = await loadFixture(reserved);
    const first = await payFor(s, s.chain, [{ id: s.id, sats: 10n * PRICE }]);
    const second = await payFor(s, first.chain, [{ id: s.id, sats: 10n * PRICE }]);
    keep("prove and deliver", await gasOf(second.proving), 155_000);
  });

  it("to prove a payment that is held, and to claim", async () => {
    const s = await loadFixture(held);
    keep("prove and hold", await gasOf(s.paid.proving), 160_000);
    await time.increaseTo(s.heldUntil);
    keep("claim", await gasOf(s.swap.claim(s.id, s.paid.outpoints)), 110_000);
  });

  it("to close", async () => {
    const s = await loadFixture(reserved);
    keep("close", await gasOf(s.swap.connect(s.maker).close(1n)), 70_000);
  });
});
