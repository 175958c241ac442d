// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256 } from "viem";
import { systemClock } from "../../../offchain/core/clock.ts";
import { createIndexer } from "../../../offchain/indexer/indexer.ts";
import { changesSince, readProgress } from "../../../offchain/indexer/store.ts";
import { emptyIndex, onBothDatabases } from "./support/databases.ts";
import { DEPLOYMENT } from "./support/deployment.ts";
import { dump } from "./support/dump.ts";
import { follow, newChain, SILENT } from "./support/follow.ts";
import {
  applianceEvents,
  askPlaced,
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
} from "./support/market.ts";
import type { ScriptedChain } from "./support/scriptedChain.ts";

const LEASE = word(42);

/** A market with one appliance and one ask of four, and a lease of it that is not paid. */
function chainWithLease(): ScriptedChain {
  const chain = newChain();
  chain.mine([...poolEvents(), ...marketEvents(), ...applianceEvents(1)]);
  chain.mine([...askPlaced({ order: 1, expiry: chain.time + 86_400 })]);
  chain.mine(takenEvents({ leaseId: LEASE, payBy: chain.time + 3_602, quantity: 3 }));
  return chain;
}

describe("the indexer", function () {
  this.timeout(60_000);

  onBothDatabases((db) => {
    beforeEach(() => emptyIndex(db()));
    const lease = async () => db().selectFrom("leases").selectAll().where("id", "=", LEASE).executeTakeFirst();

    it("writes down what the events of a lease's whole life say", async () => {
      const chain = chainWithLease();
      const opened = chain.time;
      chain.mine(paidEvents(LEASE, { msat: 24_000_000n, deposit: 24_000_000n, startBy: chain.time + 1_802 }));
      const funded = chain.time;
      chain.mine([started(LEASE, 100)], 60);
      const startedAt = chain.time;
      chain.mine([beat(1, 200)]);
      const beatAt = chain.time;
      chain.mine([closed(LEASE, 1, 1_000_000n, 23_000_000n)]);
      await follow({ db: db(), chain });

      expect(await lease()).to.deep.equal({
        id: LEASE,
        holder: HOLDER,
        terms_holder: HOLDER,
        appliance: 1,
        market: 1,
        ask: "1",
        state: "closed",
        reason: "stopped",
        explanation: null,
        price: "1000000",
        start_fee: "0",
        fee_earned: "0",
        fee_charged: "0",
        prepayment: "24000000",
        deposit: "24000000",
        aside: "0",
        earned: "1000000",
        confirmations: 2,
        collateral: "5000000000000000000",
        claimed: "0",
        claim_payable_at: null,
        refund_script: `0x0014${"11".repeat(20)}`,
        refund_to: null,
        salt: "7",
        terms_deadline: `${opened + 3_600}`,
        launch_spec_hash: keccak256(SEALED_SPEC),
        opened_at: opened,
        opened_block: 3,
        pay_by: null,
        funded_at: funded,
        start_asked_at: null,
        start_by: null,
        started_at: startedAt,
        period_start: 100,
        ends_at: null,
        closed_at: chain.time,
        sealed_access: "0xacce55",
        access_at: startedAt,
      });
      const { asks, appliances, payments, timeline } = await dump(db());
      expect(asks?.[0]).to.include({ quantity: 3, unfunded: 0, price: "1000000", removed: false });
      expect(appliances?.[0]).to.include({ elapsed: 200, last_beat: beatAt, seal_key: word(1_001) });
      expect(appliances?.[0]).to.include({ starts_asked: 1, starts_made: 1, start_seconds: 60 });
      expect(payments).to.deep.equal([
        { lease: LEASE, txid: TXID, vout: 0, amount: "24000000", height: 110, revoked: false },
      ]);
      expect(timeline?.map((row) => Reflect.get(row, "kind"))).to.deep.equal([
        "opened",
        "funded",
        "payment-credited",
        "started",
        "closed",
      ]);
    });

    it("takes back what a reorg removed", async () => {
      const chain = chainWithLease();
      await follow({ db: db(), chain });
      const before = await dump(db());
      chain.mine(paidEvents(LEASE, { msat: 24_000_000n, deposit: 24_000_000n, startBy: chain.time + 1_802 }));
      chain.mine([started(LEASE, 100), ...applianceEvents(2)]);
      await follow({ db: db(), chain });
      expect((await lease())?.state).to.equal("active");

      chain.drop(2);
      for (let i = 0; i < 3; i++) chain.mine();
      const topics: string[] = [];
      const indexer = await follow({ db: db(), chain, onCommit: (_, changed) => topics.push(...changed) });
      expect(await dump(db())).to.deep.equal(before);
      expect(indexer.report().reorgs).to.equal(1);
      expect(topics).to.include.members([`lease:${LEASE}`, `holder:${HOLDER}`, "appliance:2", "offers"]);
    });

    it("removes the lease itself when its opening is reorganised away, and takes it in again", async () => {
      const chain = chainWithLease();
      await follow({ db: db(), chain });
      chain.drop(1);
      chain.mine();
      chain.mine(takenEvents({ leaseId: LEASE, payBy: chain.time + 3_602, quantity: 3 }));
      await follow({ db: db(), chain });
      expect(await lease()).to.include({ opened_block: 4, opened_at: chain.time });
    });

    it("keeps nothing to undo below the finalized block", async () => {
      const chain = chainWithLease();
      await follow({ db: db(), chain });
      const undo = () => db().selectFrom("undo").select("block").distinct().execute();
      expect(await undo()).to.have.length(3);
      chain.finalize(1);
      chain.mine();
      await follow({ db: db(), chain });
      expect(await undo()).to.deep.equal([{ block: 3 }]);
    });

    it("says since any commit what has changed, and that it cannot when it does not know", async () => {
      const chain = chainWithLease();
      await follow({ db: db(), chain });
      const { seq, epoch } = await readProgress(db());
      expect(await changesSince(db(), epoch, seq)).to.deep.equal({ seq, topics: new Set() });
      chain.mine([beat(1, 50)]);
      await follow({ db: db(), chain });
      const since = await changesSince(db(), epoch, seq);
      expect([...(since?.topics ?? [])]).to.deep.equal(["appliance:1"]);
      expect(await changesSince(db(), epoch, seq + 1_000)).to.equal(undefined);
      expect(await changesSince(db(), "another", seq)).to.equal(undefined);
    });

    it("gives an exact account of a payment that was revoked after a part of it was spent", async () => {
      const chain = chainWithLease();
      const place = { leaseId: LEASE, txid: `0x${"bb".concat("aa".repeat(31))}` as const, vout: 0 };
      const block = { height: 110, blockHash: word(9) };
      chain.mine([
        { contract: "BitcoinPayments", eventName: "PaymentCredited", args: { ...place, amount: 5_000n, ...block } },
      ]);
      chain.mine([
        { contract: "BitcoinPayments", eventName: "PaymentRevoked", args: { ...place, taken: 3_000n, kept: 2_000n } },
      ]);
      await follow({ db: db(), chain });
      const payment = () => db().selectFrom("payments").selectAll().executeTakeFirst();
      expect(await payment()).to.include({ txid: TXID, amount: "2000", revoked: true });
      chain.mine([
        { contract: "BitcoinPayments", eventName: "PaymentCredited", args: { ...place, amount: 3_000n, ...block } },
      ]);
      await follow({ db: db(), chain });
      expect(await payment()).to.include({ amount: "5000", revoked: false });
    });

    it("stores texts from the chain without what a database or a page cannot take", async () => {
      const chain = newChain();
      chain.mine([...poolEvents(1, "a\x01b"), ...applianceEvents(1, "eu\0fi\u202e")]);
      await follow({ db: db(), chain });
      const { pools, appliances } = await dump(db());
      expect(pools?.[0]).to.include({ name: "a?b" });
      expect(appliances?.[0]).to.include({ region: "eu\ufffdfi\ufffd" });
    });

    it("refuses events about what no event has made", async () => {
      const chain = newChain();
      chain.mine([started(LEASE, 100)]);
      const error = await follow({ db: db(), chain }).catch((caught: unknown) => caught);
      expect(error).to.include({ code: "MISSING_ROW" });
    });

    it("lets two indexers write to one database: nothing is applied twice, nothing is left out", async () => {
      const chain = chainWithLease();
      const both = [follow({ db: db(), chain }), follow({ db: db(), chain })];
      const stop = setInterval(() => chain.mine([beat(1, chain.height)]), 5);
      await Promise.race(both);
      clearInterval(stop);
      for (let i = 0; i < 3; i++) chain.mine(i === 0 ? [...askPlaced({ order: 2, expiry: chain.time + 9 })] : []);
      await Promise.all([...both, follow({ db: db(), chain })]);
      const together = await dump(db());
      await emptyIndex(db());
      await follow({ db: db(), chain });
      expect(together).to.deep.equal(await dump(db()));
    });

    it("tells its own listeners of what another indexer has committed", async () => {
      const chain = chainWithLease();
      const heard = new Set<string>();
      const stop = new AbortController();
      const slow = createIndexer({
        db: db(),
        chain: { chainId: DEPLOYMENT.chainId, sources: [chain.source] },
        deployment: DEPLOYMENT,
        clock: systemClock,
        log: SILENT,
        pollMs: 400,
        onCommit: (_progress, topics) => {
          for (const topic of topics) heard.add(topic);
          if (heard.has("appliance:1") && heard.has("bitcoin")) stop.abort();
        },
      });
      const running = slow.run(stop.signal);
      while (!heard.has("offers")) await systemClock.sleep(5);
      heard.clear();
      chain.mine([beat(1, 50)]);
      await follow({ db: db(), chain });
      const args = { from: 1, to: 2, tipHash: word(1) };
      chain.mine([{ contract: "BitcoinLightClient", eventName: "HeadersAccepted", args }]);
      await running;
      expect([...heard]).to.include.members(["appliance:1", "bitcoin"]);
    });

    it("begins again when what was final is no longer in the chain", async () => {
      const chain = chainWithLease();
      chain.finalize(0);
      await follow({ db: db(), chain });
      const other = newChain();
      for (let i = 0; i < 6; i++) other.mine();
      other.mine([...poolEvents(1, "another")]);
      await follow({ db: db(), chain: other, until: ({ block }) => block === other.height });
      const { pools, leases } = await dump(db());
      expect(pools?.[0]).to.include({ name: "another" });
      expect(leases).to.deep.equal([]);
    });
  });
});
