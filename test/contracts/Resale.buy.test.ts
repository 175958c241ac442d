// SPDX-License-Identifier: Apache-2.0
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { keccak256, MaxUint256, parseUnits, ZeroHash } from "ethers";
import { ContractWallet__factory, Resale__factory } from "../../typechain-types/index.js";
import { active, ethers, HOUR, LAUNCH, type Listed, loadFixture, SEAL_KEY, State, time } from "./fixture.ts";
import { PURSE, type TokenLeased, tokenActive, tokenPending, tokenReserved } from "./tokenFixture.ts";

const SPEC = "0xb0b0";
const BUYERS_LAUNCH = { sealKeyHash: keccak256(SEAL_KEY), sealedSpec: SPEC };
const NO_LAUNCH = { sealKeyHash: ZeroHash, sealedSpec: "0x" };
/** A witness program of version 0 (BIP-141). */
const SCRIPT = `0x0014${"22".repeat(20)}`;
const PREMIUM = parseUnits("3", 6);

const TYPES = {
  Offer: ["bytes32 leaseId", "address token", "int256 premium"],
  Buy: ["bytes32 leaseId", "address token", "uint256 maxPrice", "bytes32 refundScriptHash", "bytes32 launchSpecHash"],
};

/** The seller is the holder, the buyer the relayer, which has money. */
async function withResale<S extends Listed>(s: S) {
  const resale = Resale__factory.connect(await s.leases.RESALE(), s.relayer);
  const sign = async (signer: HardhatEthersSigner, type: keyof typeof TYPES, message: object) => {
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { name: "XOV Resale", version: "1", chainId, verifyingContract: await resale.getAddress() };
    const fields = [...TYPES[type], "uint256 nonce", "uint256 deadline"].map((field) => {
      const [kind = "", name = ""] = field.split(" ");
      return { name, type: kind };
    });
    return signer.signTypedData(domain, { [type]: fields }, message);
  };
  const deadline = (await time.latest()) + 8 * HOUR;
  const self = { account: s.relayer.address, nonce: 0, deadline: 0, signature: "0x" };
  return { ...s, resale, sign, deadline, self, purchase: { maxPrice: MaxUint256, refundScript: "0x" } };
}

async function withMoney<S extends TokenLeased>(s: S) {
  await s.usd.transfer(s.relayer, PURSE);
  await s.usd.connect(s.relayer).approve(s.vault, PURSE);
  await s.vault.connect(s.relayer).deposit(s.usd, PURSE, s.relayer);
  return withResale(s);
}

const running = async () => withMoney(await tokenActive());
const reserved = async () => withMoney(await tokenReserved());

/** Listed by its holder, for what is left and a premium. */
async function offered() {
  const s = await running();
  await s.resale.connect(s.holder).list(s.id, s.usd, PREMIUM, s.deadline);
  return s;
}

