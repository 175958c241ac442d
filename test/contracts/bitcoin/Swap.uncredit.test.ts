// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { headersOf, hex, last, mineChain } from "./support/blocks.ts";
import { connection } from "./support/lightClient.ts";
import {
  CONFIRMATIONS,
  DAY,
  held,
  LOT,
  LOTS,
  mineWith,
  owed,
  PRICE,
  payFor,
  proofOf,
  RESERVED_FOR,
  reorganize,
  reserved,
} from "./support/swap.ts";

const { networkHelpers } = connection;
const { loadFixture, time } = networkHelpers;

describe("Swap.uncredit, when a payment's block was removed and its credit is revoked", () => {
  it("reserves held lots again, for as long as a payment takes", async () => {
    const s = await loadFixture(held);
    await reorganize(s, s.chain, 0);
    const now = (await time.latest()) + 1;
    await time.setNextBlockTimestamp(now);
    await expect(s.payments.connect(s.maker).revoke(hex(s.paid.payment.txid), 0, s.id))
      .to.emit(s.swap, "Unpaid")
      .withArgs(s.id, 100n * PRICE * 1000n, 100n * PRICE * 1000n, 0n, 100n, now + RESERVED_FOR);
    const r = await s.swap.reservationOf(s.id);
    expect([r.reserved, r.held, r.delivered, r.paid, r.bonded]).to.deep.equal([100n, 0n, 0n, 0n, 0n]);
    expect(await s.balanceOf(s.swap)).to.equal(await owed(s, [1n], [s.id]));
    await expect(s.swap.expire(s.id)).to.be.revertedWithCustomError(s.swap, "Swap_NotExpired");
    await time.increase(RESERVED_FOR + 1);
    await expect(s.swap.expire(s.id)).to.emit(s.swap, "ReservationExpired").withArgs(s.id, 100n, 0n);
    expect((await s.swap.offerOf(1n)).lots).to.equal(LOTS);
  });

  it("credits them again when the payment is mined again, though the maker was quick to revoke and to close", async () => {
    const s = await loadFixture(held);
    const { chain, block } = await reorganize(s, s.chain, 0, s.paid.payment);
    await s.payments.connect(s.maker).revoke(hex(s.paid.payment.txid), 0, s.id);
    await s.swap.connect(s.maker).close(1n);
    expect(chain.length).to.be.greaterThan(CONFIRMATIONS);
    await s.payments.prove(...proofOf(block, s.paid.payment, [{ id: s.id, sats: 100n * PRICE }]));
    expect((await s.swap.reservationOf(s.id)).held).to.equal(100n);
    await time.increase(3 * DAY);
    await s.swap.claim(s.id, s.paid.outpoints);
    expect(await s.balanceOf(s.taker)).to.equal(100n * LOT);
    expect(await s.balanceOf(s.swap)).to.equal(0n);
  });

  it("leaves all as it is when the payment is proven in its new block before anyone revokes", async () => {
    const s = await loadFixture(held);
    const { block } = await reorganize(s, s.chain, 0, s.paid.payment);
    const before = await s.swap.reservationOf(s.id);
    await expect(s.payments.prove(...proofOf(block, s.paid.payment, [{ id: s.id, sats: 100n * PRICE }])))
      .to.emit(s.payments, "PaymentMoved")
      .and.not.to.emit(s.swap, "Paid");
    expect([...(await s.swap.reservationOf(s.id))]).to.deep.equal([...before]);
    await time.increaseTo(s.heldUntil);
    await s.swap.claim(s.id, s.paid.outpoints);
    expect(await s.balanceOf(s.taker)).to.equal(100n * LOT);
  });

  it("cannot take lots that were delivered, and credits the same outpoint for them no second time", async () => {
    const s = await loadFixture(reserved);
    const sats = 40n * PRICE + 500n;
    const paid = await payFor(s, s.chain, [{ id: s.id, sats }]);
    const { chain } = await reorganize(s, paid.chain, 0);
    await expect(s.payments.revoke(hex(paid.payment.txid), 0, s.id))
      .to.emit(s.payments, "PaymentRevoked")
      .withArgs(s.id, hex(paid.payment.txid), 0, 500_000n, 40n * PRICE * 1000n);
    expect(await s.balanceOf(s.taker)).to.equal(40n * LOT);
    const again = mineWith(chain, paid.payment);
    await s.client.submit(again.height, headersOf([again, ...mineChain(again, 1)]));
    await s.payments.prove(...proofOf(again, paid.payment, [{ id: s.id, sats }]));
    expect(await s.balanceOf(s.taker)).to.equal(40n * LOT);
    expect((await s.swap.reservationOf(s.id)).paid).to.equal(sats * 1000n);
    expect(last(chain).height).to.be.greaterThan(0);
    expect(await s.balanceOf(s.swap)).to.equal(await owed(s, [1n], [s.id]));
  });
});
