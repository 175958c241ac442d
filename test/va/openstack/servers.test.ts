// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { z } from "zod";
import { systemClock } from "../../../offchain/core/clock.ts";
import type { CreateServer } from "../../../va/openstack/compute.ts";
import { createSession } from "../../../va/openstack/session.ts";
import { manualClock } from "../../fakes/clock.ts";
import { DEADLINE_MS, failure, openRig, type Rig } from "./rig.ts";

describe("openStackCompute's servers", () => {
  let rig: Rig;
  afterEach(() => rig.cloud.close());
  const servers = () => rig.cloud.control.servers();
  const ports = () => rig.cloud.control.ports();

  describe("given a create whose answer is lost", () => {
    it("finds the server when asked again", async () => {
      rig = await openRig();
      const request = await rig.request("a");
      rig.cloud.control.fault({ method: "POST", path: "/servers$", effect: { kind: "loseReply" } });
      expect(await failure(rig.compute.createServer(request, rig.signal))).to.include({ uncertain: true });
      const found = await rig.compute.createServer(request, rig.signal);
      expect(servers().map((server) => server.id)).to.deep.equal([found.id]);
      expect(rig.cloud.control.calls("POST", "/servers$")).to.have.length(1);
    });

    it("finds it from another process as well", async () => {
      rig = await openRig();
      const request = await rig.request("a");
      rig.cloud.control.fault({ method: "POST", path: "/servers$", effect: { kind: "loseReply" } });
      await failure(rig.compute.createServer(request, rig.signal));
      await rig.another().createServer(request, rig.signal);
      expect(servers()).to.have.length(1);
    });

    for (const path of ["/servers$", "/ports$"]) {
      it(`waits out a request to ${path.slice(0, -1)} that may still be under way, then makes it anew`, async () => {
        const clock = manualClock();
        rig = await openRig({ clock });
        const request = await rig.request("a");
        const kind = path === "/ports$" ? "loseReply" : "loseRequest";
        rig.cloud.control.fault({ method: "POST", path, effect: { kind } });
        expect(await failure(rig.compute.createServer(request, rig.signal))).to.include({ uncertain: true });
        const early = await failure(rig.compute.createServer(request, rig.signal));
        expect(early).to.include({ code: "CONFLICT", retryable: true, uncertain: false });
        await clock.advance(early.retryAfterMs ?? 0);
        await rig.compute.createServer(request, rig.signal);
        expect(servers()).to.have.length(1);
        expect(ports()).to.have.length(1);
      });
    }
  });

  describe("given several that create at once", () => {
    it("makes one server", async () => {
      rig = await openRig({ latency: { build: 50 } });
      const request = await rig.request("a");
      const clients = [rig.compute, ...Array.from({ length: 7 }, () => rig.another())];
      const all = await Promise.allSettled(clients.map((client) => client.createServer(request, rig.signal)));
      for (const each of all) if (each.status === "rejected") expect(each.reason).to.include({ code: "CONFLICT" });
      expect(servers()).to.have.length(1);
      expect(ports()).to.have.length(1);
    });

    it("makes at most one on a network of another project, where no MAC address can be chosen", async () => {
      const clock = manualClock();
      rig = await openRig({ clock, networks: [{ name: "xov-net", cidr: "10.77.0.0/24", shared: true }] });
      const request = await rig.request("a");
      const clients = [rig.compute, ...Array.from({ length: 7 }, () => rig.another())];
      for (let round = 0; round < 3 && servers().length === 0; round++) {
        const all = await Promise.allSettled(clients.map((client) => client.createServer(request, rig.signal)));
        for (const each of all) if (each.status === "rejected") expect(each.reason).to.include({ code: "CONFLICT" });
        expect(servers().length).to.be.lessThan(2);
        await clock.advance(2 * DEADLINE_MS);
      }
      await rig.compute.createServer(request, rig.signal);
      expect(servers()).to.have.length(1);
      expect(ports()).to.have.length(1);
    });
  });

  describe("given a refused create", () => {
    it("gives its port back", async () => {
      rig = await openRig();
      rig.cloud.control.setQuotas({ instances: 0 });
      const request = await rig.request("a");
      const error = await failure(rig.compute.createServer(request, rig.signal));
      expect(error).to.include({ code: "QUOTA_EXCEEDED", uncertain: false });
      expect(ports()).to.deep.equal([]);
      rig.cloud.control.setQuotas({ instances: 1 });
      expect((await rig.compute.createServer(request, rig.signal)).name).to.equal("a");
    });

    it("says QUOTA_EXCEEDED when there is no port or address left", async () => {
      rig = await openRig({ networks: [{ name: "xov-net", cidr: "10.0.0.0/30" }] });
      await rig.compute.createServer(await rig.request("a"), rig.signal);
      const noAddress = await failure(rig.compute.createServer(await rig.request("b"), rig.signal));
      expect(noAddress.code).to.equal("QUOTA_EXCEEDED");
      rig.cloud.control.setQuotas({ ports: 1 });
      const noPort = await failure(rig.compute.createServer(await rig.request("c"), rig.signal));
      expect(noPort.code).to.equal("QUOTA_EXCEEDED");
    });

    it("may be repeated when its port was taken over meanwhile", async () => {
      rig = await openRig();
      const body = { badRequest: { code: 400, message: "Port id 1 could not be found." } };
      rig.cloud.control.fault({ method: "POST", path: "/servers$", effect: { kind: "status", status: 400, body } });
      const error = await failure(rig.compute.createServer(await rig.request("a"), rig.signal));
      expect(error).to.include({ code: "CONFLICT", retryable: true, uncertain: false });
    });
  });

  describe("given two servers of one name", () => {
    /** Behind the client's back, on a port of its own. */
    const makeNamesake = async (request: CreateServer): Promise<string> => {
      const session = createSession({ credential: rig.cloud.credential, clock: systemClock, deadlineMs: DEADLINE_MS });
      const { name, imageId, flavorId, networkId, tags } = request;
      const server = { name, imageRef: imageId, flavorRef: flavorId, networks: [{ uuid: networkId }], tags };
      const schema = z.object({ server: z.object({ id: z.string() }) });
      const call = {
        service: "compute",
        method: "POST",
        path: "/servers",
        body: { server },
        expect: [202],
        schema,
      } as const;
      return (await session.call(call, rig.signal)).server.id;
    };

    it("keeps the port of the one when the other is deleted", async () => {
      rig = await openRig();
      const request = await rig.request("a");
      const kept = await rig.compute.createServer(request, rig.signal);
      const other = await makeNamesake(request);
      expect(await rig.compute.deleteServer({ id: other, name: "a" }, rig.signal)).to.equal("gone");
      expect(ports().map((port) => port.deviceId)).to.deep.equal([kept.id]);
      expect(await rig.compute.deleteServer(kept, rig.signal)).to.equal("gone");
      expect(ports()).to.deep.equal([]);
    });

    it("counts the one that is not in ERROR", async () => {
      rig = await openRig();
      const request = await rig.request("a");
      const broken = await rig.compute.createServer(request, rig.signal);
      rig.cloud.control.force(broken.id, "error");
      expect((await rig.compute.createServer(request, rig.signal)).status).to.equal("ERROR");
      const other = await makeNamesake(request);
      expect((await rig.compute.createServer(request, rig.signal)).id).to.equal(other);
    });
  });

  describe("rebootServer", () => {
    const seen = async () => (await rig.compute.listServers("xov-test", rig.signal))[0];

    it("brings a server that ran out of ERROR, in which it stays until that is done", async () => {
      const clock = manualClock();
      rig = await openRig({ clock, latency: { build: 0, start: 5_000, stop: 0, delete: 0 } });
      const { id } = await rig.compute.createServer(await rig.request("a"), rig.signal);
      await clock.advance(1);
      expect((await seen())?.status).to.equal("ACTIVE");
      rig.cloud.control.force(id, "error");
      expect(await seen()).to.deep.include({ status: "ERROR", task: null, fault: { code: 500, message: "Forced" } });
      await rig.compute.rebootServer(id, rig.signal);
      expect(await seen()).to.include({ status: "ERROR", task: "rebooting_hard" });
      expect(await failure(rig.compute.rebootServer(id, rig.signal))).to.include({
        code: "CONFLICT",
        uncertain: false,
      });
      await clock.advance(5_000);
      const after = await seen();
      expect(after).to.include({ id, status: "ACTIVE", task: null });
      expect(after?.fault).to.equal(undefined);
      await rig.compute.rebootServer(id, rig.signal);
      expect(await seen()).to.include({ status: "BUSY", task: "rebooting_hard" });
    });
    it("is refused for one that no host took", async () => {
      rig = await openRig({ hosts: [] });
      const { id } = await rig.compute.createServer(await rig.request("a"), rig.signal);
      expect((await seen())?.status).to.equal("ERROR");
      expect(await failure(rig.compute.rebootServer(id, rig.signal))).to.include({
        code: "CONFLICT",
        uncertain: false,
      });
    });
  });

  describe("createServer after its server has gone", () => {
    it("makes it again at once, where this process had made it", async () => {
      const clock = manualClock();
      rig = await openRig({ clock, tokenSeconds: 86_400 });
      const request = await rig.request("a");
      const first = await rig.compute.createServer(request, rig.signal);
      rig.cloud.control.vanish(first.id);
      const second = await rig.compute.createServer(request, rig.signal);
      expect(second.id).to.not.equal(first.id);
      expect(ports()).to.have.length(1);
    });
  });

  describe("deleteServer", () => {
    it("is a success for a server that is not there", async () => {
      rig = await openRig();
      const made = await rig.compute.createServer(await rig.request("a"), rig.signal);
      rig.cloud.control.vanish(made.id);
      expect(ports()).to.have.length(1);
      expect(await rig.compute.deleteServer(made, rig.signal)).to.equal("gone");
      expect(ports()).to.deep.equal([]);
    });

    it("does not take a proxy's 404 for the server's end", async () => {
      rig = await openRig({ latency: { delete: 60_000 } });
      const made = await rig.compute.createServer(await rig.request("a"), rig.signal);
      rig.cloud.control.fault({ path: "/servers/", times: 9, effect: { kind: "status", status: 404 } });
      expect((await failure(rig.compute.deleteServer(made, rig.signal))).code).to.equal("UNAVAILABLE");
      expect(ports()).to.have.length(1);
    }).timeout(5_000);

    it("can be repeated after a lost answer", async () => {
      rig = await openRig();
      const made = await rig.compute.createServer(await rig.request("a"), rig.signal);
      rig.cloud.control.fault({ method: "DELETE", path: "/servers/", effect: { kind: "loseReply" } });
      expect(await failure(rig.compute.deleteServer(made, rig.signal))).to.include({ uncertain: true });
      expect(await rig.compute.deleteServer(made, rig.signal)).to.equal("gone");
      expect(servers()).to.deep.equal([]);
    });
  });

  describe("removeLeftovers", () => {
    it("removes at once the ports of a server that has gone since it was asked to", async () => {
      rig = await openRig({ latency: { delete: 50 } });
      const { compute, signal } = rig;
      const made = await compute.createServer(await rig.request("a"), signal);
      expect(await compute.deleteServer(made, signal)).to.equal("deleting");
      expect(await compute.removeLeftovers("xov-test", signal)).to.deep.equal([]);
      while (servers().length > 0) await compute.listServers("xov-test", signal);
      expect(ports()).to.have.length(1);
      expect(await compute.removeLeftovers("xov-test", signal)).to.deep.equal(["a"]);
      expect(ports()).to.deep.equal([]);
    });

    it("goes on with the others when one cannot be removed, and says so", async () => {
      rig = await openRig({ latency: { delete: 50 } });
      const { compute, signal, cloud } = rig;
      for (const name of ["a", "b", "c"]) {
        const made = await compute.createServer(await rig.request(name), signal);
        expect(await compute.deleteServer(made, signal)).to.equal("deleting");
      }
      while (servers().length > 0) await compute.listServers("xov-test", signal);
      cloud.control.fault({ method: "DELETE", path: "/ports/", effect: { kind: "loseRequest" } });
      expect(await failure(compute.removeLeftovers("xov-test", signal))).to.include({ uncertain: true });
      expect(ports()).to.have.length(1);
      await compute.removeLeftovers("xov-test", signal);
      expect(ports()).to.deep.equal([]);
    });

    it("lists the ports of servers that stay now and then only", async () => {
      rig = await openRig();
      const { compute, signal, cloud } = rig;
      await compute.createServer(await rig.request("a"), signal);
      for (let i = 0; i < 9; i++) expect(await compute.removeLeftovers("xov-test", signal)).to.deep.equal([]);
      expect(cloud.control.calls("GET", "/network/v2.0/ports$")).to.have.length(1 + 3);
    });

    it("removes ports that have had no server for long, and no others", async () => {
      const clock = manualClock();
      rig = await openRig({ clock, tokenSeconds: 86_400 });
      const { compute, signal } = rig;
      const gone = await compute.createServer(await rig.request("gone"), signal);
      await compute.createServer(await rig.request("alive"), signal);
      const foreign = await compute.createServer(await rig.request("foreign", { tags: ["xov-other"] }), signal);
      rig.cloud.control.vanish(gone.id);
      rig.cloud.control.vanish(foreign.id);
      expect(await compute.removeLeftovers("xov-test", signal)).to.deep.equal([]);
      await clock.advance(DEADLINE_MS);
      expect(await compute.removeLeftovers("xov-test", signal)).to.deep.equal([]);
      await clock.advance(2 * DEADLINE_MS);
      expect(await compute.removeLeftovers("xov-test", signal)).to.deep.equal(["gone"]);
      expect(ports().map((port) => port.name)).to.have.members(["alive", "foreign"]);
      expect(await compute.removeLeftovers("xov-test", signal)).to.deep.equal([]);
    });
  });

  describe("listServers", () => {
    it("reads all pages", async () => {
      rig = await openRig({ pageLimit: 2 });
      const names = ["a", "b", "c", "d", "e"];
      for (const name of names) await rig.compute.createServer(await rig.request(name), rig.signal);
      const listed = await rig.compute.listServers("xov-test", rig.signal);
      expect(listed.map((server) => server.name)).to.have.members(names);
    });
  });

  describe("capacity", () => {
    it("is what the limits leave", async () => {
      rig = await openRig();
      const { compute, signal, cloud } = rig;
      const large = await compute.resolveFlavor("m1.large", signal);
      cloud.control.setQuotas({ instances: 10, cores: 9, ram: -1 });
      expect(await compute.capacity(large, signal)).to.equal(4);
      cloud.control.setQuotas({ instances: 3, cores: -1 });
      expect(await compute.capacity(large, signal)).to.equal(3);
      cloud.control.setQuotas({ instances: -1, ram: 1023 });
      expect(await compute.capacity(large, signal)).to.equal(0);
    });

    it("is what the hosts have free, where they can be seen", async () => {
      const hosts = [
        { name: "one", vcpus: 5, ram: 10_000, disk: 100 },
        { name: "two", vcpus: 100, ram: 3_000, disk: 100 },
        { name: "three", vcpus: 1, ram: 10_000, disk: 100 },
      ];
      rig = await openRig({ seesHosts: true, hosts });
      const { compute, signal } = rig;
      const large = await compute.resolveFlavor("m1.large", signal);
      expect(await compute.capacity(large, signal)).to.equal(4);
      await compute.createServer(await rig.request("a", { flavorId: large.id }), signal);
      expect(await compute.capacity(large, signal)).to.equal(3);
      const { hypervisors } = await compute.describeCloud(signal);
      expect(hypervisors).to.deep.equal([{ type: "QEMU", version: 7_002_000 }]);
    });
  });
});
