// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256, MaxUint256 } from "ethers";
import { Resale__factory } from "../../../typechain-types/index.js";
import { at, DAY, loadFixture, PREPAYMENT, SEAL_KEY, SEALED_ACCESS, take, termsOf, time } from "../fixture.ts";
import { CLAIM_DELAY, FEE, proofOf, REFUND_WINDOW, refunded, withDebts } from "./fixture.ts";

/** A witness program of version 0 (BIP-141), the buyer's. */
const BUYERS = `0x0014${"22".repeat(20)}`;

/** A bitcoin lease that ran, was resold to `relayer` with this refund script, and that its buyer stopped. */
async function resoldWith(refundScript: string) {
  const s = await withDebts();
  const terms = await termsOf(s);
  const { id, tx } = await take(s, { terms });
  await tx;
  await s.leases.connect(s.payments).credit(id, PREPAYMENT);
  await s.leases.connect(s.hotKey).start(id, SEALED_ACCESS);
  const resale = Resale__factory.connect(await s.leases.RESALE(), s.relayer);
  await resale.connect(s.holder).list(id, s.xov, 0n, (await time.latest()) + DAY);
  const buyer = { account: s.relayer.address, nonce: 0, deadline: 0, signature: "0x" };
  const launch = { sealKeyHash: keccak256(SEAL_KEY), sealedSpec: "0xb0b0" };
  await resale.buy(id, { maxPrice: MaxUint256, refundScript }, launch, buyer);
  await s.leases.connect(s.relayer).stop(id);
  const { refundable: owed } = await s.leases.statusOf(id);
  return { ...s, id, terms, owed, closedAt: await time.latest() };
}

const resold = () => resoldWith(BUYERS);
const resoldWithoutScript = () => resoldWith("0x");

describe("BitcoinDebts, of a lease that was resold", () => {
  it("takes a refund to the buyer's script", async () => {
    const s = await loadFixture(resold);
    const refund = await refunded(s, { script: BUYERS, sats: (s.owed - FEE) / 1000n + 1n });
    await s.bitcoinDebts.prove(...proofOf(s, refund));
    expect(await s.bitcoinDebts.owedOf(s.id)).to.equal(0n);
  });

  it("reverts for one to the seller's, which the terms still name", async () => {
    const s = await loadFixture(resold);
    const refund = await refunded(s);
    await expect(s.bitcoinDebts.prove(...proofOf(s, refund)))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_WrongScript")
      .withArgs(refund.txid, 0, s.terms.refundScript);
  });

  it("pays the collateral to the buyer", async () => {
    const s = await loadFixture(resold);
    await at(s.closedAt + REFUND_WINDOW);
    await s.bitcoinDebts.claim(s.terms);
    await at(s.closedAt + REFUND_WINDOW + CLAIM_DELAY);
    await expect(s.bitcoinDebts.collect(s.id)).to.emit(s.bitcoinDebts, "ClaimPaid");
    const [seller, buyer] = await Promise.all([s.holder, s.relayer].map((of) => s.vault.balanceOf(s.xov, of)));
    expect(seller).to.equal(0n);
    expect(buyer).to.be.above(0n);
  });

  it("wants no refund and can be claimed at once when the buyer names no script", async () => {
    const s = await loadFixture(resoldWithoutScript);
    await expect(s.bitcoinDebts.prove(...proofOf(s, await refunded(s))))
      .to.be.revertedWithCustomError(s.bitcoinDebts, "BitcoinDebts_NoRefundScript")
      .withArgs(s.id);
    await expect(s.bitcoinDebts.claim(s.terms)).to.emit(s.bitcoinDebts, "CollateralClaimed");
  });
});
