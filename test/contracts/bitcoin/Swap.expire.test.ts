// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { connection } from "./support/lightClient.ts";
import { BOND_PER_LOT, LOT, LOTS, owed, PRICE, payFor, reserved } from "./support/swap.ts";

const { networkHelpers } = connection;
const { loadFixture, time } = networkHelpers;

describe("Swap.expire", () => {
  it("frees the lots after the deadline, no sooner, and gives the bond to the maker", async () => {
    const s = await loadFixture(reserved);
    await time.setNextBlockTimestamp(s.deadline);
    await expect(s.swap.expire(s.id))
      .to.be.revertedWithCustomError(s.swap, "Swap_NotExpired")
      .withArgs(s.id, s.deadline, s.deadline);
    await time.setNextBlockTimestamp(s.deadline + 1);
    const before = await s.balanceOf(s.maker);
    await expect(s.swap.connect(s.stranger).expire(s.id))
      .to.emit(s.swap, "ReservationExpired")
      .withArgs(s.id, 40n, 40n * BOND_PER_LOT);
    expect((await s.balanceOf(s.maker)) - before).to.equal(40n * BOND_PER_LOT);
    expect((await s.swap.offerOf(1n)).lots).to.equal(LOTS);
    expect(await s.balanceOf(s.swap)).to.equal(LOTS * LOT);
    await expect(s.swap.expire(s.id)).to.be.revertedWithCustomError(s.swap, "Swap_NothingReserved").withArgs(s.id);
  });

  it("takes the bond of the lots that were not paid for, and of no others", async () => {
    const s = await loadFixture(reserved);
    await payFor(s, s.chain, [{ id: s.id, sats: 15n * PRICE + 1n }]);
    await time.increaseTo(s.deadline + 1);
    const [maker, sponsor] = [await s.balanceOf(s.maker), await s.balanceOf(s.sponsor)];
    await expect(s.swap.expire(s.id))
      .to.emit(s.swap, "ReservationExpired")
      .withArgs(s.id, 25n, 25n * BOND_PER_LOT);
    expect((await s.balanceOf(s.maker)) - maker).to.equal(25n * BOND_PER_LOT);
    expect(await s.balanceOf(s.sponsor)).to.equal(sponsor);
    expect((await s.swap.offerOf(1n)).lots).to.equal(LOTS - 15n);
    expect(await s.balanceOf(s.swap)).to.equal(await owed(s, [1n], [s.id]));
  });

  it("gives the lots to the maker when the offer is closed", async () => {
    const s = await loadFixture(reserved);
    await s.swap.connect(s.maker).close(1n);
    await time.increaseTo(s.deadline + 1);
    const before = await s.balanceOf(s.maker);
    await s.swap.expire(s.id);
    expect((await s.balanceOf(s.maker)) - before).to.equal(40n * (LOT + BOND_PER_LOT));
    expect(await s.balanceOf(s.swap)).to.equal(0n);
    expect((await s.swap.offerOf(1n)).lots).to.equal(0n);
  });

  it("ends nothing that was paid for", async () => {
    const s = await loadFixture(reserved);
    await payFor(s, s.chain, [{ id: s.id, sats: 40n * PRICE }]);
    await time.increaseTo(s.deadline + 1);
    await expect(s.swap.expire(s.id)).to.be.revertedWithCustomError(s.swap, "Swap_NothingReserved").withArgs(s.id);
    await expect(s.swap.expire(`0x${"11".repeat(32)}`)).to.be.revertedWithCustomError(
      s.swap,
      "Swap_UnknownReservation",
    );
  });
});
