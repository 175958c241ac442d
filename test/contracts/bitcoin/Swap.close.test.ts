// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { connection } from "./support/lightClient.ts";
import { LOT, LOTS, offered } from "./support/swap.ts";

const { networkHelpers } = connection;
const { loadFixture } = networkHelpers;

describe("Swap.close", () => {
  it("returns the free lots to the maker, and ends the offer", async () => {
    const s = await loadFixture(offered);
    const before = await s.balanceOf(s.maker);
    await expect(s.swap.connect(s.maker).close(1n)).to.emit(s.swap, "OfferClosed").withArgs(1n, LOTS);
    expect((await s.balanceOf(s.maker)) - before).to.equal(LOTS * LOT);
    await expect(s.swap.connect(s.maker).close(1n))
      .to.be.revertedWithCustomError(s.swap, "Swap_OfferIsClosed")
      .withArgs(1n);
    await expect(s.swap.connect(s.sponsor).reserve(1n, s.taker, 10n, 1n))
      .to.be.revertedWithCustomError(s.swap, "Swap_OfferIsClosed")
      .withArgs(1n);
  });

  it("leaves what is reserved to its taker", async () => {
    const s = await loadFixture(offered);
    await s.swap.connect(s.sponsor).reserve(1n, s.taker, 40n, 1n);
    await expect(s.swap.connect(s.maker).close(1n))
      .to.emit(s.swap, "OfferClosed")
      .withArgs(1n, LOTS - 40n);
    const id = await s.swap.idOf(1n, s.taker, 40n, 1n);
    expect((await s.swap.reservationOf(id)).reserved).to.equal(40n);
    expect(await s.balanceOf(s.swap)).to.equal(40n * (LOT + s.terms.bondPerLot));
  });

  it("is for the maker only", async () => {
    const s = await loadFixture(offered);
    await expect(s.swap.connect(s.taker).close(1n))
      .to.be.revertedWithCustomError(s.swap, "Swap_NotMaker")
      .withArgs(s.taker.address, s.maker.address);
    await expect(s.swap.connect(s.maker).close(2n))
      .to.be.revertedWithCustomError(s.swap, "Swap_UnknownOffer")
      .withArgs(2n);
  });
});
