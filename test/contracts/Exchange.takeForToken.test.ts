// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { encodeBytes32String, MaxUint256 } from "ethers";
import { LyingToken__factory } from "../../typechain-types/index.js";
import {
  askParams,
  DAY,
  fieldsOf,
  GOOD_TILL,
  HOUR,
  LAUNCH,
  listed,
  loadFixture,
  orderId,
  PENALTY,
  PREPAYMENT,
  PRICE,
  PRICE_CODE,
  Reason,
  STAKE,
  State,
  sign,
  termsOf,
  time,
} from "./fixture.ts";
import {
  balances,
  LEFT,
  PURSE,
  RESERVE,
  takeForToken,
  tokenListed,
  tokenReserved,
  tokenTerms,
} from "./tokenFixture.ts";
import { Manner, NO_PERMIT, permitOf } from "./vaultFixture.ts";

describe("Exchange.placeAsk for a token", () => {
  it("locks the start penalty alone, since the vault holds what is paid", async () => {
    const s = await loadFixture(tokenListed);
    const stake = await s.providers.stakeOf(s.provider);
    expect([stake.locked, stake.free]).to.deep.equal([8n * PENALTY, STAKE - 8n * PENALTY]);
  });

  const ASK = { market: 2n, confirmations: 0n, prepaidHours: 0n, bond: 0n };

  it("reverts for a longest prepayment: 720 hours hold for all", async () => {
    const s = await loadFixture(tokenListed);
    await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams({ ...ASK, prepaidHours: 1n }), GOOD_TILL))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_PrepaidHoursOutOfBounds")
      .withArgs(1, 0, 0);
  });

  it("reverts for confirmations and for a bond: nothing has to be confirmed or reserved", async () => {
    const s = await loadFixture(tokenListed);
    await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams({ ...ASK, confirmations: 1n }), GOOD_TILL))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_ConfirmationsOutOfBounds")
      .withArgs(1, 0, 0);
    await expect(s.exchange.connect(s.hotKey).placeAsk(await askParams({ ...ASK, bond: 1n }), GOOD_TILL))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_BondWithoutReservation")
      .withArgs(1);
  });
});

