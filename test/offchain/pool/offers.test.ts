// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { encodeAbiParameters, keccak256 } from "viem";
import { sealKeyOfRecipient } from "../../../offchain/lease/sealing.ts";
import { networkSchema, type Offers, offerSchema, offersSchema } from "../../../offchain/pool/api.ts";
import { onBothDatabases } from "../indexer/support/databases.ts";
import {
  ATTESTED_UNTIL,
  applianceEvents,
  askPlaced,
  attestationRevoked,
  attested,
  beat,
  marketEvents,
  PROVIDER,
  poolEvents,
  startAwaited,
  started,
  takenEvents,
  word,
} from "../indexer/support/market.ts";
import { startPool, type TestPool } from "./support/pool.ts";

const DECADE = 9_000;
/** 1,000 sat; each step up is a sat. */
const price = (sats: number) => 3 * DECADE + sats - 1_000;

describe("GET /api/offers", function () {
  this.timeout(60_000);

  onBothDatabases((db) => {
    let pool: TestPool;
    before(async () => {
      pool = await startPool({ db: db() });
      pool.images.set(1, ["debian-12", "ubuntu-24.04"]).set(2, ["debian-12"]);
      await pool.happen([
        ...poolEvents(),
        ...marketEvents(1, { vcpus: 2, memoryMiB: 4_096, diskGiB: 40 }, 1_000),
        ...marketEvents(2, { vcpus: 8, memoryMiB: 16_384, diskGiB: 160 }, 4_000),
        ...marketEvents(3, { vcpus: 16, memoryMiB: 65_536, diskGiB: 320, gpus: 1, gpuModel: "H100" }, 40_000),
        ...applianceEvents(1, "eu-fi-helsinki"),
        ...applianceEvents(2, "us-ca-fremont"),
        ...applianceEvents(3, "eu-fi-helsinki"),
      ]);
      const expiry = pool.chain.time + 86_400;
      await pool.happen([
        ...askPlaced({ order: 1, appliance: 1, market: 1, price: price(1_500), expiry }),
        ...askPlaced({ order: 2, appliance: 1, market: 2, price: price(4_000), expiry }),
        ...askPlaced({ order: 3, appliance: 2, market: 1, price: price(1_200), expiry }),
        ...askPlaced({ order: 4, appliance: 2, market: 3, price: price(9_000), expiry }),
        ...askPlaced({ order: 5, appliance: 3, market: 2, price: price(4_000), expiry }),
      ]);
    });
    after(() => pool.stop());

    const offers = (query: string): Promise<Offers> => pool.get(`/api/offers?${query}`, offersSchema);
    const orders = async (query: string) => (await offers(query)).offers.map(({ order }) => Number(order));

    it("tells all that a holder has to know before it signs", async () => {
      const { offers: list, total, block } = await offers("limit=1&sort=newest");
      expect(total).to.equal(5);
      expect(block).to.include({ number: 2, time: pool.chain.time });
      const [offer] = list;
      expect(offer).to.deep.include({
        order: "5",
        appliance: 3,
        provider: PROVIDER,
        region: "eu-fi-helsinki",
        class: {
          id: word(2),
          vcpus: 8,
          memoryMiB: 16_384,
          diskGiB: 160,
          gpus: 0,
          gpuModel: null,
          architecture: "x86_64",
        },
        computeUnits: 4,
        price: { msatPerHour: "4000000", satsPerHour: "4000", satsPerMonth: "2920000" },
        confirmations: 2,
        prepaidHours: 168,
        bond: "1000000000000000000",
        startFeeMsat: "0",
        quantity: 4,
        reservable: 1,
        images: [],
        graceSeconds: 3_600,
        attestedUntil: ATTESTED_UNTIL,
        record: { asked: 0, made: 0, declined: 0, missed: 0, meanStartSeconds: null },
      });
      const key = sealKeyOfRecipient(offer?.sealKey.recipient ?? "");
      expect(key).to.equal(word(1_003));
      expect(offer?.sealKey.hash).to.equal(keccak256(encodeAbiParameters([{ type: "bytes32" }], [key])));
      expect(await pool.get("/api/offers/5", offerSchema)).to.deep.equal(offer);
    });

    it("filters by everything that a form can ask for", async () => {
      expect(await orders("region=us-ca-fremont")).to.deep.equal([3, 4]);
      expect(await orders("minVcpus=8")).to.deep.equal([2, 5, 4]);
      expect(await orders("minMemory=16385")).to.deep.equal([4]);
      expect(await orders("minDisk=160&maxPrice=4000")).to.deep.equal([2, 5]);
      expect(await orders("maxPrice=1499.999")).to.deep.equal([3]);
      expect(await orders("gpu=any")).to.deep.equal([4]);
      expect(await orders("gpu=h100")).to.deep.equal([4]);
      expect(await orders("gpu=none&region=eu-fi-helsinki")).to.deep.equal([1, 2, 5]);
      expect(await orders("image=debian-12")).to.deep.equal([3, 1, 2, 4]);
      expect(await orders("image=ubuntu-24.04&minVcpus=8")).to.deep.equal([2]);
      expect(await orders("image=plan9")).to.deep.equal([]);
      expect(await orders("region=&minVcpus=&maxPrice=&image=")).to.have.length(5);
    });

    it("sorts, ties by price and then by age", async () => {
      expect(await orders("")).to.deep.equal([3, 1, 2, 5, 4]);
      expect(await orders("sort=-price")).to.deep.equal([4, 2, 5, 1, 3]);
      expect(await orders("sort=unit-price")).to.deep.equal([4, 2, 5, 3, 1]);
      expect(await orders("sort=vcpus")).to.deep.equal([3, 1, 2, 5, 4]);
      expect(await orders("sort=-memory")).to.deep.equal([4, 2, 5, 3, 1]);
      expect(await orders("sort=disk")).to.deep.equal([3, 1, 2, 5, 4]);
      expect(await orders("sort=newest")).to.deep.equal([5, 4, 3, 2, 1]);
      expect(await orders("sort=-newest")).to.deep.equal([1, 2, 3, 4, 5]);
    });

    it("gives every offer once, page by page, in any order", async () => {
      for (const sort of ["price", "-price", "unit-price", "-unit-price", "vcpus", "-disk", "newest"]) {
        const whole = await orders(`sort=${sort}`);
        const paged: number[] = [];
        for (let cursor: string | null = ""; cursor !== null; ) {
          const after: string = cursor === "" ? "" : `&cursor=${cursor}`;
          const page = await offers(`sort=${sort}&limit=2${after}`);
          expect(page.total).to.equal(5);
          paged.push(...page.offers.map(({ order }) => Number(order)));
          cursor = page.nextCursor;
        }
        expect(paged, sort).to.deep.equal(whole);
      }
    });

    it("says what the filters can be set to, whatever they are", async () => {
      const choices = {
        regions: ["eu-fi-helsinki", "us-ca-fremont"],
        images: ["debian-12", "ubuntu-24.04"],
        gpuModels: ["H100"],
      };
      expect((await offers("region=nowhere")).choices).to.deep.equal(choices);
    });

    it("names every field of a query that it cannot read", async () => {
      const problem = await pool.refused("/api/offers?minVcpus=many&sort=colour&limit=0&colour=red&region=%00");
      expect(problem).to.include({ status: 400, code: "BAD_REQUEST", instance: "/api/offers" });
      const fields = problem.errors?.map(({ field }) => field).sort();
      expect(fields).to.deep.equal(["colour", "limit", "minVcpus", "region", "sort"]);
      for (const query of ["minVcpus=99999999999", "maxPrice=-1", "maxPrice=NaN", "cursor=%7B%7D", "cursor=WyIxIl0"]) {
        expect(await pool.refused(`/api/offers?${query}`), query).to.include({ status: 400 });
      }
    });

    it("refuses orders that there are not", async () => {
      expect(await pool.refused("/api/offers/77")).to.include({ status: 404, code: "NOT_FOUND" });
      expect(await pool.refused("/api/offers/x")).to.include({ status: 400 });
    });

    it("shows the pool, the contracts and Bitcoin's height", async () => {
      expect((await pool.get("/api/network", networkSchema)).bitcoinHeight).to.equal(null);
      const accepted = { from: 100, to: 105, tipHash: word(1) };
      await pool.happen([{ contract: "BitcoinLightClient", eventName: "HeadersAccepted", args: accepted }]);
      const network = await pool.get("/api/network", networkSchema);
      expect(network).to.include({ chainId: 31_337, bitcoinNetwork: "regtest", bitcoinHeight: 105 });
      expect(network.pool).to.include({ id: 1, name: "stackmonkey" });
      expect(network.contracts).to.have.property("Leases");
    });
  });

  onBothDatabases((db) => {
    it("offers nothing of an appliance that has lost its attestation, until it attests again", async () => {
      const pool = await startPool({ db: db() });
      try {
        await pool.happen([...poolEvents(), ...marketEvents(), ...applianceEvents(1), ...applianceEvents(2)]);
        const expiry = pool.chain.time + 86_400;
        await pool.happen([...askPlaced({ order: 1, expiry }), ...askPlaced({ order: 2, appliance: 2, expiry })]);
        const list = async () => {
          const { offers, choices } = await pool.get("/api/offers", offersSchema);
          expect(choices.regions).to.have.length(offers.length === 0 ? 0 : 1);
          return offers.map(({ order }) => Number(order));
        };
        expect(await list()).to.deep.equal([1, 2]);
        await pool.happen([attestationRevoked(1)]);
        expect(await list()).to.deep.equal([2]);
        expect(await pool.refused("/api/offers/1")).to.include({ status: 404 });
        // By time alone: an ask may outlive an attestation that was renewed for a shorter time.
        const until = pool.chain.time + 600;
        await pool.happen([attested(2, until), attested(1, until + 600)]);
        expect(await list()).to.deep.equal([1, 2]);
        await pool.happen([], until - pool.chain.time);
        expect(await list()).to.deep.equal([1, 2]);
        await pool.happen([], 1);
        expect(await list()).to.deep.equal([1]);
      } finally {
        await pool.stop();
      }
    });

    it("leaves out what cannot be taken, and keeps the record of what was", async () => {
      const pool = await startPool({ db: db() });
      try {
        const list = async () => (await pool.get("/api/offers", offersSchema)).offers;
        expect(await pool.refused("/api/offers")).to.include({ status: 503, code: "NO_POOL" });
        await pool.happen([
          ...poolEvents(),
          ...poolEvents(2, "another"),
          ...marketEvents(),
          ...applianceEvents(1),
          ...applianceEvents(2),
        ]);
        await pool.happen([
          ...askPlaced({ order: 1, appliance: 1, expiry: pool.chain.time + 9_000, quantity: 2 }),
          ...askPlaced({ order: 2, appliance: 2, expiry: pool.chain.time + 90_000 }),
        ]);
        expect((await list()).map(({ order }) => Number(order))).to.deep.equal([1, 2]);

        const [first, second] = [word(1), word(2)];
        const payBy = pool.chain.time + 3_600;
        await pool.happen(takenEvents({ leaseId: first, payBy, quantity: 1 }));
        expect((await list())[0]).to.include({ quantity: 1, reservable: 0 });
        await pool.happen([
          { contract: "Leases", eventName: "Funded", args: { leaseId: first } },
          startAwaited(first, 9),
          { contract: "Exchange", eventName: "ReservationEnded", args: { order: 1n } },
        ]);
        await pool.happen([started(first, 30)], 40);
        expect((await list())[0]).to.deep.include({
          reservable: 1,
          record: { asked: 1, made: 1, declined: 0, missed: 0, meanStartSeconds: 40 },
        });
        await pool.happen([
          ...takenEvents({ leaseId: second, payBy, quantity: 0 }),
          { contract: "Leases", eventName: "Declined", args: { leaseId: second, explanation: "no capacity" } },
        ]);
        expect((await list()).map(({ order }) => Number(order))).to.deep.equal([2]);

        // The appliance of what is left falls silent for longer than its clock runs on.
        await pool.happen([], 3_600);
        expect(await list()).to.deep.equal([]);
        await pool.happen([beat(2, 3_600)]);
        expect((await list()).map(({ order }) => Number(order))).to.deep.equal([2]);
        await pool.happen([{ contract: "Exchange", eventName: "OrderRemoved", args: { order: 2n, reason: 0 } }]);
        expect(await list()).to.deep.equal([]);
        pool.ready = false;
        expect(await pool.refused("/api/offers")).to.include({ status: 503, code: "NOT_READY" });
      } finally {
        await pool.stop();
      }
    });
  });
});
