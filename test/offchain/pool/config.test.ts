// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createCatalogue } from "../../../offchain/pool/catalogue.ts";
import { readPoolConfig } from "../../../offchain/pool/config.ts";
import { healthOf } from "../../../offchain/pool/health.ts";
import { manualClock } from "../../fakes/clock.ts";
import { emptyIndex, pgliteDatabase } from "../indexer/support/databases.ts";
import { SILENT } from "../indexer/support/follow.ts";

const LEAST = {
  XOV_RPC_URLS: "http://127.0.0.1:8545",
  XOV_CHAIN_ID: "31337",
  XOV_DEPLOYMENT_FILE: "deployment.json",
  XOV_POOL_NAME: "stackmonkey",
  XOV_BITCOIN_NETWORK: "regtest",
  XOV_RELAYER_URL: "http://127.0.0.1:9000",
  XOV_DATA_DIR: "data",
};

describe("the pool's configuration", () => {
  it("needs little", () => {
    const config = readPoolConfig(LEAST);
    expect(config).to.deep.include({ database: { folder: "data" }, host: "127.0.0.1", port: 0, trustedProxies: 0 });
    expect(config.siteDir).to.match(/offchain\/web\/dist$/);
  });

  it("takes a PostgreSQL instead of a folder", () => {
    const url = "postgresql://xov@localhost/xov";
    expect(readPoolConfig({ ...LEAST, XOV_DATA_DIR: "", DATABASE_URL: url }).database).to.deep.equal({ url });
    const { XOV_DATA_DIR: _, ...neither } = LEAST;
    expect(() => readPoolConfig(neither)).to.throw("XOV_DATA_DIR: is not set, needs a folder");
  });

  it("says everything that is wrong at once", () => {
    const wrong = { ...LEAST, XOV_POOL_NAME: "No", XOV_BITCOIN_NETWORK: "bitcoin", XOV_PORT: "70000" };
    expect(() => readPoolConfig(wrong))
      .to.throw()
      .with.property("problems")
      .that.has.length(3);
  });

  it("does not repeat the database's password", () => {
    expect(() => readPoolConfig({ ...LEAST, DATABASE_URL: "http://xov:hunter2@db/xov" }))
      .to.throw("DATABASE_URL")
      .with.property("message")
      .that.does.not.include("hunter2");
  });
});

describe("the catalogue of images", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "xov-catalogue-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("is read again when it has changed, and stays as it was when it cannot be used", async () => {
    const path = join(folder, "catalogue.json");
    const clock = manualClock();
    const catalogue = createCatalogue({ path, clock, log: SILENT });
    const write = async (text: string, at: number) => {
      await writeFile(path, text);
      await utimes(path, at, at);
      await clock.advance(5_000);
    };
    expect([...(await catalogue.images())]).to.deep.equal([]);
    await write('{"1": {"images": ["debian-12"]}}', 1_000);
    expect([...(await catalogue.images())]).to.deep.equal([[1, ["debian-12"]]]);
    await write('{"one": {"images": []}}', 2_000);
    expect([...(await catalogue.images())]).to.deep.equal([[1, ["debian-12"]]]);
    await write('{"2": {"images": ["arch"]}}', 3_000);
    expect([...(await catalogue.images())]).to.deep.equal([[2, ["arch"]]]);
  });
});

describe("the pool's health", function () {
  this.timeout(60_000);

  it("names everything that is amiss", async () => {
    const { db } = await pgliteDatabase();
    await emptyIndex(db);
    const clock = manualClock();
    const state = { up: true, ready: true, committedAt: clock.now() };
    const health = () =>
      healthOf({
        db,
        relayer: { healthy: async () => state.up },
        ready: () => state.ready,
        report: () => ({ committedAt: state.committedAt, events: 0, commits: 0, reorgs: 0, eventsPerSecond: 0 }),
        staleMs: 60_000,
        clock,
      });
    expect(await health()).to.deep.include({ ok: true, reasons: [] });
    await clock.advance(61_000);
    Object.assign(state, { up: false, ready: false });
    expect(await health()).to.deep.include({
      ok: false,
      reasons: [
        "the index has not caught up with the chain",
        "no block for 61 s",
        "the relayer does not answer, or is not healthy",
      ],
    });
  });
});