describe("Exchange.take for a token", () => {
  it("pays from the caller's vault balance, and the start is awaited at once", async () => {
    const s = await loadFixture(tokenListed);
    const { id, tx } = await takeForToken(s);
    await expect(tx).to.emit(s.leases, "LeaseOpened").withArgs(id, s.holder, 1, s.order, 2, PRICE_CODE, 0, PREPAYMENT);
    await expect(tx).not.to.emit(s.leases, "BitcoinLeaseOpened");
    await expect(tx).to.emit(s.leases, "Funded").withArgs(id);
    await expect(tx)
      .to.emit(s.leases, "StartAwaited")
      .withArgs(id, (await time.latest()) + HOUR / 2);
    await expect(tx).to.emit(s.leases, "LaunchRequested").withArgs(id, LAUNCH.sealKeyHash, LAUNCH.sealedSpec);
    expect(fieldsOf(await s.leases.lease(id))).to.deep.equal({
      holder: s.holder.address,
      time: 0n,
      deadline: BigInt((await time.latest()) + HOUR / 2),
      price: BigInt(PRICE_CODE),
      state: State.Pending,
      reason: Reason.None,
      appliance: 1n,
      market: 2n,
      deposit: PREPAYMENT,
      paid: 0n,
      confirmations: 0n,
      decade: 0n,
      startFee: 0n,
    });
    expect(await balances({ ...s, id, startBy: 0 })).to.deep.equal({ holder: LEFT, provider: 0n, leases: PREPAYMENT });
    const ask = await s.exchange.ask(s.order);
    expect([ask.quantity, ask.reservation.unfunded]).to.deep.equal([7n, 0n]);
  });

  it("reserves capacity without a launch spec, which accrues at once", async () => {
    const s = await loadFixture(tokenListed);
    const { id, tx } = await takeForToken(s, RESERVE);
    await expect(tx).to.emit(s.leases, "Reserved");
    await expect(tx).not.to.emit(s.leases, "StartAwaited");
    const { clock, startBy, exhaustedAt, state } = await s.leases.statusOf(id);
    expect([state, startBy, exhaustedAt]).to.deep.equal([State.Reserved, 0n, clock + 36_000n]);
  });

  it("fills the whole ask: what is paid for is not a reservation", async () => {
    const s = await loadFixture(tokenListed);
    for (let salt = 1n; salt <= 8n; salt++) {
      const { tx } = await takeForToken(s, { terms: { salt, prepayment: PRICE } });
      await tx;
    }
    const { tx } = await takeForToken(s, { terms: { salt: 9n } });
    await expect(tx).to.be.revertedWithCustomError(s.exchange, "Exchange_UnknownOrder");
    expect((await s.providers.stakeOf(s.provider)).locked).to.equal(8n * PENALTY);
  });

  it("lets somebody else pay for the holder, whose the refund is", async () => {
    const s = await loadFixture(tokenListed);
    const { id, tx } = await takeForToken(s, { from: s.stranger });
    await tx;
    await s.leases.connect(s.holder).stop(id);
    expect(await s.vault.balanceOf(s.usd, s.stranger)).to.equal(LEFT);
    expect(await s.vault.balanceOf(s.usd, s.holder)).to.equal(PURSE + PREPAYMENT);
  });

  it("reverts when the holder has not signed and does not pay", async () => {
    const s = await loadFixture(tokenListed);
    const { id, tx } = await takeForToken(s, { from: s.stranger, signature: "0x" });
    await expect(tx).to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature").withArgs(id, s.holder);
  });

  it("reverts when the balance is too small", async () => {
    const s = await loadFixture(tokenListed);
    const { tx } = await takeForToken(s, { from: s.provider });
    await expect(tx)
      .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
      .withArgs(s.usd, s.provider, 0, PREPAYMENT);
  });

  for (const [prepayment, name] of [
    [PRICE - 1n, "less than an hour"],
    [720n * PRICE + 1n, "more than 720 hours"],
  ] as const) {
    it(`reverts for ${name}`, async () => {
      const s = await loadFixture(tokenListed);
      const { tx } = await takeForToken(s, { terms: { prepayment } });
      await expect(tx)
        .to.be.revertedWithCustomError(s.exchange, "Exchange_PrepaymentOutOfBounds")
        .withArgs(prepayment, PRICE, 720n * PRICE);
    });
  }

  it("reverts for terms in bitcoin on an ask for a token", async () => {
    const s = await loadFixture(tokenListed);
    const { tx } = await takeForToken(s, { terms: { quote: `0x${"00".repeat(20)}` } });
    await expect(tx).to.be.revertedWithCustomError(s.exchange, "Exchange_TermsMismatch");
  });

  it("says that the lease has no bitcoin side and no collateral", async () => {
    const s = await loadFixture(tokenReserved);
    for (const call of [s.leases.releaseCollateral, s.leases.bitcoinTerms]) {
      await expect(call(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NotPaidInBitcoin").withArgs(s.id);
    }
    expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(0n);
  });
});

describe("Exchange.takeWithPermit", () => {
  /** The holder has nothing in the vault and allows it nothing. */
  async function empty() {
    const s = await tokenListed();
    await s.vault.connect(s.holder).withdraw(s.usd, PURSE, s.holder);
    await s.usd.connect(s.holder).approve(s.vault, 0n);
    return s;
  }

  it("deposits by permit and takes in one call, without a signature when the holder calls", async () => {
    const s = await loadFixture(empty);
    const terms = await tokenTerms(s);
    const permit = await permitOf(s.vault, s.usd, s.holder, PREPAYMENT);
    const tx = s.exchange.connect(s.holder).takeWithPermit(s.order, terms, "0x", LAUNCH, PREPAYMENT, permit);
    await expect(tx).to.emit(s.vault, "Deposited").withArgs(s.usd, s.holder, s.holder, PREPAYMENT);
    await expect(tx).to.emit(s.leases, "Funded");
    expect(await s.usd.balanceOf(s.holder)).to.equal(2n * PURSE - PREPAYMENT);
    expect(await s.vault.balanceOf(s.usd, s.holder)).to.equal(0n);
  });

  it("adds to what is in the vault already, and leaves the rest there", async () => {
    const s = await loadFixture(empty);
    await s.usd.connect(s.holder).approve(s.vault, 10n);
    await s.vault.connect(s.holder).deposit(s.usd, 10n, s.holder);
    const permit = await permitOf(s.vault, s.usd, s.holder, PREPAYMENT - 3n);
    const terms = await tokenTerms(s);
    await s.exchange.connect(s.holder).takeWithPermit(s.order, terms, "0x", LAUNCH, PREPAYMENT - 3n, permit);
    expect(await s.vault.balanceOf(s.usd, s.holder)).to.equal(7n);
  });

  it("works when somebody has submitted the permit before", async () => {
    const s = await loadFixture(empty);
    const permit = await permitOf(s.vault, s.usd, s.holder, PREPAYMENT);
    await s.usd.permit(s.holder, s.vault, PREPAYMENT, permit.deadline, permit.v, permit.r, permit.s);
    const terms = await tokenTerms(s);
    await expect(s.exchange.connect(s.holder).takeWithPermit(s.order, terms, "0x", LAUNCH, PREPAYMENT, permit)).to.emit(
      s.leases,
      "LeaseOpened",
    );
  });

  it("reverts with another's permit: nobody pays for somebody else against his will", async () => {
    const s = await loadFixture(empty);
    const permit = await permitOf(s.vault, s.usd, s.holder, PREPAYMENT);
    await s.usd.connect(s.stranger).approve(s.vault, 0n);
    const terms = await tokenTerms(s, { holder: s.stranger.address });
    await expect(s.exchange.connect(s.stranger).takeWithPermit(s.order, terms, "0x", LAUNCH, PREPAYMENT, permit))
      .to.be.revertedWithCustomError(s.usd, "ERC20InsufficientAllowance")
      .withArgs(s.vault, 0, PREPAYMENT);
  });

  it("lets somebody else pay for the holder, whose signature it needs then", async () => {
    const s = await loadFixture(empty);
    await s.usd.connect(s.stranger).approve(s.vault, 0n);
    const terms = await tokenTerms(s);
    const permit = await permitOf(s.vault, s.usd, s.stranger, PREPAYMENT);
    const exchange = s.exchange.connect(s.stranger);
    await expect(exchange.takeWithPermit(s.order, terms, "0x", LAUNCH, PREPAYMENT, permit))
      .to.be.revertedWithCustomError(s.leases, "Leases_InvalidSignature")
      .withArgs(await s.leases.idOf(terms), s.holder);
    await exchange.takeWithPermit(s.order, terms, await sign(s, terms), LAUNCH, PREPAYMENT, permit);
    expect(await s.vault.balanceOf(s.usd, s.stranger)).to.equal(PURSE);
    expect((await s.leases.lease(await s.leases.idOf(terms))).holder).to.equal(s.holder);
  });

  it("reverts as a whole when the ask cannot be taken", async () => {
    const s = await loadFixture(empty);
    const permit = await permitOf(s.vault, s.usd, s.holder, PREPAYMENT);
    const terms = await tokenTerms(s, { price: PRICE - 1n });
    await expect(s.exchange.connect(s.holder).takeWithPermit(s.order, terms, "0x", LAUNCH, PREPAYMENT, permit))
      .to.be.revertedWithCustomError(s.exchange, "Exchange_TermsMismatch")
      .withArgs(encodeBytes32String("price"), PRICE - 1n, PRICE);
    expect(await s.usd.balanceOf(s.holder)).to.equal(2n * PURSE);
    expect(await s.usd.nonces(s.holder)).to.equal(0n);
  });

  it("reverts for terms in bitcoin", async () => {
    const s = await loadFixture(listed);
    const terms = await termsOf(s);
    await expect(
      s.exchange.connect(s.relayer).takeWithPermit(s.order, terms, await sign(s, terms), LAUNCH, 1n, NO_PERMIT),
    )
      .to.be.revertedWithCustomError(s.exchange, "Exchange_PaidInBitcoin")
      .withArgs(1);
  });

  context("given a token that lies", () => {
    async function lying() {
      const s = await tokenListed();
      const token = await new LyingToken__factory(s.stranger).deploy();
      await token.connect(s.stranger).approve(s.vault, MaxUint256);
      await s.markets.open(1, s.class, token);
      // the lowest code of a token with 18 decimals: a thousandth
      const ask = { market: 3n, price: 0, confirmations: 0n, prepaidHours: 0n, bond: 0n };
      await s.exchange.connect(s.hotKey).placeAsk(await askParams(ask), GOOD_TILL);
      const price = 10n ** 15n;
      const terms = { holder: s.stranger.address, quote: await token.getAddress(), price, prepayment: 10n * price };
      return {
        ...s,
        order: orderId({ market: 3n, price: 0 }),
        token,
        terms: await tokenTerms(s, terms),
        prepayment: 10n * price,
      };
    }

    it("takes by allowance from one that knows no permits", async () => {
      const s = await loadFixture(lying);
      const tx = s.exchange.connect(s.stranger).takeWithPermit(s.order, s.terms, "0x", LAUNCH, s.prepayment, NO_PERMIT);
      await expect(tx).to.emit(s.leases, "Funded");
      expect(await s.vault.balanceOf(s.token, s.leases)).to.equal(s.prepayment);
    });

    for (const manner of ["TakesTenth", "MovesNothing"] as const) {
      it(`opens nothing for less than the prepayment when it ${manner}`, async () => {
        const s = await loadFixture(lying);
        await s.token.setManner(Manner[manner]);
        await expect(
          s.exchange.connect(s.stranger).takeWithPermit(s.order, s.terms, "0x", LAUNCH, s.prepayment, NO_PERMIT),
        ).to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall");
      });
    }

    it("credits nothing twice when it deposits or pulls again within the transfer", async () => {
      const s = await loadFixture(lying);
      const deposit = s.vault.interface.encodeFunctionData("deposit", [
        await s.token.getAddress(),
        0n,
        s.stranger.address,
      ]);
      const again = s.exchange.interface.encodeFunctionData("takeWithPermit", [
        2,
        { ...s.terms, salt: 2n },
        "0x",
        LAUNCH,
        s.prepayment,
        NO_PERMIT,
      ]);
      await s.token.setManner(Manner.CallsBack);
      for (const [target, call] of [
        [s.vault, deposit],
        [s.exchange, again],
      ] as const) {
        await s.token.setCall(target, call);
        await expect(
          s.exchange.connect(s.stranger).takeWithPermit(s.order, s.terms, "0x", LAUNCH, s.prepayment, NO_PERMIT),
        ).to.be.revertedWithCustomError(s.vault, "ReentrancyGuardReentrantCall");
      }
    });

    it("gains nothing by acting on leases within the transfer", async () => {
      const s = await loadFixture(lying);
      await s.vault.connect(s.stranger).deposit(s.token, s.prepayment, s.stranger);
      await s.exchange.connect(s.stranger).take(s.order, s.terms, "0x", LAUNCH);
      const id = await s.leases.idOf(s.terms);
      await time.increase(HOUR);
      await s.token.setCall(s.leases, s.leases.interface.encodeFunctionData("close", [id]));
      await s.token.setManner(Manner.CallsBack);
      const next = { ...s.terms, salt: 2n, deadline: s.terms.deadline + DAY };
      await s.exchange.connect(s.stranger).takeWithPermit(s.order, next, "0x", LAUNCH, s.prepayment, NO_PERMIT);
      const ledger = await Promise.all([s.stranger, s.leases].map((a) => s.vault.balanceOf(s.token, a)));
      expect(ledger).to.deep.equal([s.prepayment, s.prepayment]);
      expect(await s.token.balanceOf(s.vault)).to.equal(2n * s.prepayment);
    });
  });
});