describe("Resale.buy", () => {
  it("pays what is left and the premium to the seller, and has the instance rebuilt for the buyer", async () => {
    const s = await loadFixture(offered);
    await time.increase(2 * HOUR);
    await s.providers.connect(s.hotKey).beat(1);
    const before = await s.vault.balanceOf(s.usd, s.holder);
    const tx = s.resale.buy(s.id, s.purchase, BUYERS_LAUNCH, s.self);
    await expect(tx).to.emit(s.leases, "HolderChanged").withArgs(s.id, s.holder, s.relayer, "0x");
    await expect(tx).to.emit(s.leases, "LaunchRequested").withArgs(s.id, BUYERS_LAUNCH.sealKeyHash, SPEC);
    const { refundable, startBy } = await s.leases.statusOf(s.id);
    await expect(tx)
      .to.emit(s.resale, "Sold")
      .withArgs(s.id, s.holder, s.relayer, s.usd, refundable + PREMIUM);
    expect((await s.vault.balanceOf(s.usd, s.holder)) - before).to.equal(refundable + PREMIUM);
    expect(await s.vault.balanceOf(s.usd, s.relayer)).to.equal(PURSE - refundable - PREMIUM);
    expect(startBy).to.equal(BigInt((await time.latest()) + HOUR / 2));
    expect((await s.leases.lease(s.id)).holder).to.equal(s.relayer.address);
  });

  it("leaves what the lease is worth as it was, and its refund is the buyer's", async () => {
    const s = await loadFixture(offered);
    const before = await s.leases.lease(s.id);
    await s.resale.buy(s.id, s.purchase, BUYERS_LAUNCH, s.self);
    const after = await s.leases.lease(s.id);
    expect([after.deposit, after.time, after.price]).to.deep.equal([before.deposit, before.time, before.price]);
    expect(after.paid).to.equal((await s.leases.statusOf(s.id)).earned);
    await s.leases.connect(s.hotKey).start(s.id, "0x");
    await expect(s.leases.connect(s.holder).stop(s.id))
      .to.be.revertedWithCustomError(s.leases, "Leases_NotHolder")
      .withArgs(s.id, s.holder, s.relayer);
    const purse = await s.vault.balanceOf(s.usd, s.relayer);
    await s.leases.connect(s.relayer).stop(s.id);
    const { deposit } = await s.leases.lease(s.id);
    expect((await s.vault.balanceOf(s.usd, s.relayer)) - purse).to.equal(before.deposit - deposit);
  });

  it("sells at a discount, down to nothing and no further", async () => {
    const s = await loadFixture(running);
    const { refundable } = await s.leases.statusOf(s.id);
    await s.resale.connect(s.holder).list(s.id, s.usd, -(refundable / 2n), s.deadline);
    const { leaseId, token, premium, nonce, deadline } = await s.resale.listing(s.id);
    const offer = { leaseId, token, premium, nonce, deadline };
    const { refundable: now } = await s.leases.statusOf(s.id);
    expect(await s.resale.priceOf(offer)).to.equal(now - refundable / 2n);
    await s.resale.connect(s.holder).list(s.id, s.usd, -2n * refundable, s.deadline);
    await expect(s.resale.buy(s.id, s.purchase, BUYERS_LAUNCH, s.self)).to.be.revertedWithCustomError(
      s.resale,
      "Resale_PriceBelowZero",
    );
  });

  it("asks the whole price in another token", async () => {
    const s = await loadFixture(running);
    await s.resale.connect(s.holder).list(s.id, s.xov, 7n, s.deadline);
    const before = await s.vault.balanceOf(s.xov, s.relayer);
    await s.resale.buy(s.id, s.purchase, BUYERS_LAUNCH, s.self);
    expect(before - (await s.vault.balanceOf(s.xov, s.relayer))).to.equal(7n);
  });

  it("hands reserved capacity over without a spec, or launches it at once with one", async () => {
    const s = await loadFixture(reserved);
    await s.resale.connect(s.holder).list(s.id, s.usd, 0n, s.deadline);
    await s.resale.buy(s.id, s.purchase, NO_LAUNCH, s.self);
    expect((await s.leases.statusOf(s.id)).startBy).to.equal(0n);
    await s.resale.connect(s.relayer).list(s.id, s.usd, 0n, s.deadline);
    const back = { ...s.self, account: s.holder.address };
    await s.resale.connect(s.holder).buy(s.id, s.purchase, BUYERS_LAUNCH, back);
    const lease = await s.leases.lease(s.id);
    expect([lease.holder, lease.state, lease.deadline > 0n]).to.deep.equal([s.holder.address, State.Reserved, true]);
  });

  it("replaces the refund script of a lease paid in bitcoin, whose price is in a token", async () => {
    const s = await withResale(await loadFixture(active));
    expect(await s.leases.refundScriptHashOf(s.id)).to.equal(ZeroHash);
    await s.resale.connect(s.holder).list(s.id, s.xov, 5n, s.deadline);
    const purchase = { maxPrice: 5n, refundScript: SCRIPT };
    await expect(s.resale.buy(s.id, purchase, BUYERS_LAUNCH, s.self))
      .to.emit(s.leases, "HolderChanged")
      .withArgs(s.id, s.holder, s.relayer, SCRIPT);
    expect(await s.leases.refundScriptHashOf(s.id)).to.equal(keccak256(SCRIPT));
  });

  context("given what does not fit", () => {
    it("reverts above the highest price", async () => {
      const s = await loadFixture(offered);
      await expect(
        s.resale.buy(s.id, { ...s.purchase, maxPrice: PREMIUM }, BUYERS_LAUNCH, s.self),
      ).to.be.revertedWithCustomError(s.resale, "Resale_PriceAbove");
    });

    it("reverts without a spec for an active lease: the seller's access must end", async () => {
      const s = await loadFixture(offered);
      await expect(s.resale.buy(s.id, s.purchase, NO_LAUNCH, s.self))
        .to.be.revertedWithCustomError(s.leases, "Leases_LaunchSpecMissing")
        .withArgs(s.id);
    });

    it("reverts without a spec for reserved capacity that the seller has just launched", async () => {
      const s = await loadFixture(reserved);
      await s.resale.connect(s.holder).list(s.id, s.usd, 0n, s.deadline);
      await s.leases.connect(s.holder).launch(s.id, LAUNCH);
      await expect(s.resale.buy(s.id, s.purchase, NO_LAUNCH, s.self)).to.be.revertedWithCustomError(
        s.leases,
        "Leases_LaunchSpecMissing",
      );
    });

    it("reverts for a lease that waits for its first start, is closed or is under notice", async () => {
      const waiting = await withMoney(await loadFixture(tokenPending));
      await waiting.resale.connect(waiting.holder).list(waiting.id, waiting.usd, 0n, waiting.deadline);
      const buy = (s: typeof waiting) => s.resale.buy(s.id, s.purchase, BUYERS_LAUNCH, s.self);
      await expect(buy(waiting)).to.be.revertedWithCustomError(waiting.leases, "Leases_NotLaunchable");
      const s = await loadFixture(offered);
      await s.leases.connect(s.hotKey).giveNotice(s.id);
      await expect(buy(s)).to.be.revertedWithCustomError(s.leases, "Leases_NotLaunchable");
      await s.leases.connect(s.holder).stop(s.id);
      await expect(buy(s)).to.be.revertedWithCustomError(s.leases, "Leases_NotLaunchable");
    });

    it("reverts for a script on a token lease, and for one that is not standard", async () => {
      const s = await loadFixture(offered);
      await expect(
        s.resale.buy(s.id, { ...s.purchase, refundScript: SCRIPT }, BUYERS_LAUNCH, s.self),
      ).to.be.revertedWithCustomError(s.leases, "Leases_NotPaidInBitcoin");
      const b = await withResale(await loadFixture(active));
      await b.resale.connect(b.holder).list(b.id, b.xov, 0n, b.deadline);
      await expect(
        b.resale.buy(b.id, { ...b.purchase, refundScript: "0x6a" }, BUYERS_LAUNCH, b.self),
      ).to.be.revertedWithCustomError(b.leases, "Leases_NonStandardRefundScript");
    });

    it("reverts past the deadline, for who holds it already, and for a balance too small", async () => {
      const s = await loadFixture(offered);
      await expect(
        s.resale.connect(s.holder).buy(s.id, s.purchase, BUYERS_LAUNCH, { ...s.self, account: s.holder.address }),
      ).to.be.revertedWithCustomError(s.resale, "Resale_ToItself");
      await expect(
        s.resale.connect(s.hotKey).buy(s.id, s.purchase, BUYERS_LAUNCH, { ...s.self, account: s.hotKey.address }),
      ).to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall");
      await time.increaseTo(s.deadline);
      await expect(s.resale.buy(s.id, s.purchase, BUYERS_LAUNCH, s.self)).to.be.revertedWithCustomError(
        s.resale,
        "Resale_Expired",
      );
    });

    it("lets nobody but Resale hand a lease over", async () => {
      const s = await loadFixture(offered);
      await expect(s.leases.connect(s.holder).handOver(s.id, s.relayer, s.usd, 0, "0x", BUYERS_LAUNCH))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotResale")
        .withArgs(s.holder);
    });
  });
});

