// SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { systemClock } from "../../../offchain/core/clock.ts";
import { type TakeBody, takenSchema } from "../../../offchain/pool/api.ts";
import { createRelayerClient } from "../../../offchain/pool/relayerClient.ts";
import { pgliteDatabase } from "../indexer/support/databases.ts";
import { HOLDER, word } from "../indexer/support/market.ts";
import { close, startPool, type TestPool } from "./support/pool.ts";

const TAKE: TakeBody = {
  order: "1",
  terms: {
    holder: HOLDER,
    appliance: 1,
    class: word(1),
    quote: "0x0000000000000000000000000000000000000000",
    price: "1000000",
    startFee: "0",
    prepayment: "24000000",
    refundScript: "0x",
    launchSpecHash: word(2),
    salt: "7",
    deadline: "1700000000",
  },
  signature: `0x${"12".repeat(65)}`,
  launch: { sealKeyHash: word(3), sealedSpec: "0x5ea1ed" },
};

const post = (body: unknown, type = "application/json"): RequestInit => {
  return {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": type },
  };
};

describe("POST /api/takes and /api/actions", function () {
  this.timeout(60_000);
  let pool: TestPool;
  before(async () => {
    pool = await startPool({ db: (await pgliteDatabase()).db });
  });
  after(() => pool.stop());

  it("hands a take to the relayer as it is", async () => {
    const response = await fetch(`${pool.url}/api/takes`, post(TAKE));
    expect(response.status).to.equal(202);
    expect(response.headers.get("location")).to.equal(`/api/leases/${word(2)}`);
    expect(takenSchema.parse(await response.json())).to.deep.equal({ leaseId: word(2) });
    expect(pool.relayer.takes).to.deep.equal([TAKE]);
  });

  it("names every field that is wrong, and passes nothing on", async () => {
    const wrong = {
      ...TAKE,
      terms: { ...TAKE.terms, price: "1e6", holder: "me", nonce: "1" },
      launch: { ...TAKE.launch, sealedSpec: `0x${"00".repeat(4_097)}` },
    };
    const problem = await pool.refused("/api/takes", post(wrong));
    expect(problem.status).to.equal(400);
    const fields = problem.errors?.map(({ field }) => field).sort();
    expect(fields).to.deep.equal(["launch.sealedSpec", "terms.holder", "terms.nonce", "terms.price"]);
    expect(pool.relayer.takes).to.have.length(1);
  });

  it("takes JSON only, and not too much of it", async () => {
    expect(await pool.refused("/api/takes", post(TAKE, "text/plain"))).to.include({ status: 415 });
    expect(await pool.refused("/api/takes", { method: "POST" })).to.include({ status: 415 });
    expect(await pool.refused("/api/takes", post("{"))).to.include({ status: 400 });
    expect(await pool.refused("/api/takes", post("x".repeat(70_000)))).to.include({ status: 413 });
    expect(await pool.refused("/api/takes", post("[]"))).to.include({ status: 400 });
  });

  it("hands on what holders sign about their leases", async () => {
    const stop = { kind: "stop", leaseId: word(2), deadline: "1700000000", signature: "0x12" };
    expect((await fetch(`${pool.url}/api/actions`, post(stop))).status).to.equal(202);
    expect(
      (await fetch(`${pool.url}/api/actions`, post({ ...stop, kind: "launch", launch: TAKE.launch }))).status,
    ).to.equal(202);
    expect(pool.relayer.actions.map(({ kind }) => kind)).to.deep.equal(["stop", "launch"]);
    expect(await pool.refused("/api/actions", post({ ...stop, kind: "extend" }))).to.include({ status: 400 });
  });

  it("answers nothing but what there is", async () => {
    expect(await pool.refused("/api/takes")).to.include({ status: 404 });
    expect(await pool.refused("/api/nothing")).to.include({ status: 404 });
    expect(await pool.refused("/api/leases/%ff")).to.include({ status: 400 });
  });
});

