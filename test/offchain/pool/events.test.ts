// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { systemClock } from "../../../offchain/core/clock.ts";
import type { Payment } from "../../../offchain/pool/api.ts";
import { emptyIndex, onBothDatabases } from "../indexer/support/databases.ts";
import {
  account,
  applianceEvents,
  askPlaced,
  beat,
  HOLDER,
  marketEvents,
  paidEvents,
  poolEvents,
  started,
  takenEvents,
  word,
} from "../indexer/support/market.ts";
import { type EventClient, openEvents, type ServerEvent } from "./support/eventClient.ts";
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

const named = (name: ServerEvent["name"]) => (event: ServerEvent) => event.name === name;
const inPhase = (phase: string) => (event: ServerEvent) => event.name === "lease" && event.data.phase === phase;

describe("GET /api/events", function () {
  this.timeout(60_000);

  onBothDatabases((db) => {
    let pool: TestPool;
    const clients: EventClient[] = [];
    beforeEach(async () => {
      pool = await startPool({ db: db(), limits: { streamsPerClient: 3 } });
      await pool.happen([...poolEvents(), ...marketEvents(), ...applianceEvents(1)]);
      await pool.happen([...askPlaced({ order: 1, expiry: pool.chain.time + 86_400, quantity: 100 })]);
    });
    afterEach(async () => {
      for (const client of clients.splice(0)) client.close();
      await pool.stop();
    });

    const listen = async (query: string, headers?: Record<string, string>) => {
      const client = await openEvents(`${pool.url}/api/events?${query}`, headers);
      clients.push(client);
      return client;
    };
    const open = (leaseId = LEASE, holder = HOLDER) =>
      pool.happen(takenEvents({ leaseId, holder, payBy: pool.chain.time + 3_602, quantity: 99 }));
    const pay = () => {
      const startBy = pool.chain.time + 1_802;
      return pool.happen(paidEvents(LEASE, { msat: 24_000_000n, deposit: 24_000_000n, startBy }));
    };

    it("tells what holds now, and every change after it", async () => {
      await open();
      const client = await listen(`lease=${LEASE.toUpperCase().replace("X", "x")}`);
      expect(client.headers.get("content-type")).to.match(/^text\/event-stream/);
      expect(client.headers.get("cache-control")).to.equal("no-store");
      expect((await client.next(named("block"))).data).to.include({ number: 3, time: pool.chain.time });
      await client.next(inPhase("payment"));
      await pay();
      await client.next(inPhase("starting"));
      await pool.happen([started(LEASE, 10)]);
      await client.next(inPhase("running"));
    });

    it("tells of a lease that comes to be while it is waited for", async () => {
      const client = await listen(`lease=${LEASE}`);
      await client.next(named("block"));
      pool.relayer.leases.set(LEASE, { state: "queued", address: "a", payments: [], refusal: undefined });
      expect((await client.next(named("lease"))).data).to.include({ state: "queued" });
      await open();
      await client.next(inPhase("payment"));
    });

    it("tells of payments that only the relayer has seen, and of their replacement", async () => {
      await open();
      const client = await listen(`lease=${LEASE}`);
      await client.next(inPhase("payment"));
      const say = (payments: Payment[]) =>
        pool.relayer.leases.set(LEASE, { state: "unfunded", address: "a", payments, refusal: undefined });
      const withStatus = (status: string) => (event: ServerEvent) =>
        event.name === "lease" && JSON.stringify(event.data.payments).includes(`"status":"${status}"`);
      say([SEEN]);
      await client.next(withStatus("seen"));
      say([{ ...SEEN, status: "replaced", replacedBy: "dd".repeat(32) }]);
      await client.next(withStatus("replaced"));
    });

    it("tells when the appliance's clock moves, since the account follows from it", async () => {
      await open();
      await pay();
      await pool.happen([started(LEASE, 10)]);
      const [lease, holder] = [await listen(`lease=${LEASE}`), await listen(`holder=${HOLDER}`)];
      await lease.next(inPhase("running"));
      await holder.next(named("holder"));
      await pool.happen([beat(1, 1_000)]);
      const moved = ({ data }: ServerEvent) => JSON.stringify(data.accrual).includes('"elapsed":1000');
      await lease.next((event) => event.name === "lease" && moved(event));
      await holder.next((event) => event.name === "holder" && moved(event));
    });

    it("tells a holder of its own leases, and nobody else's", async () => {
      const client = await listen(`holder=${HOLDER.toLowerCase()}`);
      await client.next(named("block"));
      await open(word(1), account(9));
      await open(word(2));
      expect((await client.next(named("holder"))).data).to.include({ leaseId: word(2) });
      const others = client.events.filter(({ data }) => data.leaseId === word(1));
      expect(others).to.deep.equal([]);
    });

    it("tells that offers have changed, but not that an appliance is alive as before", async () => {
      const client = await listen("offers");
      await client.next(named("block"));
      await pool.happen([beat(1, 1_000)]);
      await pool.happen([...askPlaced({ order: 2, expiry: pool.chain.time + 86_400 })]);
      await client.next(named("offers"));
      expect(client.events.filter(named("offers"))).to.have.length(1);
    });

    it("resumes with what has changed since the last event, and with nothing else", async () => {
      await open(word(1));
      await open();
      const query = `lease=${LEASE}&lease=${word(1)}`;
      const first = await listen(query);
      await first.next(named("lease"));
      const { id } = await first.next(named("lease"));
      first.close();
      await pay();
      const second = await listen(query, { "Last-Event-ID": id });
      expect((await second.next(named("lease"))).data).to.include({ leaseId: LEASE, phase: "starting" });
      await pool.happen();
      await second.next(named("block"));
      expect(second.events.filter(named("lease"))).to.have.length(1);
      expect(second.events.filter(named("reset"))).to.deep.equal([]);
    });

    it("says that it has lost the thread when the index is another one, and tells everything", async () => {
      await open();
      for (const id of ["0123456789ab-1", "nonsense", "-", "ffffffffffff-99999999999999"]) {
        const client = await listen(`lease=${LEASE}`, { "Last-Event-ID": id });
        await client.next(named("reset"));
        await client.next(inPhase("payment"));
        client.close();
        await systemClock.sleep(20);
      }
    });

    it("begins anew with a client that is connected while the index is built again", async () => {
      await open();
      const client = await listen(`lease=${LEASE}`);
      await client.next(inPhase("payment"));
      await emptyIndex(db());
      await pool.happen();
      await client.next(named("reset"));
      await client.next(inPhase("payment"));
    });

    it("shows what a reorg has taken back", async () => {
      await open();
      await pay();
      const client = await listen(`lease=${LEASE}`);
      await client.next(inPhase("starting"));
      pool.chain.drop(1);
      pool.chain.mine();
      await pool.happen();
      await client.next(inPhase("payment"));
    });

    it("refuses streams about nothing, or too many of them, and counts those that ended", async () => {
      expect(await pool.refused("/api/events")).to.deep.include({
        status: 400,
        errors: [{ field: "lease", message: "one of lease, holder and offers has to be there" }],
      });
      expect(await pool.refused("/api/events?lease=0x12")).to.include({ status: 400 });
      const open3 = await Promise.all([1, 2, 3].map(() => listen("offers")));
      expect(await pool.refused("/api/events?offers")).to.include({ status: 429 });
      open3[0]?.close();
      await systemClock.sleep(50);
      expect((await listen("offers")).status).to.equal(200);
    });
  });
});