describe("Resale.list and unlist", () => {
  it("are the holder's", async () => {
    const s = await loadFixture(offered);
    await expect(s.resale.connect(s.stranger).list(s.id, s.usd, 0n, s.deadline))
      .to.be.revertedWithCustomError(s.resale, "Resale_NotHolder")
      .withArgs(s.id, s.stranger, s.holder);
    await expect(s.resale.connect(s.stranger).unlist(s.id)).to.be.revertedWithCustomError(s.resale, "Resale_NotHolder");
    await expect(s.resale.connect(s.holder).unlist(s.id)).to.emit(s.resale, "Unlisted").withArgs(s.id);
    await expect(s.resale.buy(s.id, s.purchase, BUYERS_LAUNCH, s.self))
      .to.be.revertedWithCustomError(s.resale, "Resale_NotListed")
      .withArgs(s.id);
  });

  it("end with the sale: the former holder's listing does not bind the new one", async () => {
    const s = await loadFixture(offered);
    await s.resale.buy(s.id, s.purchase, BUYERS_LAUNCH, s.self);
    await expect(s.resale.listing(s.id)).to.be.revertedWithCustomError(s.resale, "Resale_NotListed");
  });

  it("refuse a deadline that is over", async () => {
    const s = await loadFixture(running);
    await expect(
      s.resale.connect(s.holder).list(s.id, s.usd, 0n, (await time.latest()) - 1),
    ).to.be.revertedWithCustomError(s.resale, "Resale_Expired");
  });
});

