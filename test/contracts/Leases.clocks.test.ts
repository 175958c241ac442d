// SPDX-License-Identifier: Apache-2.0
// Every deadline of a lease in its last second and in the next. What is paid for runs on the provider clock, what somebody
// must meet on wall time, whether the VA beats as it should, beats in every block, or was down for a day.
import { expect } from "chai";
import {
  active,
  askParams,
  at,
  COLLATERAL,
  DAY,
  GOOD_TILL,
  GRACE,
  HOUR,
  LATE_PAYMENT_WINDOW,
  LAUNCH,
  listed,
  live,
  loadFixture,
  type Marketed,
  orderId,
  PAYMENT_WINDOW,
  PREPAYMENT,
  PRICE,
  Reason,
  SEALED_ACCESS,
  State,
  take,
  taken,
  time,
  untilClock,
} from "./fixture.ts";
import {
  balances,
  LEFT,
  PURSE,
  RELAUNCH,
  RESERVE,
  signLaunch,
  signStop,
  type TokenLeased,
  takeForToken,
  tokenActive,
  tokenListed,
} from "./tokenFixture.ts";

const START_WINDOW = HOUR / 2;
/** What opens a new period in grace pays for ten minutes. */
const LEAST = PRICE / 6n;
/** On the provider clock, from the start of a lease of ten hours. */
const EXHAUSTED = 10 * HOUR;
const OVER: number = EXHAUSTED + GRACE;
const BUSY_BLOCKS = 40;

/** One beat in each of the next blocks, a second apart. */
async function beatInEveryBlock(s: Marketed): Promise<void> {
  for (let block = 0; block < BUSY_BLOCKS; block++) {
    await s.providers.connect(s.hotKey).beat(s.appliance);
    await at((await time.latest()) + 1);
  }
}

/** How a VA gets its clock to a second, which is the time of the next transaction. */
const CLOCKS: Record<string, (s: Marketed, clock: number) => Promise<void>> = {
  "beats every twenty minutes": untilClock,
  "beats in every block": async (s, clock) => {
    await untilClock(s, clock - BUSY_BLOCKS);
    await beatInEveryBlock(s);
  },
  "was down for a day": async (s, clock) => {
    const before = await s.providers.clockOf(s.appliance);
    await at((await time.latest()) + DAY);
    await s.providers.connect(s.hotKey).beat(s.appliance);
    expect(await s.providers.clockOf(s.appliance)).to.be.at.most(before + BigInt(HOUR));
    await untilClock(s, clock);
  },
};

