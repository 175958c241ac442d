// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "viem";
import { leaseAddress } from "../../../offchain/bitcoin/leaseAddress.ts";
import { clockAt } from "../../../offchain/indexer/exhaustion.ts";
import { leaseAt } from "../../../offchain/pool/accrual.ts";
import {
  type Accrual,
  holderLeasesSchema,
  type Lease,
  leaseAnswerSchema,
  leaseSchema,
  type Payment,
  queuedLeaseSchema,
} from "../../../offchain/pool/api.ts";
import { onBothDatabases } from "../indexer/support/databases.ts";
import {
  account,
  applianceEvents,
  askPlaced,
  BITCOIN_KEY,
  beat,
  closed,
  HOLDER,
  marketEvents,
  paidEvents,
  poolEvents,
  SEALED_SPEC,
  started,
  TXID,
  takenEvents,
  word,
} from "../indexer/support/market.ts";
import { startPool, type TestPool } from "./support/pool.ts";

const LEASE = word(42);
const SEEN: Payment = {
  txid: "cc".repeat(32),
  vout: 1,
  sats: "5000",
  status: "seen",
  confirmations: 0,
  needed: 2,
  replacedBy: null,
};

describe("GET /api/leases/:id", function () {
  this.timeout(60_000);

  onBothDatabases((db) => {
    let pool: TestPool;
    beforeEach(async () => {
      pool = await startPool({ db: db() });
      await pool.happen([...poolEvents(), ...marketEvents(), ...applianceEvents(1)]);
      await pool.happen([...askPlaced({ order: 1, expiry: pool.chain.time + 86_400, quantity: 100 })]);
    });
    afterEach(() => pool.stop());

    const get = (): Promise<Lease> => pool.get(`/api/leases/${LEASE}`, leaseSchema);
    const open = () => pool.happen(takenEvents({ leaseId: LEASE, payBy: pool.chain.time + 3_602, quantity: 99 }));
    const pay = (msat: bigint, deposit = msat) => {
      return pool.happen(paidEvents(LEASE, { msat, deposit, startBy: pool.chain.time + 1_802 }));
    };
    const accrualOf = ({ accrual }: Lease): Accrual => {
      if (accrual === null) throw new Error("the lease does not run");
      return accrual;
    };

    it("tells a queued lease from a refused one, as the relayer does", async () => {
      const refusal = { type: "t", title: "no", status: 409, detail: "sold out", code: "Exchange_SoldOut" };
      pool.relayer.leases.set(LEASE, { state: "queued", address: "bcrt1q", payments: [SEEN], refusal: undefined });
      const queued = await pool.get(`/api/leases/${LEASE}`, queuedLeaseSchema);
      expect(queued).to.include({ state: "queued", address: "bcrt1q", refusal: null });
      expect(queued.payments).to.deep.equal({ list: [SEEN], watched: true });
      pool.relayer.leases.set(LEASE, { state: "refused", address: "bcrt1q", payments: [], refusal });
      expect(await pool.get(`/api/leases/${LEASE}`, queuedLeaseSchema)).to.deep.include({
        state: "refused",
        refusal: { code: "Exchange_SoldOut", title: "no", detail: "sold out" },
      });
      // On the chain already, and in a block that the index does not have yet.
      pool.relayer.leases.set(LEASE, { state: "unfunded", address: "bcrt1q", payments: [], refusal: undefined });
      expect(await pool.get(`/api/leases/${LEASE}`, leaseAnswerSchema)).to.include({ state: "queued" });
    });

    it("does not know leases that nobody knows, and says so only when the relayer was asked", async () => {
      expect(await pool.refused(`/api/leases/${LEASE}`)).to.include({ status: 404 });
      pool.relayer.down = true;
      expect(await pool.refused(`/api/leases/${LEASE}`)).to.include({ status: 503, code: "RELAYER_UNREACHABLE" });
      expect(await pool.refused("/api/leases/0x12")).to.include({ status: 400 });
    });

    it("says where and how much to pay, and with which terms the address can be checked", async () => {
      await open();
      const lease = await get();
      const { address } = leaseAddress(BITCOIN_KEY, LEASE, "regtest");
      expect(lease).to.include({ state: "unfunded", phase: "payment", reason: null, order: "1", holder: HOLDER });
      expect(lease.payTo).to.deep.equal({
        address,
        sats: "24000",
        minimumSats: "1000",
        uri: `bitcoin:${address}?amount=0.00024`,
      });
      expect(lease.terms).to.deep.equal({
        holder: HOLDER,
        appliance: 1,
        class: word(1),
        quote: "0x0000000000000000000000000000000000000000",
        price: "1000000",
        startFee: "0",
        prepayment: "24000000",
        refundScript: `0x0014${"11".repeat(20)}`,
        launchSpecHash: keccak256(SEALED_SPEC),
        salt: "7",
        deadline: `${lease.payBy}`,
      });
      expect(lease.cover).to.deep.equal({ coveredMsat: "24000000", collateral: "5000000000000000000" });
      expect(await pool.get(`/api/leases/${LEASE.toUpperCase().replace("X", "x")}`, leaseSchema)).to.deep.equal(lease);
    });

    it("asks for what is missing after a payment that does not suffice", async () => {
      await open();
      await pool.happen(paidEvents(LEASE, { msat: 600_000n, deposit: 600_000n }));
      const { payTo, phase } = await get();
      expect(phase).to.equal("payment");
      expect(payTo.uri).to.match(/\?amount=0\.000234$/);
    });

    it("puts what the relayer sees beside what the contracts have recorded", async () => {
      await open();
      await pay(24_000_000n);
      const recorded = {
        ...{ txid: TXID, vout: 0, sats: "24000", status: "credited", confirmations: null, needed: 2, replacedBy: null },
      };
      pool.relayer.down = true;
      expect((await get()).payments).to.deep.equal({ list: [recorded], watched: false });
      pool.relayer.down = false;
      const credited: Payment = { ...SEEN, txid: TXID, vout: 0, sats: "24000", status: "credited", confirmations: 7 };
      pool.relayer.leases.set(LEASE, { state: "pending", address: "", payments: [credited, SEEN], refusal: undefined });
      expect((await get()).payments).to.deep.equal({ list: [credited, SEEN], watched: true });
    });

    it("goes through every phase by the chain's time alone", async () => {
      await open();
      const phases: string[] = [];
      const look = async () => phases.push((await get()).phase);
      await look();
      await pool.happen([], 3_700);
      await look();
      await pay(2_000_000n);
      await look();
      await pool.happen([], 1_900);
      await look();
      const clock = () => pool.chain.time % 10_000;
      await pool.happen([beat(1, clock()), started(LEASE, clock())]);
      await look();
      // Two hours are paid; the provider clock stops an hour after its last beat.
      const begun = accrualOf(await get());
      expect(begun.exhaustedAt - begun.periodStart).to.equal(7_200);
      expect(begun.overAt - begun.exhaustedAt).to.equal(3_600);
      await pool.happen([], 30_000);
      await look();
      expect(leaseAt(accrualOf(await get()), pool.chain.time)).to.deep.include({
        earned: 1_000_000n,
        secondsLeft: 3_600,
        counting: false,
      });
      await pool.happen([beat(1, begun.exhaustedAt)]);
      await look();
      await pool.happen([beat(1, begun.overAt)]);
      await look();
      expect(await get()).to.deep.include({
        state: "closed",
        reason: "exhausted",
        accrual: null,
        settlement: {
          earnedMsat: "2000000",
          owedMsat: "0",
          refundScript: `0x0014${"11".repeat(20)}`,
        },
      });
      const all = ["payment", "lapsed", "starting", "overdue", "running", "running", "grace", "ended"];
      expect(phases).to.deep.equal(all);
    });

    it("hands out the newest access details, and the whole story in order", async () => {
      await open();
      await pay(24_000_000n);
      await pool.happen([started(LEASE, 10, "0xaa")]);
      const posted = { leaseId: LEASE, sealedAccess: "0xbb" } as const;
      await pool.happen([{ contract: "Leases", eventName: "AccessPosted", args: posted }]);
      await pool.happen([closed(LEASE, 1, 1_500_500n, 22_499_500n)]);
      const released = { leaseId: LEASE, amount: 10n ** 18n, left: 4n * 10n ** 18n };
      await pool.happen([{ contract: "Leases", eventName: "CollateralReleased", args: released }]);
      // What arrives after the close is owed in whole.
      await pool.happen(paidEvents(LEASE, { msat: 1_000n, deposit: 24_001_000n }));
      const lease = await get();
      expect(lease.access).to.include({ sealed: "0xbb" });
      expect(lease.settlement).to.include({ earnedMsat: "1500500", owedMsat: "22500500" });
      expect(lease.cover).to.deep.equal({ coveredMsat: "22500500", collateral: "4000000000000000000" });
      expect(lease).to.include({ phase: "ended", reason: "stopped", closedAt: lease.timeline.at(-3)?.time });
      expect(lease.timeline.map(({ text }) => text)).to.deep.equal([
        "Reserved for a prepayment of 24000 sats. Waiting for the payment.",
        "Paid. The provider is asked to start the instance.",
        "A payment of 24000 sats was credited.",
        "Started. The access details are here.",
        "The provider posted new access details.",
        "Stopped by the holder. The provider keeps 1500.5 sats and owes back 22499.5 sats.",
        "1 XOV of the provider's collateral is free again, 4 XOV is still locked.",
        "A payment of 1 sat was credited.",
      ]);
    });

    it("says how likely each step is to stay", async () => {
      await open();
      const finality = async () => (await get()).timeline.map((entry) => entry.finality);
      expect(await finality()).to.deep.equal(["latest"]);
      await pool.happen();
      expect(await finality()).to.deep.equal(["safe"]);
      pool.chain.finalize(0);
      await pool.happen();
      expect(await finality()).to.deep.equal(["finalized"]);
    });

    it("tells why a provider declined", async () => {
      await open();
      await pay(24_000_000n);
      const declined = { leaseId: LEASE, explanation: "no such image: plan9" };
      await pool.happen([
        { contract: "Leases", eventName: "Declined", args: declined },
        closed(LEASE, 3, 0n, 24_000_000n),
      ]);
      const lease = await get();
      expect(lease).to.include({ reason: "declined", explanation: "no such image: plan9" });
      expect(lease.timeline.map(({ text }) => text)).to.include.members([
        "The provider declined: no such image: plan9",
        "Closed, because the provider declined. The provider keeps 0 sats and owes back 24000 sats.",
      ]);
    });

    it("tells why a provider evicted", async () => {
      await open();
      await pay(24_000_000n);
      await pool.happen([started(LEASE, 100)]);
      const evicted = { leaseId: LEASE, explanation: "the host is gone" };
      await pool.happen([
        { contract: "Leases", eventName: "Evicted", args: evicted },
        closed(LEASE, 6, 4_000_000n, 20_000_000n),
      ]);
      const lease = await get();
      expect(lease).to.include({ phase: "ended", reason: "evicted", explanation: "the host is gone" });
      expect(lease.timeline.slice(-2).map(({ text }) => text)).to.deep.equal([
        "The provider ends the lease: the host is gone",
        "Ended by the provider, at once. The provider keeps 4000 sats and owes back 20000 sats.",
      ]);
    });

    it("begins a new period when paid within grace", async () => {
      await open();
      await pay(1_000_000n);
      await pool.happen([started(LEASE, 100)]);
      await pool.happen([{ contract: "Leases", eventName: "PeriodOpened", args: { leaseId: LEASE, clock: 4_000n } }]);
      await pool.happen(paidEvents(LEASE, { msat: 500_000n, deposit: 500_000n }));
      const accrual = accrualOf(await get());
      expect(accrual).to.include({ periodStart: 4_000, deposit: "500000", exhaustedAt: 5_800 });
      expect(clockAt(accrual.clock, pool.chain.time)).to.be.lessThan(100);
    });

    it("lists a holder's leases, newest first, page by page", async () => {
      const ids = Array.from({ length: 7 }, (_, i) => word(500 + i));
      for (const [i, leaseId] of ids.entries()) {
        const holder = i === 3 ? account(99) : HOLDER;
        const taken = takenEvents({ leaseId, holder, payBy: pool.chain.time + 3_602, quantity: 90 - i });
        // Some share a block.
        if (i % 2 === 0) await pool.happen(taken);
        else pool.chain.mine(taken);
      }
      await pool.sync();
      const list = (query: string, holder: string = HOLDER) =>
        pool.get(`/api/holders/${holder}/leases?${query}`, holderLeasesSchema);
      const whole = (await list("")).leases.map(({ leaseId }) => leaseId);
      expect(whole).to.deep.equal(ids.filter((_, i) => i !== 3).reverse());
      const paged: string[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page = await list(`limit=4${cursor === "" ? "" : `&cursor=${cursor}`}`);
        paged.push(...page.leases.map(({ leaseId }) => leaseId));
        cursor = page.nextCursor;
      }
      expect(paged).to.deep.equal(whole);
      expect((await list("", HOLDER.toLowerCase())).leases).to.have.length(6);
      expect((await list("", account(98))).leases).to.deep.equal([]);
      expect(await pool.refused("/api/holders/0x12/leases")).to.include({ status: 400 });
      expect(await pool.refused(`/api/holders/${HOLDER}/leases?cursor=xx`)).to.include({ status: 400 });
    });
  });
});