describe("Resale.buyOffered", () => {
  /** Signed by both, shown by a stranger. */
  async function signed() {
    const s = await running();
    const offer = { leaseId: s.id, token: await s.usd.getAddress(), premium: PREMIUM, nonce: 4n, deadline: s.deadline };
    const purchase = { maxPrice: PURSE, refundScript: "0x" };
    const agreed = {
      leaseId: s.id,
      token: offer.token,
      maxPrice: PURSE,
      refundScriptHash: keccak256("0x"),
      launchSpecHash: keccak256(SPEC),
      nonce: 9n,
      deadline: s.deadline,
    };
    const signature = await s.sign(s.relayer, "Buy", agreed);
    const buyer = { account: s.relayer.address, nonce: 9n, deadline: s.deadline, signature };
    const by = s.resale.connect(s.stranger);
    return { ...s, offer, purchase, buyer, by, agreed, offerSignature: await s.sign(s.holder, "Offer", offer) };
  }

  it("sells what seller and buyer have signed, whoever shows it", async () => {
    const s = await loadFixture(signed);
    await s.by.buyOffered(s.offer, s.offerSignature, s.purchase, BUYERS_LAUNCH, s.buyer);
    expect((await s.leases.lease(s.id)).holder).to.equal(s.relayer.address);
    expect(await s.resale.usedNonces(s.holder, 0)).to.equal(1n << 4n);
    expect(await s.resale.usedNonces(s.relayer, 0)).to.equal(1n << 9n);
  });

  it("refuses other terms than either signed", async () => {
    const s = await loadFixture(signed);
    const invalid = (tx: Promise<unknown>) =>
      expect(tx).to.be.revertedWithCustomError(s.resale, "Resale_InvalidSignature");
    const { by, offer, offerSignature: signature, purchase, buyer } = s;
    await invalid(by.buyOffered({ ...offer, premium: 0n }, signature, purchase, BUYERS_LAUNCH, buyer));
    await invalid(by.buyOffered(offer, signature, { ...purchase, maxPrice: PURSE + 1n }, BUYERS_LAUNCH, buyer));
    await invalid(by.buyOffered(offer, signature, purchase, { ...BUYERS_LAUNCH, sealedSpec: "0x00" }, buyer));
    await invalid(by.buyOffered(offer, signature, { ...purchase, refundScript: SCRIPT }, BUYERS_LAUNCH, buyer));
    await invalid(by.buyOffered(offer, signature, purchase, BUYERS_LAUNCH, { ...buyer, nonce: 10n }));
    await invalid(by.buyOffered(offer, buyer.signature, purchase, BUYERS_LAUNCH, buyer));
  });

  it("refuses what was cancelled in bulk, by the seller or by the buyer", async () => {
    const s = await loadFixture(signed);
    const show = () => s.by.buyOffered(s.offer, s.offerSignature, s.purchase, BUYERS_LAUNCH, s.buyer);
    await s.resale.connect(s.relayer).useNonces(0, 1n << 9n);
    await expect(show()).to.be.revertedWithCustomError(s.resale, "Resale_NonceUsed").withArgs(s.relayer, 9);
    await s.resale.connect(s.holder).useNonces(0, MaxUint256);
    await expect(show()).to.be.revertedWithCustomError(s.resale, "Resale_NonceUsed").withArgs(s.holder, 4);
  });

  it("is never the same offer again, not even when the lease comes back", async () => {
    const s = await loadFixture(signed);
    await s.by.buyOffered(s.offer, s.offerSignature, s.purchase, BUYERS_LAUNCH, s.buyer);
    await s.resale.connect(s.relayer).list(s.id, s.usd, 0n, s.deadline);
    const back = { ...s.self, account: s.holder.address };
    await s.resale.connect(s.holder).buy(s.id, s.purchase, BUYERS_LAUNCH, back);
    await expect(
      s.resale.buyOffered(s.offer, s.offerSignature, s.purchase, BUYERS_LAUNCH, s.self),
    ).to.be.revertedWithCustomError(s.resale, "Resale_NonceUsed");
  });

  it("asks a contract that buys (ERC-1271)", async () => {
    const s = await loadFixture(signed);
    const wallet = await new ContractWallet__factory(s.relayer).deploy(s.relayer.address);
    await s.vault.connect(s.relayer).withdraw(s.usd, PURSE, s.relayer);
    await s.usd.connect(s.relayer).approve(s.vault, PURSE);
    await s.vault.connect(s.relayer).deposit(s.usd, PURSE, wallet);
    const buyer = { ...s.buyer, account: await wallet.getAddress() };
    await s.by.buyOffered(s.offer, s.offerSignature, s.purchase, BUYERS_LAUNCH, buyer);
    expect((await s.leases.lease(s.id)).holder).to.equal(buyer.account);
  });
});
