// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { offerSchema, offersSchema } from "../../../offchain/pool/api.ts";
import { accountTrustSchema, providerSchema, startPriceSchema } from "../../../offchain/pool/trustApi.ts";
import { pgliteDatabase } from "../indexer/support/databases.ts";
import {
  account,
  applianceEvents,
  askPlaced,
  HOLDER,
  marketEvents,
  PROVIDER,
  poolEvents,
} from "../indexer/support/market.ts";
import { startPool, type TestPool } from "./support/pool.ts";

const XOV = 10n ** 18n;

describe("what the pool says of trust", function () {
  this.timeout(60_000);
  let pool: TestPool;
  before(async () => {
    pool = await startPool({ db: (await pgliteDatabase()).db });
    await pool.happen([...poolEvents(), ...marketEvents(), ...applianceEvents(1), ...applianceEvents(2, "us-oregon")]);
    const expiry = pool.chain.time + 86_400;
    await pool.happen([...askPlaced({ order: 1, expiry }), ...askPlaced({ order: 2, appliance: 2, expiry })]);
  });
  afterEach(() => {
    pool.trust.trouble = undefined;
  });
  after(() => pool.stop());

  const trustOf = (query: string) => pool.get(`/api/accounts/${HOLDER}/trust${query}`, accountTrustSchema);

  it("is an account's limit, and what starting so much would mean", async () => {
    const plain = await trustOf("");
    expect(plain).to.deep.include({ account: HOLDER, limit: 5, used: 3, available: 2, karma: 1.5, start: null });
    expect(plain.block).to.include({ number: 2 });
    expect((await trustOf("?units=1")).start).to.include({ units: 1, count: 1, withinLimit: true, price: "0" });
    const { start } = await trustOf("?units=0.5&count=6");
    expect(start).to.deep.equal({
      units: 0.5,
      count: 6,
      withinLimit: false,
      withinLimitCount: 4,
      price: `${2n * XOV}`,
      exhausted: false,
    });
    expect((await pool.get(`/api/accounts/${HOLDER.toLowerCase()}/trust`, accountTrustSchema)).account).to.equal(
      HOLDER,
    );
  });

  it("is the price of a start, and a provider with its appliances", async () => {
    const price = await pool.get("/api/start-price", startPriceSchema);
    expect(price).to.include({ perUnit: `${2n * XOV}`, floor: `${XOV}`, secondsToFloor: 600, target: 8 });
    const provider = await pool.get(`/api/providers/${PROVIDER.toLowerCase()}`, providerSchema);
    expect(provider).to.include({ provider: PROVIDER, staked: `${4n * XOV}` });
    expect(
      provider.appliances.map(({ id, region, attestation }) => [id, region, attestation?.attestedAt]),
    ).to.deep.equal([
      [2, "us-oregon", 2],
      [1, "eu-fi-helsinki", 1],
    ]);
    expect((await pool.get(`/api/providers/${account(99)}`, providerSchema)).appliances).to.deep.equal([]);
  });

  it("is refused for what cannot be read, and while the chain does not answer", async () => {
    for (const query of ["units=-1", "units=1.2345", "units=x", "units=1e3", "count=0", "count=65536", "colour=red"]) {
      expect(await pool.refused(`/api/accounts/${HOLDER}/trust?${query}`), query).to.include({ status: 400 });
    }
    expect(await pool.refused("/api/accounts/0x12/trust")).to.include({ status: 400 });
    expect(await pool.refused("/api/providers/me")).to.include({ status: 400 });
    pool.trust.trouble = "unreachable";
    for (const path of [`/api/accounts/${HOLDER}/trust`, "/api/start-price", `/api/providers/${PROVIDER}`]) {
      expect(await pool.refused(path), path).to.include({ status: 503, code: "CHAIN_UNREACHABLE" });
    }
  });

  it("stands beside offers, one question a provider, and never holds them up", async () => {
    const standing = {
      record: { asked: 20, made: 19, promised: 400, delivered: 399.5, upheld: 0 },
      staked: `${4n * XOV}`,
    };
    pool.trust.asked.length = 0;
    const { offers } = await pool.get("/api/offers", offersSchema);
    expect(offers.map((offer) => offer.standing)).to.deep.equal([standing, standing]);
    expect(pool.trust.asked).to.deep.equal([PROVIDER]);
    expect((await pool.get("/api/offers/1", offerSchema)).standing).to.deep.equal(standing);
    for (const trouble of ["unreachable", { afterMs: 60_000 }] as const) {
      pool.trust.trouble = trouble;
      await pool.happen();
      const { offers: bare } = await pool.get("/api/offers", offersSchema);
      expect(bare.map((offer) => offer.standing)).to.deep.equal([null, null]);
    }
  });
});