for (const [behaviour, until] of Object.entries(CLOCKS)) {
  describe(`On the clock of a VA that ${behaviour}`, () => {
    /** A lease in a token, so many seconds after its start. */
    async function leasedFor(seconds: number) {
      const s = await loadFixture(tokenActive);
      await until(s, s.startedAt + seconds);
      return { ...s, end: s.startedAt + EXHAUSTED, over: s.startedAt + OVER };
    }

    /** One in bitcoin. */
    async function paidInBitcoinFor(seconds: number) {
      const s = await loadFixture(active);
      await until(s, s.startedAt + seconds);
      return { ...s, over: s.startedAt + OVER };
    }

    it("a lease earns by the second, rounded down", async () => {
      const s = await leasedFor(2 * HOUR + 1);
      const earned = 2n * PRICE + PRICE / 3600n;
      await s.leases.connect(s.holder).stop(s.id);
      await s.leases.settle(s.id);
      expect(await balances(s)).to.deep.equal({ holder: PURSE - earned, provider: earned, leases: 0n });
      const bitcoin = await paidInBitcoinFor(2 * HOUR + 1);
      await expect(bitcoin.leases.connect(bitcoin.holder).stop(bitcoin.id))
        .to.emit(bitcoin.leases, "LeaseClosed")
        .withArgs(bitcoin.id, Reason.Stopped, earned, PREPAYMENT - earned);
    });

    it("it can be launched anew in its last paid second", async () => {
      const s = await leasedFor(EXHAUSTED - 1);
      await expect(s.leases.connect(s.holder).launch(s.id, RELAUNCH)).to.emit(s.leases, "StartAwaited");
      const late = await leasedFor(EXHAUSTED);
      await expect(late.leases.connect(late.holder).launch(late.id, RELAUNCH))
        .to.be.revertedWithCustomError(late.leases, "Leases_NotLaunchable")
        .withArgs(late.id, State.Active, Reason.None);
    });

    it("any top-up extends it in its last paid second, in the next only ten minutes' pay", async () => {
      const s = await leasedFor(EXHAUSTED - 1);
      await expect(s.leases.connect(s.holder).topUp(s.id, 1n)).not.to.emit(s.leases, "PeriodOpened");
      const late = await leasedFor(EXHAUSTED);
      await expect(late.leases.connect(late.holder).topUp(late.id, 1n))
        .to.be.revertedWithCustomError(late.leases, "Leases_TopUpTooSmall")
        .withArgs(late.id, 1, LEAST);
    });

    it("notice can be given in its last paid second", async () => {
      const s = await leasedFor(EXHAUSTED - 1);
      await expect(s.leases.connect(s.hotKey).giveNotice(s.id)).to.emit(s.leases, "NoticeGiven").withArgs(s.id, s.end);
      const late = await leasedFor(EXHAUSTED);
      await expect(late.leases.connect(late.hotKey).giveNotice(late.id))
        .to.be.revertedWithCustomError(late.leases, "Leases_Exhausted")
        .withArgs(late.id, late.end, late.end);
    });

    it("under notice it is over without grace, once what is paid is used up", async () => {
      const s = await loadFixture(tokenActive);
      const end = s.startedAt + EXHAUSTED;
      await s.leases.connect(s.hotKey).giveNotice(s.id);
      const noticedAt = await time.latest();
      const promised = end - Number(await s.providers.clockOf(s.appliance));
      await until(s, end - 1);
      await expect(s.leases.close(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotClosable")
        .withArgs(s.id, State.Active, end, end - 1);
      await untilClock(s, end);
      await expect(s.leases.close(s.id)).to.emit(s.leases, "LeaseClosed").withArgs(s.id, Reason.Ended, PREPAYMENT, 0);
      // whatever the VA does, its holder has the time that was announced
      expect((await time.latest()) - noticedAt).to.be.at.least(promised);
    });

    it("a top-up revives it in the last second of its grace, and the gap is free", async () => {
      const s = await leasedFor(OVER - 1);
      await expect(s.leases.connect(s.holder).topUp(s.id, LEAST))
        .to.emit(s.leases, "PeriodOpened")
        .withArgs(s.id, s.over - 1);
      expect(await balances(s)).to.deep.equal({ holder: LEFT - LEAST, provider: PREPAYMENT, leases: LEAST });
      const late = await leasedFor(OVER);
      await expect(late.leases.connect(late.holder).topUp(late.id, LEAST))
        .to.be.revertedWithCustomError(late.leases, "Leases_Over")
        .withArgs(late.id, late.over, late.over);
    });

    it("a bitcoin payment revives it then, and is owed back a second later", async () => {
      const s = await paidInBitcoinFor(OVER - 1);
      await expect(s.leases.connect(s.payments).credit(s.id, LEAST))
        .to.emit(s.leases, "PeriodOpened")
        .withArgs(s.id, s.over - 1);
      const late = await paidInBitcoinFor(OVER);
      await expect(late.leases.connect(late.payments).credit(late.id, LEAST))
        .to.emit(late.leases, "LeaseClosed")
        .withArgs(late.id, Reason.Exhausted, PREPAYMENT, 0);
      expect((await late.leases.statusOf(late.id)).refundable).to.equal(LEAST);
    });

    it("anyone closes it once its grace has ended", async () => {
      const s = await leasedFor(OVER - 1);
      await expect(s.leases.connect(s.stranger).close(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_NotClosable")
        .withArgs(s.id, State.Active, s.over, s.over - 1);
      const late = await leasedFor(OVER);
      await expect(late.leases.connect(late.stranger).close(late.id))
        .to.emit(late.leases, "LeaseClosed")
        .withArgs(late.id, Reason.Exhausted, PREPAYMENT, 0);
    });
  });
}

describe("A VA that is down", () => {
  it("earns an hour at most, and nobody can end its leases but their holders", async () => {
    const s = await loadFixture(tokenActive);
    await live(s, HOUR);
    await time.increase(DAY);
    const down = await s.leases.statusOf(s.id);
    expect([down.earned, down.state]).to.deep.equal([2n * PRICE, State.Active]);
    await expect(s.leases.close(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NotClosable");
    await s.leases.settle(s.id);
    await time.increase(DAY);
    await expect(s.leases.settle(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NothingToSettle");
    await s.leases.connect(s.holder).stop(s.id);
    expect(await balances(s)).to.deep.equal({ holder: PURSE - 2n * PRICE, provider: 2n * PRICE, leases: 0n });
  });

  it("takes no lease's grace away", async () => {
    const s = await loadFixture(tokenActive);
    await untilClock(s, s.startedAt + EXHAUSTED);
    await s.providers.connect(s.hotKey).beat(s.appliance);
    await time.increase(30 * DAY);
    await expect(s.leases.connect(s.holder).topUp(s.id, PRICE)).to.emit(s.leases, "PeriodOpened");
    expect((await balances(s)).holder).to.equal(LEFT - PRICE);
  });
});

type Awaiting = TokenLeased & { startBy: number };

/** Makes `timestamp` the time of the next transaction, at least a minute from now. */
const WALLS: Record<string, { silent: boolean; until: (s: Marketed, timestamp: number) => Promise<void> }> = {
  "beats every twenty minutes": {
    silent: false,
    until: async (s, timestamp) => {
      await live(s, timestamp - 1 - (await time.latest()));
      await at(timestamp);
    },
  },
  "beats in every block": {
    silent: false,
    until: async (s, timestamp) => {
      await at(timestamp - BUSY_BLOCKS);
      await beatInEveryBlock(s);
    },
  },
  "has been down for a day, so that its clock stands still": { silent: true, until: (_, timestamp) => at(timestamp) },
};

/** An ask that outlives it, and a day without a beat. */
async function silence<T extends Awaited<ReturnType<typeof listed>>>(s: T): Promise<T> {
  const { confirmations, bond, prepaidHours } = (await s.exchange.ask(s.order)).reservation;
  const expiry = (await time.latest()) + 3 * DAY;
  const params = await askParams({ market: s.market, confirmations, bond, prepaidHours, expiry });
  await s.exchange.connect(s.hotKey).placeAsk(params, GOOD_TILL);
  await time.increase(DAY);
  const clock = await s.providers.clockOf(s.appliance);
  await time.increase(HOUR);
  expect(await s.providers.clockOf(s.appliance)).to.equal(clock);
  return { ...s, order: orderId({ market: s.market, lane: 1n }) };
}

async function silentListed() {
  return silence(await listed());
}

async function silentTokenListed() {
  return silence(await tokenListed());
}

for (const [behaviour, { silent, until }] of Object.entries(WALLS)) {
  describe(`On wall time, while a VA ${behaviour}`, () => {
    const bitcoinAsk = silent ? silentListed : listed;
    const tokenAsk = silent ? silentTokenListed : tokenListed;

    async function unpaid() {
      const s = await loadFixture(bitcoinAsk);
      const id = await taken(s, 1n);
      return { ...s, id, payBy: (await time.latest()) + PAYMENT_WINDOW };
    }

    /** A start is awaited: of a lease in a token that has its spec, or of reserved capacity that is launched. */
    async function awaiting(kind: "pending" | "reserved" | "relaunched") {
      const s = await loadFixture(tokenAsk);
      const { id, tx } = await takeForToken(s, kind === "reserved" ? RESERVE : {});
      await tx;
      if (kind === "relaunched") await s.leases.connect(s.hotKey).start(id, SEALED_ACCESS);
      if (kind !== "pending") await s.leases.connect(s.holder).launch(id, kind === "reserved" ? LAUNCH : RELAUNCH);
      const startBy = (await time.latest()) + START_WINDOW;
      expect((await s.leases.statusOf(id)).startBy).to.equal(startBy);
      return { ...s, id, startBy };
    }

    it("a payment window ends: a payment counts in its last second, then anyone closes", async () => {
      const s = await unpaid();
      await until(s, s.payBy);
      await expect(s.leases.connect(s.payments).credit(s.id, PRICE)).to.emit(s.leases, "Funded");
      const early = await unpaid();
      await until(early, early.payBy);
      await expect(early.leases.close(early.id))
        .to.be.revertedWithCustomError(early.leases, "Leases_NotClosable")
        .withArgs(early.id, State.Unfunded, early.payBy + 1, early.payBy);
      await at(early.payBy + 1);
      await expect(early.leases.connect(early.stranger).close(early.id))
        .to.emit(early.leases, "LeaseClosed")
        .withArgs(early.id, Reason.Unpaid, 0, 0);
    });

    it("the collateral of a lease that lapsed is free after its hold, not a second before", async () => {
      const s = await unpaid();
      await until(s, s.payBy + 1);
      await s.leases.close(s.id);
      const free = s.payBy + 1 + LATE_PAYMENT_WINDOW;
      await until(s, free - 1);
      await expect(s.leases.releaseCollateral(s.id))
        .to.be.revertedWithCustomError(s.leases, "Leases_HeldUntil")
        .withArgs(s.id, free, free - 1);
      await at(free);
      await expect(s.leases.releaseCollateral(s.id))
        .to.emit(s.leases, "CollateralReleased")
        .withArgs(s.id, COLLATERAL, 0);
    });

    for (const kind of ["pending", "reserved", "relaunched"] as const) {
      it(`a ${kind} lease's start counts in the last second of its window`, async () => {
        const s = await awaiting(kind);
        await until(s, s.startBy);
        await expect(s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS)).to.emit(s.leases, "Started");
      });

      it(`a second later a ${kind} lease cannot be started or declined, and anyone closes it`, async () => {
        const s = await awaiting(kind);
        await until(s, s.startBy);
        await expect(s.leases.close(s.id)).to.be.revertedWithCustomError(s.leases, "Leases_NotClosable");
        await at(s.startBy + 1);
        await expect(s.leases.connect(s.stranger).close(s.id)).to.emit(s.leases, "LeaseClosed");
        const { state, reason, refundable } = await s.leases.statusOf(s.id);
        expect([state, reason, refundable]).to.deep.equal([State.Closed, Reason.NotStarted, 0n]);
        const unearned = kind !== "relaunched" || silent;
        expect((await balances(s)).holder === PURSE).to.equal(unearned);
        const late = await awaiting(kind);
        await until(late, late.startBy + 1);
        await expect(late.leases.connect(late.hotKey).start(late.id, SEALED_ACCESS))
          .to.be.revertedWithCustomError(late.leases, "Leases_StartWindowPassed")
          .withArgs(late.id, late.startBy, late.startBy + 1);
        await at(late.startBy + 2);
        await expect(late.leases.connect(late.hotKey).decline(late.id, ""))
          .to.be.revertedWithCustomError(late.leases, "Leases_StartWindowPassed")
          .withArgs(late.id, late.startBy, late.startBy + 2);
      });
    }

    it("signed terms count in the last second that they name", async () => {
      const s = await loadFixture(bitcoinAsk);
      const deadline = (await time.latest()) + HOUR;
      await until(s, deadline);
      const { tx } = await take(s, { terms: { deadline } });
      await expect(tx).to.emit(s.leases, "LeaseOpened");
      await at(deadline + 1);
      const late = await take(s, { terms: { deadline, salt: 2n } });
      await expect(late.tx)
        .to.be.revertedWithCustomError(s.leases, "Leases_TermsExpired")
        .withArgs(deadline, deadline + 1);
    });

    for (const [action, submit] of [
      [
        "launch",
        async (s: Awaiting) => {
          const [deadline, signature] = await signLaunch(s, s.id, { deadline: s.startBy });
          return () => s.leases.connect(s.stranger).launchBySig(s.id, LAUNCH, deadline, signature);
        },
      ],
      [
        "stop",
        async (s: Awaiting) => {
          const [deadline, signature] = await signStop(s, s.id, { deadline: s.startBy });
          return () => s.leases.connect(s.stranger).stopBySig(s.id, deadline, signature);
        },
      ],
    ] as const) {
      it(`a signed ${action} counts in the last second that it names`, async () => {
        const s = await awaiting("reserved");
        const submitted = await submit(s);
        await until(s, s.startBy);
        await submitted();
        const late = await awaiting("reserved");
        const tooLate = await submit(late);
        await until(late, late.startBy + 1);
        await expect(tooLate())
          .to.be.revertedWithCustomError(late.leases, "Leases_SignatureExpired")
          .withArgs(late.startBy, late.startBy + 1);
      });
    }
  });
}
