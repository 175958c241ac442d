// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { headersOf, last, mineChain } from "./support/blocks.ts";
import { connection, submitAll } from "./support/lightClient.ts";
import { DAY, held, LOT, LOTS, offered, owed, PRICE, payFor, reorganize, reserve } from "./support/swap.ts";

const { networkHelpers } = connection;
const { loadFixture, time } = networkHelpers;
const CLAIMED = 100n;

describe("Swap.claim", () => {
  it("hands over held lots after three days, no sooner, while their payment is canonical", async () => {
    const s = await loadFixture(held);
    await time.setNextBlockTimestamp(s.heldUntil - 1);
    await expect(s.swap.claim(s.id, s.paid.outpoints))
      .to.be.revertedWithCustomError(s.swap, "Swap_HeldUntil")
      .withArgs(s.id, s.heldUntil, s.heldUntil - 1);
    await time.setNextBlockTimestamp(s.heldUntil);
    await expect(s.swap.connect(s.stranger).claim(s.id, s.paid.outpoints))
      .to.emit(s.swap, "Delivered")
      .withArgs(s.id, s.taker.address, CLAIMED, CLAIMED * LOT);
    expect(await s.balanceOf(s.taker)).to.equal(CLAIMED * LOT);
    expect(await s.balanceOf(s.swap)).to.equal(await owed(s, [1n], [s.id]));
    await expect(s.swap.claim(s.id, s.paid.outpoints))
      .to.be.revertedWithCustomError(s.swap, "Swap_NothingHeld")
      .withArgs(s.id);
  });

  it("gives nothing for a payment whose block was removed, though nobody revoked it", async () => {
    const s = await loadFixture(held);
    await reorganize(s, s.chain, 0);
    await time.increaseTo(s.heldUntil);
    const [outpoint] = s.paid.outpoints;
    await expect(s.swap.claim(s.id, s.paid.outpoints))
      .to.be.revertedWithCustomError(s.swap, "Swap_PaymentGone")
      .withArgs(outpoint?.txid, 0);
    expect(await s.balanceOf(s.taker)).to.equal(0n);
  });

  it("gives them when the payment is canonical again", async () => {
    const s = await loadFixture(held);
    const other = await reorganize(s, s.chain, 0);
    const back = [...s.chain, ...mineChain(last(s.chain), other.chain.length - s.chain.length + 1)];
    await s.client.submit(1, headersOf(back.slice(1)));
    await time.increaseTo(s.heldUntil);
    await s.swap.claim(s.id, s.paid.outpoints);
    expect(await s.balanceOf(s.taker)).to.equal(CLAIMED * LOT);
  });

  describe("given several payments", () => {
    async function two() {
      const s = await offered();
      const id = await reserve(s, 100n);
      const parts = [
        { id, sats: 60n * PRICE },
        { id, sats: 30n * PRICE },
      ];
      const first = await payFor(s, s.chain, parts);
      const second = await payFor(s, first.chain, [{ id, sats: 10n * PRICE }]);
      const outpoints = [...first.outpoints, ...second.outpoints].sort((a, b) =>
        a.txid === b.txid ? a.vout - b.vout : a.txid < b.txid ? -1 : 1,
      );
      return { ...s, id, first, second, outpoints, chain: second.chain };
    }

    it("counts each once", async () => {
      const s = await loadFixture(two);
      await time.increase(3 * DAY);
      const [a, b, c] = s.outpoints;
      if (!a || !b || !c) throw new Error("three outpoints");
      for (const [list, index] of [
        [[a, a], 1],
        [[a, b, b], 2],
        [[b, a], 1],
        [[a, c, b], 2],
      ] as const) {
        await expect(s.swap.claim(s.id, [...list]))
          .to.be.revertedWithCustomError(s.swap, "Swap_OutpointsNotAscending")
          .withArgs(index);
      }
      await s.swap.claim(s.id, s.outpoints);
      expect(await s.balanceOf(s.taker)).to.equal(100n * LOT);
    });

    it("hands over what those named pay for, and the rest later", async () => {
      const s = await loadFixture(two);
      // 30 lots and ten more were within the bound, and left at once; the first 60 were not.
      const { delivered, held: waiting } = await s.swap.reservationOf(s.id);
      expect([delivered, waiting]).to.deep.equal([40n, 60n]);
      await time.increase(3 * DAY);
      const [second] = s.second.outpoints;
      if (!second) throw new Error("one outpoint");
      await expect(s.swap.claim(s.id, [second]))
        .to.be.revertedWithCustomError(s.swap, "Swap_TooLittlePaid")
        .withArgs(s.id, 10n * PRICE * 1000n, 41n * PRICE * 1000n);
      await expect(s.swap.claim(s.id, [])).to.be.revertedWithCustomError(s.swap, "Swap_TooLittlePaid");
      await s.swap.claim(s.id, s.first.outpoints);
      expect(await s.balanceOf(s.taker)).to.equal(90n * LOT);
      await s.swap.claim(s.id, s.outpoints);
      expect(await s.balanceOf(s.taker)).to.equal(100n * LOT);
      expect(await s.balanceOf(s.swap)).to.equal((LOTS - 100n) * LOT);
    });

    it("counts what left at once first, when its payment is gone", async () => {
      const s = await loadFixture(two);
      await reorganize(s, s.chain, 2);
      await time.increase(3 * DAY);
      await s.swap.claim(s.id, s.first.outpoints);
      // 90 lots are paid for by what is canonical, among them the ten that left for the payment that is gone.
      expect(await s.balanceOf(s.taker)).to.equal(90n * LOT);
      const [gone] = s.second.outpoints;
      if (!gone) throw new Error("one outpoint");
      await s.payments.revoke(gone.txid, gone.vout, s.id);
      const r = await s.swap.reservationOf(s.id);
      expect([r.reserved, r.held, r.delivered]).to.deep.equal([10n, 0n, 90n]);
      expect(await s.balanceOf(s.swap)).to.equal(await owed(s, [1n], [s.id]));
    });

    it("waits anew for lots that join those held", async () => {
      const s = await loadFixture(two);
      await time.increase(2 * DAY);
      const third = await payFor(s, s.chain, [{ id: s.id, sats: 50n * PRICE }]);
      await expect(third.proving).to.emit(s.swap, "Held");
      await time.increase(DAY + 1);
      await expect(s.swap.claim(s.id, s.outpoints)).to.be.revertedWithCustomError(s.swap, "Swap_HeldUntil");
    });
  });

  it("needs no outpoints when their blocks left the ring long ago", async () => {
    const s = await loadFixture(held);
    await submitAll(s.client, mineChain(last(s.chain), 4200));
    await time.increaseTo(s.heldUntil + 57 * DAY - 1);
    await expect(s.swap.claim.staticCall(s.id, [], { blockTag: "latest" })).to.be.revertedWithCustomError(
      s.swap,
      "Swap_TooLittlePaid",
    );
    await s.swap.claim.staticCall(s.id, s.paid.outpoints);
    await time.increaseTo(s.heldUntil + 57 * DAY);
    await s.swap.claim(s.id, []);
    expect(await s.balanceOf(s.taker)).to.equal(CLAIMED * LOT);
  });
});
