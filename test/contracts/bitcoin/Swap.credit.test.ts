// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { connection } from "./support/lightClient.ts";
import {
  BOND_PER_LOT,
  BOUND,
  DAY,
  deployed,
  held,
  LOT,
  LOTS,
  offered,
  owed,
  PRICE,
  payFor,
  reserve,
  reserved,
} from "./support/swap.ts";

const { networkHelpers, ethers } = connection;
const { loadFixture, time } = networkHelpers;

describe("Swap.credit", () => {
  describe("given a payment for all that is reserved", () => {
    it("hands the lots to the taker and the bond to its sponsor at once, when the value is within the bound", async () => {
      const s = await loadFixture(reserved);
      const before = await s.balanceOf(s.sponsor);
      const { proving } = await payFor(s, s.chain, [{ id: s.id, sats: 40n * PRICE }]);
      await expect(proving)
        .to.emit(s.swap, "Paid")
        .withArgs(s.id, 40n * PRICE * 1000n, 40n * PRICE * 1000n)
        .and.to.emit(s.swap, "Assigned")
        .withArgs(s.id, 40n, 0n)
        .and.to.emit(s.swap, "BondReturned")
        .withArgs(s.id, s.sponsor.address, 40n * BOND_PER_LOT)
        .and.to.emit(s.swap, "Delivered")
        .withArgs(s.id, s.taker.address, 40n, 40n * LOT);
      expect(await s.balanceOf(s.taker)).to.equal(40n * LOT);
      expect((await s.balanceOf(s.sponsor)) - before).to.equal(40n * BOND_PER_LOT);
      expect(await s.balanceOf(s.swap)).to.equal((LOTS - 40n) * LOT);
      const r = await s.swap.reservationOf(s.id);
      expect([r.reserved, r.held, r.delivered, r.bonded]).to.deep.equal([0n, 0n, 40n, 0n]);
    });

    it("holds them for three days when it is not, and returns the bond", async () => {
      const s = await loadFixture(offered);
      const id = await reserve(s, 51n);
      const { proving } = await payFor(s, s.chain, [{ id, sats: 51n * PRICE }]);
      const until = (await time.latest()) + 3 * DAY;
      await expect(proving).to.emit(s.swap, "Held").withArgs(id, 51n, until).and.not.to.emit(s.swap, "Delivered");
      expect(await s.balanceOf(s.taker)).to.equal(0n);
      const r = await s.swap.reservationOf(id);
      expect([r.reserved, r.held, r.delivered, r.bonded]).to.deep.equal([0n, 51n, 0n, 0n]);
      expect(await s.balanceOf(s.swap)).to.equal(LOTS * LOT);
    });

    it("takes the taker's tokens out of the vault", async () => {
      const s = await loadFixture(reserved);
      await payFor(s, s.chain, [{ id: s.id, sats: 40n * PRICE }]);
      await s.vault.connect(s.taker).withdraw(s.xov, 40n * LOT, s.taker);
      expect(await s.xov.balanceOf(s.taker)).to.equal(40n * LOT);
    });
  });

  describe("given that much has left already", () => {
    it("lets no more than the bound leave at once, whoever takes it, and drains it in three days", async () => {
      const s = await loadFixture(offered);
      const ids = [await reserve(s, 30n, 1n), await reserve(s, 20n, 2n), await reserve(s, 10n, 3n)];
      let { chain } = s;
      const results = [];
      for (const [i, lots] of [30n, 20n, 10n].entries()) {
        const id = ids[i] ?? "";
        const paid = await payFor(s, chain, [{ id, sats: lots * PRICE }]);
        ({ chain } = paid);
        results.push((await s.swap.reservationOf(id)).delivered);
      }
      expect(results).to.deep.equal([30n, 20n, 0n]);
      expect(await s.swap.immediateOf(1n)).to.be.lessThan(BOUND / 100n);
      await time.increase(DAY);
      const third = await s.swap.immediateOf(1n);
      expect(third).to.be.within(BOUND / 3n, BOUND / 3n + BOUND / 100n);
      await time.increase(2 * DAY);
      expect(await s.swap.immediateOf(1n)).to.equal(BOUND);
      const late = await reserve(s, 50n, 4n);
      await payFor(s, chain, [{ id: late, sats: 50n * PRICE }]);
      expect((await s.swap.reservationOf(late)).delivered).to.equal(50n);
    });

    it("lets nothing leave at once when the bound is zero", async () => {
      const s = await loadFixture(deployed);
      await s.swap.connect(s.maker).make({ ...s.terms, bound: 0n });
      const id = await reserve(s, 10n);
      await payFor(s, s.chain, [{ id, sats: 10n * PRICE }]);
      expect((await s.swap.reservationOf(id)).held).to.equal(10n);
    });
  });

  describe("given payments that are not what was asked", () => {
    it("gives whole lots for parts, in several transactions or in outputs of one", async () => {
      const s = await loadFixture(reserved);
      const half = { id: s.id, sats: 5n * PRICE + PRICE / 2n };
      const first = await payFor(s, s.chain, [half]);
      expect(await s.balanceOf(s.taker)).to.equal(5n * LOT);
      expect((await s.swap.reservationOf(s.id)).bonded).to.equal(35n);
      await payFor(s, first.chain, [half, { id: s.id, sats: 1n }]);
      expect(await s.balanceOf(s.taker)).to.equal(11n * LOT);
      expect((await s.swap.reservationOf(s.id)).paid).to.equal((11n * PRICE + 1n) * 1000n);
      expect(await s.balanceOf(s.swap)).to.equal(await owed(s, [1n], [s.id]));
    });

    it("gives free lots for what is paid beyond those reserved", async () => {
      const s = await loadFixture(reserved);
      const { proving } = await payFor(s, s.chain, [{ id: s.id, sats: 45n * PRICE }]);
      await expect(proving).to.emit(s.swap, "Assigned").withArgs(s.id, 45n, 5n);
      expect(await s.balanceOf(s.taker)).to.equal(45n * LOT);
      expect((await s.swap.offerOf(1n)).lots).to.equal(LOTS - 45n);
    });

    it("gives free lots for what is paid too late", async () => {
      const s = await loadFixture(reserved);
      await time.increaseTo(s.deadline + 1);
      await s.swap.expire(s.id);
      await payFor(s, s.chain, [{ id: s.id, sats: 40n * PRICE }]);
      expect(await s.balanceOf(s.taker)).to.equal(40n * LOT);
      expect(await s.balanceOf(s.swap)).to.equal(await owed(s, [1n], [s.id]));
    });

    it("keeps what is reserved after the deadline until somebody expires it", async () => {
      const s = await loadFixture(reserved);
      await s.swap.connect(s.maker).close(1n);
      await time.increaseTo(s.deadline + DAY);
      await payFor(s, s.chain, [{ id: s.id, sats: 40n * PRICE }]);
      expect(await s.balanceOf(s.taker)).to.equal(40n * LOT);
    });

    it("records what finds no lots, and assigns them when there are", async () => {
      const s = await loadFixture(offered);
      const [id, rest] = [await reserve(s, 10n, 1n), await reserve(s, LOTS - 10n, 2n)];
      const { deadline } = await s.swap.reservationOf(rest);
      await payFor(s, s.chain, [{ id, sats: 12n * PRICE }]);
      expect(await s.balanceOf(s.taker)).to.equal(10n * LOT);
      expect((await s.swap.reservationOf(id)).paid).to.equal(12n * PRICE * 1000n);
      await expect(s.swap.assign(id)).to.be.revertedWithCustomError(s.swap, "Swap_NothingToAssign").withArgs(id);
      await time.increaseTo(deadline + 1n);
      await s.swap.expire(rest);
      await expect(s.swap.connect(s.stranger).assign(id)).to.emit(s.swap, "Assigned").withArgs(id, 2n, 2n);
      expect(await s.balanceOf(s.taker)).to.equal(12n * LOT);
      expect(await s.balanceOf(s.swap)).to.equal(await owed(s, [1n], [id, rest]));
    });

    it("counts each outpoint once", async () => {
      const s = await loadFixture(reserved);
      const { proof } = await payFor(s, s.chain, [{ id: s.id, sats: 10n * PRICE }]);
      await expect(s.payments.prove(...proof)).to.be.revertedWithCustomError(
        s.payments,
        "BitcoinPayments_AlreadyCredited",
      );
      expect(await s.balanceOf(s.taker)).to.equal(10n * LOT);
    });

    it("takes no payment to another reservation's address", async () => {
      const s = await loadFixture(reserved);
      const other = await reserve(s, 40n, 2n);
      const { proof } = await payFor(s, s.chain, [{ id: s.id, sats: 10n * PRICE }]);
      const [block, transaction, outputs] = proof;
      await expect(
        s.payments.prove(
          block,
          transaction,
          outputs.map((output) => ({ ...output, leaseId: other })),
        ),
      ).to.be.revertedWithCustomError(s.payments, "BitcoinPayments_WrongAddress");
    });
  });

  it("pays several reservations, of several takers, by one transaction", async () => {
    const s = await loadFixture(offered);
    const first = await reserve(s, 10n);
    await s.swap.connect(s.sponsor).reserve(1n, s.stranger, 20n, 1n);
    const second = await s.swap.idOf(1n, s.stranger, 20n, 1n);
    await payFor(s, s.chain, [
      { id: first, sats: 10n * PRICE },
      { id: second, sats: 20n * PRICE },
    ]);
    expect([await s.balanceOf(s.taker), await s.balanceOf(s.stranger)]).to.deep.equal([10n * LOT, 20n * LOT]);
  });

  it("sells any token, and holds the bond in XOV beside it", async () => {
    const s = await loadFixture(deployed);
    const token = await ethers.deployContract("XovToken", [s.maker.address, 10n ** 24n]);
    await token.connect(s.maker).approve(s.vault, 10n ** 24n);
    await s.vault.connect(s.maker).deposit(token, 10n ** 24n, s.maker);
    await s.swap.connect(s.maker).make({ ...s.terms, token: await token.getAddress() });
    const id = await reserve(s, 40n);
    expect(await s.balanceOf(s.swap)).to.equal(40n * BOND_PER_LOT);
    expect(await s.vault.balanceOf(token, s.swap)).to.equal(LOTS * LOT);
    await payFor(s, s.chain, [{ id, sats: 40n * PRICE }]);
    expect(await s.vault.balanceOf(token, s.taker)).to.equal(40n * LOT);
    expect(await s.balanceOf(s.swap)).to.equal(0n);
  });

  it("is for the payments contract only, as is taking back", async () => {
    const s = await loadFixture(held);
    for (const call of [s.swap.connect(s.maker).credit(s.id, 1n), s.swap.connect(s.maker).uncredit(s.id, 1n)]) {
      await expect(call).to.be.revertedWithCustomError(s.swap, "Swap_NotPayments").withArgs(s.maker.address);
    }
  });
});
