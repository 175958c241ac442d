// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { stringToHex, zeroAddress } from "viem";
import {
  type AnyLeaseSummary,
  holderLeasesSchema,
  type Lease,
  leaseAnswerSchema,
  leaseSchema,
  nonceSchema,
  offersSchema,
  type TokenLease,
  tokenLeaseSchema,
} from "../../../offchain/pool/api.ts";
import { onBothDatabases } from "../indexer/support/databases.ts";
import {
  account,
  applianceEvents,
  askPlaced,
  beat,
  closed,
  HOLDER,
  launchRequested,
  marketEvents,
  paidEvents,
  poolEvents,
  startAwaited,
  started,
  takenEvents,
  tokenTakenEvents,
  word,
} from "../indexer/support/market.ts";
import type { Emitted } from "../indexer/support/scriptedChain.ts";
import { startPool, type TestPool } from "./support/pool.ts";

const LEASE = word(42);
const TOKEN = account(77);
const TOKEN_MARKET = 2;

/** An event of the Leases contract about the lease. */
function leases<N extends string>(eventName: N, args: object): Emitted {
  return { contract: "Leases", eventName, args: { leaseId: LEASE, ...args } } as unknown as Emitted;
}

describe("leases of every kind", function () {
  this.timeout(60_000);

  onBothDatabases((db) => {
    let pool: TestPool;
    beforeEach(async () => {
      pool = await startPool({ db: db() });
      const token = marketEvents(TOKEN_MARKET, {}, 1_000, TOKEN);
      await pool.happen([...poolEvents(), ...marketEvents(), ...token, ...applianceEvents(1)]);
      const expiry = pool.chain.time + 86_400;
      await pool.happen([...askPlaced({ order: 1, expiry }), ...askPlaced({ order: 2, market: TOKEN_MARKET, expiry })]);
    });
    afterEach(() => pool.stop());

    const get = (): Promise<Lease> => pool.get(`/api/leases/${LEASE}`, leaseSchema);
    const getInToken = (): Promise<TokenLease> => pool.get(`/api/leases/${LEASE}`, tokenLeaseSchema);
    const texts = async () => (await pool.get(`/api/leases/${LEASE}`, leaseSchema.or(tokenLeaseSchema))).timeline;
    const open = () => pool.happen(takenEvents({ leaseId: LEASE, payBy: pool.chain.time + 3_602, quantity: 3 }));
    const run = async (msat: bigint, clock = 100) => {
      await open();
      await pool.happen(paidEvents(LEASE, { msat, deposit: msat, startBy: pool.chain.time + 1_802 }));
      await pool.happen([beat(1, clock), started(LEASE, clock)]);
    };
    const record = async () => (await pool.get("/api/offers", offersSchema)).offers[0]?.record;

    describe("in a token", () => {
      const opened = () =>
        pool.happen(
          tokenTakenEvents({
            leaseId: LEASE,
            order: 2,
            market: TOKEN_MARKET,
            quantity: 3,
            startBy: pool.chain.time + 1_802,
          }),
        );

      it("are told with their token, from the opening to what is refunded, and never in satoshi", async () => {
        await opened();
        expect(await getInToken()).to.deep.include({
          currency: "token",
          token: TOKEN,
          state: "pending",
          phase: "starting",
          stoppable: true,
          perHour: "1000000",
          deposit: "24000000",
          prepayment: "24000000",
          payBy: null,
          settlement: null,
        });
        await pool.happen([beat(1, 500), started(LEASE, 500)]);
        const running = await getInToken();
        expect(running).to.include({ phase: "running" });
        expect(running.accrual).to.include({ perHour: "1000000", deposit: "24000000", exhaustedAt: 500 + 24 * 3_600 });
        await pool.happen([
          leases("Settled", { amount: 1_000n, paid: 1_000n }),
          leases("Credited", { amount: 5n, deposit: 24_000_005n }),
        ]);
        expect(await getInToken()).to.include({ deposit: "24000005" });
        await pool.happen([closed(LEASE, 1, 1_500n, 23_998_505n)]);
        expect(await getInToken()).to.deep.include({
          state: "closed",
          reason: "stopped",
          stoppable: false,
          settlement: { earned: "1500", refunded: "23998505" },
        });
        const told = (await texts()).map(({ text }) => text);
        expect(told).to.deep.equal([
          `Opened, with 24000000 base units of token ${TOKEN} in escrow.`,
          "Paid. The provider is asked to start the instance.",
          "Started. The access details are here.",
          `1000 base units of token ${TOKEN} that were earned went to the provider.`,
          `5 base units of token ${TOKEN} were added.`,
          `Stopped by the holder. The provider keeps 1500 base units of token ${TOKEN}; 23998505 went back to your vault balance.`,
        ]);
        expect(told.join(" ")).to.not.match(/\bsats?\b/);
      });

      it("are listed beside those in bitcoin, hold back no ask, and are no offers", async () => {
        await opened();
        await pool.happen(takenEvents({ leaseId: word(43), payBy: pool.chain.time + 3_602, quantity: 3 }));
        const { leases: listed } = await pool.get(`/api/holders/${HOLDER}/leases`, holderLeasesSchema);
        const brief = ({ leaseId, currency }: AnyLeaseSummary) => [leaseId, currency];
        expect(listed.map(brief)).to.deep.equal([
          [word(43), "bitcoin"],
          [LEASE, "token"],
        ]);
        const asks = await db().selectFrom("asks").select(["id", "unfunded"]).orderBy("id").execute();
        expect(asks).to.deep.equal([
          { id: "1", unfunded: 1 },
          { id: "2", unfunded: 0 },
        ]);
        expect((await pool.get("/api/offers", offersSchema)).offers.map(({ order }) => order)).to.deep.equal(["1"]);
      });

      it("need nothing of the relayer, which has no address for them", async () => {
        pool.relayer.leases.set(LEASE, { state: "pending", payments: [], refusal: undefined });
        const queued = await pool.get(`/api/leases/${LEASE}`, leaseAnswerSchema);
        expect(queued).to.include({ state: "queued", address: null });
        await opened();
        expect(await getInToken())
          .to.include({ currency: "token" })
          .and.not.to.have.property("payments");
      });

      it("begin a new period when they are paid within grace", async () => {
        await opened();
        await pool.happen([beat(1, 500), started(LEASE, 500)]);
        await pool.happen([beat(1, 500 + 24 * 3_600 + 60)]);
        expect(await getInToken()).to.include({ phase: "grace" });
        await pool.happen([
          leases("Settled", { amount: 24_000_000n, paid: 24_000_000n }),
          leases("PeriodOpened", { clock: 86_960n }),
          leases("Credited", { amount: 1_000_000n, deposit: 1_000_000n }),
        ]);
        const { accrual, phase } = await getInToken();
        expect(phase).to.equal("running");
        expect(accrual).to.include({ deposit: "1000000", periodStart: 86_960, exhaustedAt: 86_960 + 3_600 });
      });
    });

    it("tells reserved capacity from a launch, and a rebuild from the first start", async () => {
      const phases: string[] = [];
      const look = async () => phases.push((await get()).phase);
      await open();
      await pool.happen([
        leases("Credited", { amount: 24_000_000n, deposit: 24_000_000n }),
        leases("Funded", {}),
        leases("Reserved", { clock: 4n }),
        { contract: "Exchange", eventName: "ReservationEnded", args: { order: 1n } },
      ]);
      await look();
      expect(await get()).to.deep.include({ state: "reserved", stoppable: true, startedAt: null });
      expect((await get()).accrual).to.include({ periodStart: 4 });
      expect(await record()).to.include({ asked: 0 });
      await pool.happen([launchRequested(LEASE, "0xaa"), startAwaited(LEASE, pool.chain.time + 1_802)]);
      await look();
      await pool.happen([started(LEASE, 4)], 20);
      await look();
      const { startedAt } = await get();
      const startBy = pool.chain.time + 1_860;
      await pool.happen([launchRequested(LEASE, "0xbb"), startAwaited(LEASE, startBy)], 60);
      await look();
      expect(await get()).to.include({ state: "active", startBy });
      // Another spec before the provider has answered: the same start is awaited, for longer.
      await pool.happen([launchRequested(LEASE, "0xcc"), startAwaited(LEASE, pool.chain.time + 1_802)], 60);
      await pool.happen([started(LEASE, 4, "0xdd")], 10);
      await look();
      expect(await get()).to.include({ startedAt, startBy: null });
      expect((await get()).access).to.include({ sealed: "0xdd" });
      expect(await record()).to.deep.equal({ asked: 2, made: 2, declined: 0, missed: 0, meanStartSeconds: 15 });
      await pool.happen([launchRequested(LEASE, "0xee"), startAwaited(LEASE, pool.chain.time + 1_802)]);
      await pool.happen([], 1_900);
      await look();
      await pool.happen([closed(LEASE, 4, 1_000_000n, 23_000_000n)]);
      expect(await record()).to.include({ asked: 3, missed: 1 });
      expect(phases).to.deep.equal(["reserved", "launching", "running", "launching", "running", "overdue"]);
      const kinds = (await texts()).map(({ kind }) => kind);
      expect(kinds.slice(1)).to.deep.equal([
        ...["reserved", "launch-asked", "started", "launch-asked", "launch-asked", "started", "launch-asked", "closed"],
      ]);
      const said = (await texts()).map(({ text }) => text).join(" ");
      expect(said)
        .to.match(/Rebuilt\./)
        .and.match(/did not launch the new spec in time/);
    });

    describe("with a fee for the start", () => {
      const FEE = 700_000n;
      const openWithFee = () =>
        pool.happen(
          takenEvents({ leaseId: LEASE, payBy: pool.chain.time + 3_602, quantity: 3 }).map((event) =>
            event.eventName === "LeaseOpened" ? { ...event, args: { ...event.args, startFee: FEE } } : event,
          ) as Emitted[],
        );
      const pay = () =>
        pool.happen(paidEvents(LEASE, { msat: 1_700_000n, deposit: 1_700_000n, startBy: pool.chain.time + 1_802 }));
      const startBeyond = () =>
        pool.happen([beat(1, 100), started(LEASE, 100), leases("StartFeeEarned", { amount: FEE })]);

      it("ask for it with the payment, and leave the rest for time once it is charged", async () => {
        await openWithFee();
        const { terms, payTo, startFee } = await get();
        expect(terms).to.include({ startFee: "700000", prepayment: "24000000" });
        expect(payTo).to.include({ minimumSats: "1700" });
        expect(startFee).to.deep.equal({ agreed: "700000", earned: "0", charged: null });
        await pay();
        await startBeyond();
        const running = await get();
        expect(running.startFee).to.deep.equal({ agreed: "700000", earned: "700000", charged: "700000" });
        expect(running).to.include({ depositMsat: "1700000" });
        expect(running.accrual).to.include({ deposit: "1000000", exhaustedAt: 3_700 });
        expect((await texts()).at(-1)?.text).to.equal(
          "The start fee was charged: 700 sats, since the start was beyond the holder's limit.",
        );
        // A new period: what was charged is history, and none of what was paid for it.
        await pool.happen([beat(1, 3_800)]);
        await pool.happen([
          leases("PeriodOpened", { clock: 3_802n }),
          ...paidEvents(LEASE, { msat: 900_000n, deposit: 900_000n }),
        ]);
        const again = await get();
        expect(again.startFee).to.deep.equal({ agreed: "700000", earned: "0", charged: "700000" });
        expect(again.accrual).to.include({ deposit: "900000", periodStart: 3_802 });
      });

      it("waive it within the holder's limit, and look at a buyer's limit again", async () => {
        await openWithFee();
        await pay();
        await pool.happen([beat(1, 100), started(LEASE, 100)]);
        const waived = await get();
        expect(waived.startFee).to.deep.equal({ agreed: "700000", earned: "0", charged: "0" });
        expect(waived.accrual).to.include({ deposit: "1700000" });
        const buyer = { from: HOLDER, to: account(9), refundScript: "0x" };
        await pool.happen([leases("HolderChanged", buyer), startAwaited(LEASE, pool.chain.time + 1_802)]);
        expect((await get()).startFee).to.include({ charged: null });
        await startBeyond();
        expect((await get()).startFee).to.include({ earned: "700000", charged: "700000" });
        // It is charged once, whoever holds the lease.
        await pool.happen([leases("HolderChanged", { ...buyer, from: account(9), to: HOLDER })]);
        await pool.happen([started(LEASE, 100)]);
        expect((await get()).startFee).to.include({ earned: "700000", charged: "700000" });
      });

      it("never charge it when nothing starts", async () => {
        await openWithFee();
        await pay();
        await pool.happen([leases("Declined", { explanation: "no" }), closed(LEASE, 3, 0n, 1_700_000n)]);
        expect((await get()).startFee).to.deep.equal({ agreed: "700000", earned: "0", charged: null });
      });
    });

    it("ends under notice with what is paid, without grace, whatever is paid later", async () => {
      await run(2_000_000n);
      await pool.happen([leases("NoticeGiven", { endsAt: 7_300n })]);
      expect(await get()).to.include({ phase: "notice", stoppable: true });
      await pool.happen([leases("Credited", { amount: 3_000_000n, deposit: 5_000_000n })]);
      const { accrual } = await get();
      expect(accrual).to.include({ deposit: "5000000", exhaustedAt: 7_300, overAt: 7_300 });
      await pool.happen([beat(1, 7_300)]);
      expect(await get()).to.deep.include({
        state: "closed",
        phase: "ended",
        reason: "ended",
        stoppable: false,
        settlement: { earnedMsat: "2000000", owedMsat: "3000000", refundScript: `0x0014${"11".repeat(20)}` },
      });
      expect((await texts()).at(-1)?.text).to.match(/^The provider gave notice/);
    });

    it("ends the seller's period with a resale, which is no payment in grace", async () => {
      await run(2_000_000n);
      await pool.happen([beat(1, 1_900)]);
      const buyer = { from: HOLDER, to: account(9), refundScript: "0x" };
      await pool.happen([
        leases("PeriodOpened", { clock: 1_900n }),
        leases("Credited", { amount: 0n, deposit: 1_000_000n }),
        leases("HolderChanged", buyer),
        startAwaited(LEASE, pool.chain.time + 1_802),
        started(LEASE, 1_900),
      ]);
      const { accrual, holder } = await get();
      expect(holder).to.equal(account(9));
      expect(accrual).to.include({ deposit: "1000000", aside: "0", periodStart: 1_900, exhaustedAt: 5_500 });
      const kinds = (await texts()).map(({ kind }) => kind);
      expect(kinds.slice(-3)).to.deep.equal(["resold", "launch-asked", "started"]);
    });

    it("keeps bitcoin aside that is too little in grace, until it is enough", async () => {
      await run(1_000_000n);
      await pool.happen([beat(1, 100 + 3_700)]);
      await pool.happen(paidEvents(LEASE, { msat: 60_000n, deposit: 1_060_000n }));
      await pool.happen(paidEvents(LEASE, { msat: 40_000n, deposit: 1_100_000n }));
      const inGrace = await get();
      expect(inGrace).to.include({ phase: "grace", depositMsat: "1100000" });
      expect(inGrace.accrual).to.include({ deposit: "1000000", aside: "100000", exhaustedAt: 3_700 });
      // A reorganisation of Bitcoin takes a part of it back.
      await pool.happen([leases("Uncredited", { amount: 40_000n, taken: 40_000n, deposit: 1_060_000n })]);
      expect((await get()).accrual).to.include({ deposit: "1000000", aside: "60000" });
      await pool.happen([
        leases("PeriodOpened", { clock: 3_802n }),
        ...paidEvents(LEASE, { msat: 540_000n, deposit: 600_000n }),
      ]);
      const again = await get();
      expect(again).to.include({ phase: "running" });
      expect(again.accrual).to.include({ deposit: "600000", aside: "0", periodStart: 3_802, exhaustedAt: 5_962 });
      const kinds = (await texts()).map(({ kind }) => kind).filter((kind) => !kind.startsWith("payment"));
      expect(kinds).to.deep.equal(["opened", "funded", "started", "set-aside", "set-aside", "period-opened"]);
    });

    it("owes what was set aside when grace ends without more", async () => {
      await run(1_000_000n);
      await pool.happen([beat(1, 3_701)]);
      await pool.happen(paidEvents(LEASE, { msat: 60_000n, deposit: 1_060_000n }));
      await pool.happen([beat(1, 7_300)]);
      expect(await get()).to.deep.include({
        reason: "exhausted",
        settlement: { earnedMsat: "1000000", owedMsat: "60000", refundScript: `0x0014${"11".repeat(20)}` },
      });
    });

    it("lists the images of an appliance's card, or else of the catalogue", async () => {
      pool.images.set(1, ["debian-11"]);
      const images = async () => (await pool.get("/api/offers", offersSchema)).offers[0]?.images;
      const publish = (card: string) =>
        pool.happen([
          { contract: "Providers", eventName: "CardPublished", args: { appliance: 1, card: stringToHex(card) } },
        ]);
      expect(await images()).to.deep.equal(["debian-11"]);
      await publish(JSON.stringify({ images: [{ name: "debian-12", user: "debian" }, { name: "alma\u0000" }] }));
      expect(await images()).to.deep.equal(["debian-12", "alma\ufffd"]);
      const { choices } = await pool.get("/api/offers?image=debian-12", offersSchema);
      expect(choices.images).to.deep.equal(["alma\ufffd", "debian-12"]);
      expect((await pool.get("/api/offers?image=debian-11", offersSchema)).total).to.equal(0);
      for (const none of ["", "\u0000", "[]", '{"images":"all"}', `{"images":[{"name":""}]}`]) {
        await publish(none);
        expect(await images(), none).to.deep.equal(["debian-11"]);
      }
    });

    it("says with which nonce a holder signs next", async () => {
      const nonce = (holder: string) => pool.get(`/api/holders/${holder}/nonce`, nonceSchema);
      expect(await nonce(HOLDER)).to.deep.equal({ nonce: "0" });
      pool.nonces.set(HOLDER, 7n);
      expect(await nonce(HOLDER.toLowerCase())).to.deep.equal({ nonce: "7" });
      expect(await pool.refused("/api/holders/0x12/nonce")).to.include({ status: 400 });
    });

    it("asks for no payment that Bitcoin's nodes would not pass on", async () => {
      const cheap = takenEvents({ leaseId: LEASE, payBy: pool.chain.time + 3_602, quantity: 3 }).map((event) =>
        event.eventName === "LeaseOpened"
          ? { ...event, args: { ...event.args, price: 9_000, prepayment: 20_000n } }
          : event,
      );
      await pool.happen(cheap as Emitted[]);
      const { payTo, terms } = await get();
      expect(terms).to.include({ price: "10000", prepayment: "20000", quote: zeroAddress });
      expect(payTo).to.include({ sats: "330", minimumSats: "330" });
      expect(payTo.uri).to.match(/\?amount=0\.0000033$/);
    });
  });
});
