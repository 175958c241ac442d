// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { manualClock } from "../../fakes/clock.ts";
import { DEADLINE_MS, failure, openRig, type Rig } from "./rig.ts";

describe("openStackCompute's requests", () => {
  let rig: Rig;
  afterEach(() => rig.cloud.close());
  const list = () => rig.compute.listServers("xov-test", rig.signal);
  const logins = () => rig.cloud.control.calls("POST", "/auth/tokens$").length;
  const lists = () => rig.cloud.control.calls("GET", "/servers/detail$").length;

  describe("given a token", () => {
    it("logs in once for calls at the same time", async () => {
      rig = await openRig();
      await Promise.all([list(), list(), list()]);
      await list();
      expect(logins()).to.equal(1);
    });

    it("renews it before it expires", async () => {
      const clock = manualClock();
      rig = await openRig({ clock, tokenSeconds: 100 });
      await list();
      await clock.advance(80_000);
      await list();
      expect(logins()).to.equal(1);
      await clock.advance(11_000);
      await list();
      expect(logins()).to.equal(2);
    });

    it("takes a new one when it was revoked, for a write too", async () => {
      rig = await openRig();
      const request = await rig.request("a");
      rig.cloud.control.revokeTokens();
      await list();
      rig.cloud.control.fault({ method: "POST", path: "/servers$", effect: { kind: "status", status: 401 } });
      expect((await rig.compute.createServer(request, rig.signal)).name).to.equal("a");
      expect(rig.cloud.control.servers()).to.have.length(1);
    });

    it("gives up when the new one is refused as well", async () => {
      rig = await openRig();
      rig.cloud.control.fault({ path: "/servers/detail$", times: 2, effect: { kind: "status", status: 401 } });
      expect(await failure(list())).to.include({ code: "UNAUTHORIZED", retryable: false });
      expect(lists()).to.equal(2);
    });

    it("does not carry it where a redirect points", async () => {
      rig = await openRig();
      const headers = { location: `${rig.cloud.url}/elsewhere` };
      rig.cloud.control.fault({ path: "/servers/detail$", effect: { kind: "status", status: 302, headers } });
      expect((await failure(list())).code).to.equal("BAD_REPLY");
      expect(rig.cloud.control.calls("GET", "elsewhere")).to.deep.equal([]);
    });
  });

  describe("given a read that fails", () => {
    it("repeats it after a 5xx, a lost reply and a lost request", async () => {
      rig = await openRig();
      rig.cloud.control.fault({ path: "/servers/detail$", effect: { kind: "status", status: 503 } });
      rig.cloud.control.fault({ path: "/servers/detail$", effect: { kind: "loseReply" } });
      rig.cloud.control.fault({ path: "/servers/detail$", effect: { kind: "loseRequest" } });
      expect(await list()).to.deep.equal([]);
      expect(lists()).to.equal(4);
    });

    it("gives up after four", async () => {
      rig = await openRig();
      rig.cloud.control.fault({ path: "/servers/detail$", times: 9, effect: { kind: "status", status: 500 } });
      expect(await failure(list())).to.include({ code: "UNAVAILABLE", retryable: true, uncertain: false, status: 500 });
      expect(lists()).to.equal(4);
    });

    it("waits as long as the cloud asks for, if that is short", async () => {
      rig = await openRig();
      const headers = { "retry-after": "0" };
      rig.cloud.control.fault({ path: "/servers/detail$", effect: { kind: "status", status: 429, headers } });
      expect(await list()).to.deep.equal([]);
    });

    it("says how long the cloud asks it to wait, if that is long", async () => {
      rig = await openRig();
      const headers = { "retry-after": "60" };
      rig.cloud.control.fault({ path: "/servers/detail$", effect: { kind: "status", status: 413, headers } });
      expect(await failure(list())).to.include({ code: "RATE_LIMITED", retryAfterMs: 60_000, retryable: true });
      expect(lists()).to.equal(1);
    });

    it("does not repeat what is refused", async () => {
      rig = await openRig();
      rig.cloud.control.fault({ path: "/servers/detail$", effect: { kind: "status", status: 403 } });
      expect((await failure(list())).code).to.equal("FORBIDDEN");
      expect(lists()).to.equal(1);
    });

    it("calls an unexpected body BAD_REPLY", async () => {
      rig = await openRig();
      const effect = { kind: "status", status: 200, body: { servers: [{ id: 1 }] } } as const;
      rig.cloud.control.fault({ path: "/servers/detail$", effect });
      expect((await failure(list())).code).to.equal("BAD_REPLY");
    });

    it("ends each try at its deadline", async function () {
      this.timeout(10_000);
      rig = await openRig();
      await list();
      rig.cloud.control.fault({ path: "/servers/detail$", times: 9, effect: { kind: "hang", ms: 60_000 } });
      const begun = Date.now();
      expect(await failure(list())).to.include({ code: "TIMEOUT", retryable: true, uncertain: false });
      expect(Date.now() - begun).to.be.greaterThan(4 * DEADLINE_MS - 50);
    });
  });

  describe("given a write that fails", () => {
    it("is uncertain after a 5xx, a lost reply or none in time, and is not repeated", async () => {
      rig = await openRig();
      const made = await rig.compute.createServer(await rig.request("a"), rig.signal);
      const effects = [
        { kind: "status", status: 500 },
        { kind: "status", status: 504 },
        { kind: "loseReply" },
        { kind: "loseRequest" },
        { kind: "hang", ms: 60_000 },
      ] as const;
      for (const effect of effects) {
        rig.cloud.control.fault({ method: "POST", path: "/action$", effect });
        const error = await failure(rig.compute.stopServer(made.id, rig.signal));
        expect(error.uncertain, effect.kind).to.equal(true);
        expect(error.retryable, effect.kind).to.equal(true);
      }
      expect(rig.cloud.control.calls("POST", "/action$")).to.have.length(effects.length);
    });

    it("is certain when the cloud refused it", async () => {
      rig = await openRig();
      const made = await rig.compute.createServer(await rig.request("a"), rig.signal);
      for (const [status, code] of [
        [400, "BAD_REQUEST"],
        [403, "FORBIDDEN"],
        [409, "CONFLICT"],
        [413, "TOO_LARGE"],
        [429, "RATE_LIMITED"],
      ] as const) {
        rig.cloud.control.fault({ method: "DELETE", path: "/servers/", effect: { kind: "status", status } });
        const error = await failure(rig.compute.deleteServer(made, rig.signal));
        expect(error).to.include({ code, status, uncertain: false });
      }
    });

    it("is certain when nothing listens", async () => {
      rig = await openRig();
      const made = await rig.compute.createServer(await rig.request("a"), rig.signal);
      await rig.cloud.close();
      // The first may still find the old connection, and cannot know what became of it.
      await failure(rig.compute.stopServer(made.id, rig.signal));
      const error = await failure(rig.compute.stopServer(made.id, rig.signal));
      expect(error).to.include({ code: "UNAVAILABLE", uncertain: false, retryable: true });
      rig = await openRig();
    });
  });

  describe("given a microversion range", () => {
    it("speaks the newest that both know", async () => {
      rig = await openRig({ newestMicroversion: "2.60" });
      await rig.compute.createServer(await rig.request("a"), rig.signal);
      expect(await list()).to.have.length(1);
      expect((await rig.compute.describeCloud(rig.signal)).computeVersion).to.equal("2.60");
    });

    it("refuses a cloud that takes no tags with a create", async () => {
      rig = await openRig({ newestMicroversion: "2.51" });
      const error = await failure(list());
      expect(error.code).to.equal("BAD_REPLY");
      expect(error.message).to.include("2.1 to 2.51");
    });
  });
});
