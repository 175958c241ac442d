// SPDX-License-Identifier: Apache-2.0
import { Writable } from "node:stream";
import { expect } from "chai";
import { systemClock } from "../../../offchain/core/clock.ts";
import { createLog } from "../../../offchain/core/log.ts";
import { logCalls } from "../../../va/logCalls.ts";
import type { CallReport } from "../../../va/openstack/index.ts";
import { openStackCompute } from "../../../va/openstack/index.ts";
import { DEADLINE_MS, failure, openRig, type Rig } from "./rig.ts";

describe("what the client makes of each answer", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig();
  });
  afterEach(() => rig.cloud.close());
  const answer = (status: number, headers: Record<string, string> = {}, path = "/servers$", method = "POST") =>
    rig.cloud.control.fault({
      method,
      path,
      times: 10,
      effect: { kind: "status", status, headers, body: { x: { message: "no" } } },
    });
  const made = async () => failure(rig.compute.createServer(await rig.request("a"), rig.signal));
  const posts = () => rig.cloud.control.calls("POST", "/servers$").length;

  // Of a create: [status, headers, code, may it have happened all the same]
  const cases: [number, Record<string, string>, string, boolean][] = [
    [400, {}, "BAD_REQUEST", false],
    [401, {}, "UNAUTHORIZED", false],
    [403, {}, "FORBIDDEN", false],
    [409, {}, "CONFLICT", false],
    [413, {}, "TOO_LARGE", false],
    [413, { "retry-after": "7" }, "RATE_LIMITED", false],
    [429, { "retry-after": "7" }, "RATE_LIMITED", false],
    [500, {}, "UNAVAILABLE", true],
    [502, {}, "UNAVAILABLE", true],
    [503, { "retry-after": "7" }, "UNAVAILABLE", true],
    [504, {}, "UNAVAILABLE", true],
    [302, { location: "http://elsewhere.invalid/" }, "BAD_REPLY", true],
  ];
  for (const [status, headers, code, uncertain] of cases) {
    it(`takes ${status}${headers["retry-after"] === undefined ? "" : " with Retry-After"} on a create for ${code}, and does not repeat it`, async () => {
      answer(status, headers);
      const error = await made();
      expect(error).to.include({ code, uncertain, status });
      expect(error.requestId).to.match(/^req-/);
      if (headers["retry-after"] !== undefined) expect(error.retryAfterMs).to.equal(7_000);
      // A 401 did nothing: it is asked once more with a new token.
      expect(posts()).to.equal(status === 401 ? 2 : 1);
      expect(rig.cloud.control.ports()).to.have.length(uncertain ? 1 : 0);
    });
  }

  it("gives a create up at its deadline, and does not know whether it happened", async () => {
    rig.cloud.control.fault({ method: "POST", path: "/servers$", effect: { kind: "hang", ms: 5_000 } });
    const begun = Date.now();
    expect(await made()).to.include({ code: "TIMEOUT", uncertain: true });
    expect(Date.now() - begun).to.be.within(DEADLINE_MS - 20, 4_000);
  });

  for (const status of [429, 500, 502, 503, 504]) {
    it(`repeats a read after ${status}, as long as that may pass`, async () => {
      rig.cloud.control.fault({
        path: "/servers/detail",
        times: 2,
        effect: { kind: "status", status, headers: { "retry-after": "0" } },
      });
      expect(await rig.compute.listServers("xov-test", rig.signal)).to.deep.equal([]);
      expect(rig.cloud.control.calls("GET", "/servers/detail")).to.have.length(3);
    });
  }

  it("waits for no more than five seconds, and tells how long it should have", async () => {
    answer(503, { "retry-after": "60" }, "/servers/detail", "GET");
    expect(await failure(rig.compute.listServers("xov-test", rig.signal))).to.include({ retryAfterMs: 60_000 });
    expect(rig.cloud.control.calls("GET", "/servers/detail")).to.have.length(1);
  });

  it("reads lists to their end when the cloud gives fewer at a time than it is asked for", async () => {
    const small = await openRig({ pageLimit: 2 });
    let ahead = 0;
    const clock = { now: () => Date.now() + ahead, sleep: systemClock.sleep };
    for (let i = 0; i < 5; i++) await small.compute.createServer(await small.request(`s${i}`), small.signal);
    for (const { id } of small.cloud.control.servers()) small.cloud.control.vanish(id);
    expect(small.cloud.control.ports()).to.have.length(5);
    const later = openStackCompute({ credential: small.cloud.credential, clock });
    expect(await later.removeLeftovers("xov-test", small.signal)).to.have.length(0);
    ahead = 3_600_000;
    expect(await later.removeLeftovers("xov-test", small.signal)).to.have.length(5);
    await small.cloud.close();
  });
});

describe("the log of calls", () => {
  it("has each request with its time, its deadline and the cloud's id for it, and no secret", async () => {
    const rig = await openRig();
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const onCall = logCalls(createLog({ name: "va", level: "debug", destination }));
    const { credential } = rig.cloud;
    const compute = openStackCompute({ credential, clock: systemClock, deadlineMs: DEADLINE_MS, onCall });
    const secret = "a user's own data";
    const request = await rig.request("a", { userData: new TextEncoder().encode(secret) });
    await compute.createServer(request, rig.signal);
    rig.cloud.control.fault({ method: "DELETE", path: "/servers/", effect: { kind: "status", status: 500 } });
    rig.cloud.control.fault({ method: "DELETE", path: "/servers/", effect: { kind: "hang", ms: 2_000 } });
    for (let i = 0; i < 2; i++) await failure(compute.deleteServer({ id: "x", name: "a" }, rig.signal));
    const told = lines.map((line): { level: string | number; msg: string; cloud: CallReport } => JSON.parse(line));
    const of = (what: RegExp) => told.filter(({ msg }) => what.test(msg));
    expect(told.length).to.be.greaterThan(5);
    for (const { cloud } of told) {
      expect(cloud.deadlineMs).to.equal(DEADLINE_MS);
      expect(cloud.durationMs).to.be.a("number");
      if (cloud.status !== undefined) expect(cloud.requestId).to.match(/^req-/);
    }
    expect(of(/^POST identity/)[0]?.cloud.status).to.equal(201);
    expect(of(/^POST compute \/servers$/)[0]?.cloud.status).to.equal(202);
    const [failed, hung] = of(/^DELETE/);
    expect(failed?.cloud.status).to.equal(500);
    expect(hung?.cloud).to.include({ failure: "TIMEOUT" });
    expect(new Set(of(/^DELETE/).map(({ level }) => level))).to.not.include(of(/^POST compute/)[0]?.level);
    const all = lines.join("");
    for (const hidden of [credential.application_credential_secret, secret, Buffer.from(secret).toString("base64")]) {
      expect(all).to.not.contain(hidden);
    }
    await rig.cloud.close();
  });
});
