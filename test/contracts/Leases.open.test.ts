// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256, ZeroAddress } from "ethers";
import { ContractWallet__factory } from "../../typechain-types/index.js";
import {
  askParams,
  at,
  BITCOIN,
  BITCOIN_KEY,
  BOND,
  COLLATERAL,
  DAY,
  fieldsOf,
  GOOD_TILL,
  LAUNCH,
  listed,
  loadFixture,
  orderId,
  PAYMENT_WINDOW,
  PREPAYMENT,
  PRICE,
  PRICE_CODE,
  Reason,
  SEAL_KEY,
  SEALED_SPEC,
  State,
  sign,
  type Terms,
  take,
  termsOf,
  time,
  unfunded,
} from "./fixture.ts";

describe("Leases.open", () => {
  context("given a caller other than the exchange", () => {
    it("reverts", async () => {
      const s = await loadFixture(listed);
      const terms = await termsOf(s);
      const opening = {
        order: 1,
        market: 1,
        price: PRICE_CODE,
        startFee: 0,
        confirmations: 1,
        opener: s.holder,
        bond: 0,
        collateral: 0,
      };
      await expect(s.leases.connect(s.holder).open(terms, "0x", LAUNCH, opening))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotExchange")
        .withArgs(s.holder);
    });
  });

  context("given terms that the holder signed", () => {
    it("records an unfunded lease under the digest that was signed", async () => {
      const s = await loadFixture(listed);
      const terms = await termsOf(s);
      const openAt = (await time.latest()) + 100;
      await at(openAt);
      const { id, tx } = await take(s, { terms: { deadline: terms.deadline } });
      await expect(tx).to.emit(s.leases, "LaunchRequested").withArgs(id, LAUNCH.sealKeyHash, SEALED_SPEC);
      const lease = await s.leases.lease(id);
      expect(fieldsOf(lease)).to.deep.equal({
        holder: s.holder.address,
        time: BigInt(openAt + PAYMENT_WINDOW),
        deadline: BigInt(openAt + PAYMENT_WINDOW),
        price: BigInt(PRICE_CODE),
        state: State.Unfunded,
        reason: Reason.None,
        appliance: s.appliance,
        market: s.market,
        deposit: 0n,
        paid: 0n,
        confirmations: 2n,
        decade: 0n,
        startFee: 0n,
      });
      expect(fieldsOf(await s.leases.bitcoinSide(id))).to.deep.equal({
        opener: s.relayer.address,
        bond: BOND,
        place: 1n,
        covered: PREPAYMENT,
        collateral: COLLATERAL,
      });
      const [bitcoinKey, confirmations] = await s.leases.bitcoinTerms(id);
      expect([bitcoinKey, confirmations]).to.deep.equal([BITCOIN_KEY, 2n]);
    });

    for (const [confirmations, minutes] of [
      [1n, 60],
      [6n, 160],
      [144n, 2920],
    ] as const) {
      it(`waits ${minutes} minutes for a payment that needs ${confirmations} confirmations`, async () => {
        const s = await loadFixture(listed);
        await s.exchange.connect(s.hotKey).placeAsk(await askParams({ confirmations }), GOOD_TILL);
        const { id, tx } = await take(s, { order: orderId({ lane: 1n }) });
        await tx;
        expect((await s.leases.lease(id)).time).to.equal((await time.latest()) + minutes * 60);
      });

      it(`holds the collateral a day and ${minutes - 60} minutes when it lapses at ${confirmations}`, async () => {
        const s = await loadFixture(listed);
        await s.exchange.connect(s.hotKey).placeAsk(await askParams({ confirmations }), GOOD_TILL);
        const { id, tx } = await take(s, { order: orderId({ lane: 1n }) });
        await tx;
        await time.increase(minutes * 60);
        await s.leases.close(id);
        const until = (await time.latest()) + DAY + (minutes - 60) * 60;
        await at(until - 1);
        await expect(s.leases.releaseCollateral(id))
          .to.be.revertedWithCustomError(s.leases, "Leases_HeldUntil")
          .withArgs(id, until, until - 1);
      });
    }

    it("emits all that the terms say, so that they can be checked against the id", async () => {
      const s = await loadFixture(listed);
      const { id, tx } = await take(s);
      const receipt = await (await tx).wait();
      const [opened] = await s.leases.queryFilter(s.leases.filters.LeaseOpened(id), receipt?.blockNumber);
      const [bitcoin] = await s.leases.queryFilter(s.leases.filters.BitcoinLeaseOpened(id), receipt?.blockNumber);
      const [launch] = await s.leases.queryFilter(s.leases.filters.LaunchRequested(id), receipt?.blockNumber);
      if (!opened || !bitcoin || !launch) throw new Error("no events");
      const { market, price } = opened.args;
      const { decade } = await s.markets.market(market);
      const rebuilt = {
        holder: opened.args.holder,
        appliance: opened.args.appliance,
        class: (await s.markets.market(market)).class,
        quote: (await s.markets.market(market)).quote,
        price: ((price % 9000n) + 1000n) * 10n ** (price / 9000n + decade),
        startFee: opened.args.startFee,
        prepayment: opened.args.prepayment,
        refundScript: bitcoin.args.refundScript,
        launchSpecHash: keccak256(launch.args.sealedSpec),
        salt: bitcoin.args.salt,
        deadline: bitcoin.args.deadline,
      };
      expect(await s.leases.idOf(rebuilt)).to.equal(id);
    });

    it("opens in the last second of their deadline", async () => {
      const s = await loadFixture(listed);
      const deadline = (await time.latest()) + 50;
      await at(deadline);
      const { id, tx } = await take(s, { terms: { deadline } });
      await expect(tx).to.emit(s.leases, "LeaseOpened");
      expect((await s.leases.lease(id)).state).to.equal(State.Unfunded);
    });

    it("reverts a second after their deadline", async () => {
      const s = await loadFixture(listed);
      const deadline = (await time.latest()) + 50;
      await at(deadline + 1);
      const { tx } = await take(s, { terms: { deadline } });
      await expect(tx)
        .to.be.revertedWithCustomError(s.leases, "Leases_TermsExpired")
        .withArgs(deadline, deadline + 1);
    });
  });

  context("given terms that were opened already", () => {
    it("reverts while the lease is open", async () => {
      const s = await loadFixture(listed);
      const terms = await termsOf(s);
      const signature = await sign(s, terms);
      await s.exchange.connect(s.relayer).take(s.order, terms, signature, LAUNCH);
      await expect(s.exchange.connect(s.relayer).take(s.order, terms, signature, LAUNCH))
        .to.be.revertedWithCustomError(s.leases, "Leases_AlreadyOpened")
        .withArgs(await s.leases.idOf(terms));
    });

    it("reverts after it was closed, on another ask too", async () => {
      const s = await loadFixture(listed);
      const terms = await termsOf(s);
      const signature = await sign(s, terms);
      await s.exchange.connect(s.relayer).take(s.order, terms, signature, LAUNCH);
      await s.leases.connect(s.hotKey).decline(await s.leases.idOf(terms), "");
      await s.exchange.connect(s.hotKey).placeAsk(await askParams(), GOOD_TILL);
      await expect(s.exchange.connect(s.relayer).take(orderId({ lane: 1n }), terms, signature, LAUNCH))
        .to.be.revertedWithCustomError(s.leases, "Leases_AlreadyOpened")
        .withArgs(await s.leases.idOf(terms));
    });
  });

  context("given terms altered after the signature", () => {
    const altered: { [field in keyof Terms]?: Terms[field] } = {
      holder: "0x000000000000000000000000000000000000dEaD",
      prepayment: PREPAYMENT + 1n,
      refundScript: `0x0014${"22".repeat(20)}`,
      salt: 99n,
      deadline: 4_000_000_000,
    };
    for (const [field, value] of Object.entries(altered)) {
      it(`reverts for another ${field}`, async () => {
        const s = await loadFixture(listed);
        const terms = await termsOf(s);
        const signature = await sign(s, terms);
        const changed = { ...terms, [field]: value };
        await expect(s.exchange.connect(s.relayer).take(s.order, changed, signature, LAUNCH))
          .to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature")
          .withArgs(await s.leases.idOf(changed), changed.holder);
      });
    }

    it("reverts for another launch spec", async () => {
      const s = await loadFixture(listed);
      const terms = await termsOf(s);
      const signature = await sign(s, terms);
      const changed = { ...terms, launchSpecHash: keccak256("0xbad0") };
      const launch = { ...LAUNCH, sealedSpec: "0xbad0" };
      await expect(s.exchange.connect(s.relayer).take(s.order, changed, signature, launch))
        .to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature")
        .withArgs(await s.leases.idOf(changed), s.holder);
    });

    it("has another id for every field", async () => {
      const s = await loadFixture(listed);
      const terms = await termsOf(s);
      const others = [
        { ...terms, holder: s.stranger.address },
        { ...terms, appliance: 2n },
        { ...terms, class: keccak256("0x") },
        { ...terms, quote: s.stranger.address },
        { ...terms, price: PRICE + 1n },
        { ...terms, prepayment: PREPAYMENT + 1n },
        { ...terms, refundScript: "0x" },
        { ...terms, launchSpecHash: keccak256("0x") },
        { ...terms, salt: 2n },
        { ...terms, deadline: terms.deadline + 1 },
      ];
      const ids = await Promise.all([terms, ...others].map((t) => s.leases.idOf(t)));
      expect(new Set(ids).size).to.equal(11);
    });
  });

  context("given a signature that is not the holder's", () => {
    it("reverts for another signer", async () => {
      const s = await loadFixture(listed);
      const terms = await termsOf(s);
      const { id, tx } = await take(s, { signature: await sign(s, terms, s.stranger) });
      await expect(tx).to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature").withArgs(id, s.holder);
    });

    it("reverts for none", async () => {
      const s = await loadFixture(listed);
      const { id, tx } = await take(s, { signature: "0x" });
      await expect(tx).to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature").withArgs(id, s.holder);
    });

    it("reverts for the zero address as the holder", async () => {
      const s = await loadFixture(listed);
      const { id, tx } = await take(s, { terms: { holder: ZeroAddress }, signature: `0x${"00".repeat(65)}` });
      await expect(tx).to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature").withArgs(id, ZeroAddress);
    });

    it("reverts for the holder's signature in another contract's domain", async () => {
      const s = await loadFixture(listed);
      const terms = await termsOf(s);
      const elsewhere = { ...s, leases: s.leases.attach(await s.exchange.getAddress()) as typeof s.leases };
      const { id, tx } = await take(s, { signature: await sign(elsewhere, terms) });
      await expect(tx).to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature").withArgs(id, s.holder);
    });
  });

  context("given a holder that is a contract (ERC-1271)", () => {
    it("opens with a signature that the contract accepts", async () => {
      const s = await loadFixture(listed);
      const wallet = await new ContractWallet__factory(s.stranger).deploy(s.holder);
      const { id, tx } = await take(s, { terms: { holder: await wallet.getAddress() } });
      await expect(tx).to.emit(s.leases, "LeaseOpened");
      expect((await s.leases.lease(id)).holder).to.equal(await wallet.getAddress());
    });

    it("reverts with one that it refuses", async () => {
      const s = await loadFixture(listed);
      const wallet = await new ContractWallet__factory(s.stranger).deploy(s.stranger);
      const { id, tx } = await take(s, { terms: { holder: await wallet.getAddress() } });
      await expect(tx).to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature").withArgs(id, wallet);
    });

    it("reverts when the contract knows nothing of signatures", async () => {
      const s = await loadFixture(listed);
      const { id, tx } = await take(s, { terms: { holder: await s.xov.getAddress() } });
      await expect(tx).to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature").withArgs(id, s.xov);
    });
  });

  context("given an opener who is the holder", () => {
    it("needs no signature", async () => {
      const s = await loadFixture(listed);
      const { id, tx } = await take(s, { terms: { holder: s.relayer.address }, signature: "0x" });
      await expect(tx).to.emit(s.leases, "LeaseOpened");
      expect((await s.leases.lease(id)).holder).to.equal(s.relayer.address);
    });
  });

  context("given a refund script", () => {
    const standard = {
      none: "0x",
      P2PKH: `0x76a914${"33".repeat(20)}88ac`,
      P2SH: `0xa914${"33".repeat(20)}87`,
      P2WPKH: `0x0014${"33".repeat(20)}`,
      P2WSH: `0x0020${"33".repeat(32)}`,
      P2TR: `0x5120${"33".repeat(32)}`,
    };
    for (const [type, refundScript] of Object.entries(standard)) {
      it(`takes ${type}`, async () => {
        const s = await loadFixture(listed);
        const { tx } = await take(s, { terms: { refundScript } });
        await expect(tx).to.emit(s.leases, "LeaseOpened");
      });
    }

    const strange = {
      OP_RETURN: "0x6a",
      "P2PKH without its end": `0x76a914${"33".repeat(20)}88ad`,
      "P2PKH with another push": `0x76a913${"33".repeat(20)}88ac`,
      "P2SH without its end": `0xa914${"33".repeat(20)}88`,
      "P2WPKH a byte too long": `0x0014${"33".repeat(21)}`,
      "a version 2 program": `0x5220${"33".repeat(32)}`,
      "P2TR a byte too short": `0x5120${"33".repeat(31)}`,
      "P2TR with 33 bytes pushed": `0x5121${"33".repeat(32)}`,
      "a public key": `0x21${"02".repeat(33)}ac`,
    };
    for (const [type, refundScript] of Object.entries(strange)) {
      it(`reverts for ${type}`, async () => {
        const s = await loadFixture(listed);
        const { tx } = await take(s, { terms: { refundScript } });
        await expect(tx)
          .to.be.revertedWithCustomError(s.leases, "Leases_NonStandardRefundScript")
          .withArgs(refundScript);
      });
    }
  });

  context("given a sealed launch spec", () => {
    it("takes 4096 bytes", async () => {
      const s = await loadFixture(listed);
      const sealedSpec = `0x${"5a".repeat(4096)}`;
      const { id, tx } = await take(s, { terms: { launchSpecHash: keccak256(sealedSpec) }, launch: { sealedSpec } });
      await expect(tx).to.emit(s.leases, "LaunchRequested").withArgs(id, LAUNCH.sealKeyHash, sealedSpec);
    });

    it("reverts at 4097 bytes", async () => {
      const s = await loadFixture(listed);
      const sealedSpec = `0x${"5a".repeat(4097)}`;
      const { tx } = await take(s, { terms: { launchSpecHash: keccak256(sealedSpec) }, launch: { sealedSpec } });
      await expect(tx).to.be.revertedWithCustomError(s.leases, "Leases_SealedTooLong").withArgs(4097, 4096);
    });

    it("reverts when it is not the one that the terms name", async () => {
      const s = await loadFixture(listed);
      const { tx } = await take(s, { launch: { sealedSpec: "0xbad0" } });
      await expect(tx)
        .to.be.revertedWithCustomError(s.leases, "Leases_LaunchSpecMismatch")
        .withArgs(keccak256("0xbad0"), keccak256(SEALED_SPEC));
    });

    it("reverts when it was sealed to a key that has been rotated", async () => {
      const s = await loadFixture(listed);
      const rotated = keccak256("0x99");
      await s.providers.connect(s.provider).setSealKey(s.appliance, rotated);
      const { tx } = await take(s);
      await expect(tx)
        .to.be.revertedWithCustomError(s.leases, "Leases_SealKeyRotated")
        .withArgs(keccak256(SEAL_KEY), keccak256(rotated));
    });
  });
});

describe("Leases.lease, bitcoinSide, bitcoinTerms, statusOf", () => {
  it("revert for an unknown lease, but for bitcoinSide", async () => {
    const s = await loadFixture(unfunded);
    const id = keccak256("0x05");
    for (const view of [() => s.leases.lease(id), () => s.leases.statusOf(id)]) {
      await expect(view()).to.be.revertedWithCustomError(s.leases, "Leases_UnknownLease").withArgs(id);
    }
    await expect(s.leases.bitcoinTerms(id))
      .to.be.revertedWithCustomError(s.leases, "Leases_NotPaidInBitcoin")
      .withArgs(id);
    expect((await s.leases.bitcoinSide(id)).opener).to.equal(BITCOIN);
  });
});

describe("Leases.startPenalty", () => {
  it("is a thousandth of an XOV for each thousandth of a compute unit", async () => {
    const s = await loadFixture(unfunded);
    expect(await s.leases.startPenalty(1)).to.equal(10n ** 15n);
    expect(await s.leases.startPenalty(2n ** 32n - 1n)).to.equal((2n ** 32n - 1n) * 10n ** 15n);
  });
});