describe("rate limits", function () {
  this.timeout(60_000);
  let pool: TestPool;
  before(async () => {
    pool = await startPool({ db: (await pgliteDatabase()).db, limits: { writesPerMinute: 2, readsPerMinute: 3 } });
  });
  after(() => pool.stop());

  const from = (client: string) => ({ headers: { "x-forwarded-for": client } });

  it("say how much is left, and then stop one client only", async () => {
    const path = `/api/holders/${HOLDER}/leases`;
    const first = await fetch(`${pool.url}${path}`, from("192.0.2.1"));
    expect(first.headers.get("ratelimit")).to.match(/^"read"; r=2; t=\d+/);
    expect(first.headers.get("ratelimit-policy")).to.match(/^"read"; q=3; w=60/);
    for (let i = 0; i < 2; i++) await fetch(`${pool.url}${path}`, from("192.0.2.1"));
    expect(await pool.refused(path, from("192.0.2.1"))).to.include({ status: 429, code: "TOO_MANY_REQUESTS" });
    expect((await fetch(`${pool.url}${path}`, from("192.0.2.2"))).status).to.equal(200);
    // One who has a whole IPv6 network is one client.
    for (let i = 0; i < 3; i++) await fetch(`${pool.url}${path}`, from(`2001:db8::${i}`));
    expect(await pool.refused(path, from("2001:db8::ffff"))).to.include({ status: 429 });
  });

  it("count what writes by itself", async () => {
    const send = () => fetch(`${pool.url}/api/takes`, { ...post(TAKE), ...{} });
    expect([(await send()).status, (await send()).status, (await send()).status]).to.deep.equal([202, 202, 429]);
  });
});

describe("the relayer's client", () => {
  let server: Server;
  let url: string;
  let answer: { status: number; body: string };
  before(async () => {
    server = createServer((_request, response) => {
      if (answer.status !== 0) response.writeHead(answer.status).end(answer.body);
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => close(server));

  const client = () => createRelayerClient({ url, clock: systemClock, timeoutMs: 200 });
  const problemOf = async (call: Promise<unknown>) => {
    const error: unknown = await call.catch((caught: unknown) => caught);
    return error instanceof Error && "problem" in error ? error.problem : error;
  };

  it("tells an open lease from one that is on its way", async () => {
    answer = { status: 200, body: JSON.stringify({ leaseId: word(2) }) };
    expect(await client().take(TAKE)).to.deep.equal({ leaseId: word(2), open: true });
    answer.status = 202;
    expect(await client().take(TAKE)).to.deep.equal({ leaseId: word(2), open: false });
  });

  it("passes on why the relayer refuses", async () => {
    const problem = { type: "urn:xov:error:X", title: "t", detail: "d", code: "X", args: { order: "1" }, need: "2" };
    answer = { status: 409, body: JSON.stringify({ ...problem, status: 409 }) };
    expect(await problemOf(client().take(TAKE))).to.deep.equal({ ...problem, status: 409 });
  });

  it("says that it may be repeated when the relayer does not answer, or not as it should", async () => {
    const unreachable = { code: "RELAYER_UNREACHABLE", status: 503 };
    for (const [status, body] of [
      [200, "no JSON"],
      [200, "{}"],
      [502, "<html>"],
      [0, ""],
    ] as const) {
      answer = { status, body };
      expect(await problemOf(client().take(TAKE))).to.include(unreachable);
    }
    const gone = createRelayerClient({ url: "http://127.0.0.1:1", clock: systemClock });
    expect(await problemOf(gone.lease(word(2)))).to.include(unreachable);
    expect(await gone.healthy()).to.equal(false);
  });

  it("reads reports of leases, and knows when there is none", async () => {
    const payment = { txid: "aa", vout: 0, sats: "5", status: "seen", confirmations: 0 };
    answer = {
      status: 200,
      body: JSON.stringify({ leaseId: "0x", state: "queued", address: "a", payments: [payment] }),
    };
    expect((await client().lease(word(2)))?.payments).to.deep.equal([{ ...payment, needed: null, replacedBy: null }]);
    answer = { status: 404, body: "{}" };
    expect(await client().lease(word(2))).to.equal(undefined);
  });
});
