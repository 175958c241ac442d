// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { AbiCoder, keccak256, ZeroAddress } from "ethers";
import { headersOf, hex, mineChain } from "./support/blocks.ts";
import { connection } from "./support/lightClient.ts";
import {
  BOND_PER_LOT,
  LOT,
  LOTS,
  MAKER_KEY,
  mineWith,
  offered,
  PRICE,
  paymentOf,
  proofOf,
  RESERVED_FOR,
  reserve,
  reserved,
} from "./support/swap.ts";

const { networkHelpers, ethers } = connection;
const { loadFixture, time } = networkHelpers;

describe("Swap.reserve", () => {
  it("locks the lots for the window and its confirmations, and holds the sponsor's bond", async () => {
    const s = await loadFixture(offered);
    const id = await s.swap.idOf(1n, s.taker, 40n, 7n);
    const now = (await time.latest()) + 10;
    await time.setNextBlockTimestamp(now);
    const before = await s.balanceOf(s.sponsor);
    await expect(s.swap.connect(s.sponsor).reserve(1n, s.taker, 40n, 7n))
      .to.emit(s.swap, "Reserved")
      .withArgs(id, 1n, s.taker.address, s.sponsor.address, 40n, 7n, now + RESERVED_FOR);
    expect(before - (await s.balanceOf(s.sponsor))).to.equal(40n * BOND_PER_LOT);
    expect(await s.balanceOf(s.swap)).to.equal(LOTS * LOT + 40n * BOND_PER_LOT);
    expect((await s.swap.offerOf(1n)).lots).to.equal(LOTS - 40n);
    const r = await s.swap.reservationOf(id);
    expect([r.taker, r.sponsor, r.offer, r.reserved, r.bonded, r.held, r.delivered, r.paid]).to.deep.equal([
      s.taker.address,
      s.sponsor.address,
      1n,
      40n,
      40n,
      0n,
      0n,
      0n,
    ]);
    expect(r.deadline).to.equal(BigInt(now + RESERVED_FOR));
  });

  it("has an id that commits to chain, contract, offer, taker, lots and nonce, and the maker's key as its terms", async () => {
    const s = await loadFixture(reserved);
    const { chainId } = await ethers.provider.getNetwork();
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["string", "uint256", "address", "uint40", "address", "uint64", "uint256"],
      ["XOV swap", chainId, await s.swap.getAddress(), 1n, s.taker.address, 40n, 1n],
    );
    expect(s.id).to.equal(keccak256(encoded));
    expect(await s.swap.bitcoinTerms(s.id)).to.deep.equal([hex(MAKER_KEY), 2n]);
  });

  it("never gives the same address twice, not even to a reservation that is over", async () => {
    const s = await loadFixture(reserved);
    const again = () => s.swap.connect(s.sponsor).reserve(1n, s.taker, 40n, 1n);
    await expect(again()).to.be.revertedWithCustomError(s.swap, "Swap_AlreadyReserved").withArgs(s.id);
    await time.increaseTo(s.deadline + 1);
    await s.swap.expire(s.id);
    await expect(again()).to.be.revertedWithCustomError(s.swap, "Swap_AlreadyReserved").withArgs(s.id);
    const other = await reserve(s, 40n, 2n);
    expect(other).not.to.equal(s.id);
  });

  it("counts what was paid to the address before the lots were reserved", async () => {
    const s = await loadFixture(offered);
    const parts = [{ id: await s.swap.idOf(1n, s.taker, 40n, 1n), sats: 40n * PRICE }];
    const payment = paymentOf(parts);
    const block = mineWith(s.chain, payment);
    await s.client.submit(1, headersOf([block, ...mineChain(block, 1)]));
    const prove = () => s.payments.prove(...proofOf(block, payment, parts));
    await expect(prove()).to.be.revertedWithCustomError(s.swap, "Swap_UnknownReservation").withArgs(parts[0]?.id);
    await reserve(s, 40n);
    await prove();
    expect(await s.balanceOf(s.taker)).to.equal(40n * LOT);
  });

  it("refuses too few lots, more than are free, and nobody as the taker", async () => {
    const s = await loadFixture(reserved);
    const swap = s.swap.connect(s.sponsor);
    await expect(swap.reserve(1n, s.taker, 9n, 2n))
      .to.be.revertedWithCustomError(s.swap, "Swap_TooFewLots")
      .withArgs(9n, 10n);
    await expect(swap.reserve(1n, s.taker, LOTS - 39n, 2n))
      .to.be.revertedWithCustomError(s.swap, "Swap_LotsUnavailable")
      .withArgs(1n, LOTS - 40n, LOTS - 39n);
    await expect(swap.reserve(1n, ZeroAddress, 10n, 2n)).to.be.revertedWithCustomError(s.swap, "Swap_ZeroTaker");
    await expect(swap.reserve(2n, s.taker, 10n, 2n))
      .to.be.revertedWithCustomError(s.swap, "Swap_UnknownOffer")
      .withArgs(2n);
    await swap.reserve(1n, s.taker, LOTS - 40n, 2n);
  });

  it("refuses a sponsor without the bond", async () => {
    const s = await loadFixture(offered);
    await expect(s.swap.connect(s.stranger).reserve(1n, s.taker, 10n, 1n))
      .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
      .withArgs(s.terms.token, s.stranger.address, 0n, 10n * BOND_PER_LOT);
  });
});
