// SPDX-License-Identifier: Apache-2.0
// As BitcoinPayments.forgery.test.ts, against a swap: a fork with payments that were never made.
import { expect } from "chai";
import { type Block, headersOf, hex, last, mine, mineChain, rival, sha256 } from "./support/blocks.ts";
import { connection } from "./support/lightClient.ts";
import { blockProof, fill, transactionProof } from "./support/payments.ts";
import {
  addressOf,
  BOND_PER_LOT,
  BOUND,
  DAY,
  LOT,
  LOTS,
  offered,
  owed,
  PRICE,
  paymentOf,
  reserve,
} from "./support/swap.ts";

const { networkHelpers } = connection;
const { loadFixture, time } = networkHelpers;

/**
 * Ten reservations of 50 lots each, each within the bound by itself, and a fork of three blocks over two honest ones that
 * pays them all, in a transaction each.
 */
async function forged() {
  const s = await offered();
  const honest = [...s.chain, ...mineChain(last(s.chain), 2, rival("honest"))];
  await s.client.submit(1, headersOf(honest.slice(1)));
  const ids: string[] = [];
  for (let nonce = 1n; nonce <= 10n; nonce += 1n) ids.push(await reserve(s, 50n, nonce));
  const all = ids.map((id) => paymentOf([{ id, sats: 50n * PRICE }], id));
  const txids = fill(11, new Map(all.map((payment, i) => [i + 1, payment])));
  const block: Block = mine(last(s.chain), { txids: [sha256(Buffer.from("forger's")), ...txids.slice(1)] });
  const fork = [block, ...mineChain(block, 2)];
  await s.client.submit(1, headersOf(fork));
  const transactions = all.map((payment, i) => transactionProof(block, i + 1, payment.legacy));
  const outputs = ids.map((leaseId) => [{ vout: 0, outputKeyY: hex(addressOf(leaseId).y), leaseId }]);
  await s.payments.proveMany(blockProof(block), transactions, outputs);
  const outpoints = all.map(({ txid }) => ({ txid: hex(txid), vout: 0 }));
  const overtake = () =>
    s.client.submit(1, headersOf([...honest.slice(1), ...mineChain(last(honest), 2, rival("honest"))]));
  return { ...s, ids, outpoints, overtake };
}

describe("What a forged fork gains of a swap", () => {
  it("the bound of the offer at once, however many reservations it pays, and no more", async () => {
    const s = await loadFixture(forged);
    expect(await s.balanceOf(s.taker)).to.equal((BOUND / PRICE) * LOT);
    const states = await Promise.all(s.ids.map((id) => s.swap.reservationOf(id)));
    expect(states.map(({ delivered, held }) => [delivered, held])).to.deep.equal([
      [50n, 0n],
      ...Array.from({ length: 9 }, () => [0n, 50n]),
    ]);
  });

  it("nothing of what was held, when the honest chain is ahead by then, whether anybody revokes or not", async () => {
    const s = await loadFixture(forged);
    await s.overtake();
    await time.increase(3 * DAY);
    for (const [i, id] of s.ids.entries()) {
      const outpoint = s.outpoints[i];
      if (!outpoint) throw new Error("an outpoint each");
      await expect(s.swap.claim(id, [outpoint])).to.be.revertedWithCustomError(
        s.swap,
        i === 0 ? "Swap_NothingHeld" : "Swap_PaymentGone",
      );
    }
    expect(await s.balanceOf(s.taker)).to.equal((BOUND / PRICE) * LOT);
  });

  it("no lots of other makers or takers, and none from the maker but those at once: the rest comes back", async () => {
    const s = await loadFixture(forged);
    await s.overtake();
    for (const [i, id] of s.ids.entries()) {
      const outpoint = s.outpoints[i];
      if (!outpoint) throw new Error("an outpoint each");
      await s.payments.revoke(outpoint.txid, outpoint.vout, id);
    }
    await time.increase(3 * DAY);
    for (const id of s.ids.slice(1)) await s.swap.expire(id);
    expect(await s.balanceOf(s.swap)).to.equal(await owed(s, [1n], s.ids));
    const before = await s.balanceOf(s.maker);
    await s.swap.connect(s.maker).close(1n);
    expect((await s.balanceOf(s.maker)) - before).to.equal((LOTS - 50n) * LOT);
    expect(await s.balanceOf(s.swap)).to.equal(0n);
  });

  it("more than that only by staying the best chain for three days, block for block with all miners", async () => {
    const s = await loadFixture(forged);
    await time.increase(3 * DAY);
    const [, id] = s.ids;
    const [, outpoint] = s.outpoints;
    if (!id || !outpoint) throw new Error("an outpoint each");
    await s.swap.claim(id, [outpoint]);
    expect(await s.balanceOf(s.taker)).to.equal(100n * LOT);
  });

  it("free locking of lots for one more window, since its bonds have gone back", async () => {
    const s = await loadFixture(forged);
    await s.overtake();
    const [, id] = s.ids;
    const [, outpoint] = s.outpoints;
    if (!id || !outpoint) throw new Error("an outpoint each");
    await s.payments.revoke(outpoint.txid, outpoint.vout, id);
    const { bonded, reserved, deadline } = await s.swap.reservationOf(id);
    expect([bonded, reserved]).to.deep.equal([0n, 50n]);
    await time.increaseTo(deadline + 1n);
    await s.swap.expire(id);
    expect(BOND_PER_LOT).to.be.greaterThan(0n);
    expect((await s.swap.offerOf(1n)).lots).to.equal(LOTS - 450n);
  });
});
