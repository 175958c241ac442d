// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ComputeError, type CreateServer, isNoCapacity } from "../../../va/openstack/compute.ts";
import { type Bench, connect, countPorts, HUGE, openBench, targets, until, VAST } from "./targets.ts";

/** The error that a promise rejects with. */
async function failure(promise: Promise<unknown>): Promise<ComputeError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ComputeError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

for (const target of targets()) {
  describe(`openStackCompute on ${target.name}`, function () {
    this.timeout(target.patience * 3);
    let bench: Bench;
    before(async () => {
      bench = await openBench(target);
    });
    after(() => bench.cleanUp());

    describe("what the cloud offers", () => {
      it("finds flavor, image and network by name", async () => {
        const { compute, signal } = bench;
        expect(await compute.resolveFlavor("m1.tiny", signal)).to.include({
          name: "m1.tiny",
          vcpus: 1,
          ram: 128,
          disk: 1,
        });
        expect(await compute.resolveImage("tiny", signal)).to.include({ name: "tiny", minDisk: 1, minRam: 64 });
        expect(await compute.resolveNetwork("xov-net", signal)).to.include({ name: "xov-net" });
      });

      it("says NOT_FOUND for names that are not there", async () => {
        const { compute, signal } = bench;
        for (const name of ["resolveFlavor", "resolveImage", "resolveNetwork"] as const) {
          expect((await failure(compute[name]("no-such", signal))).code).to.equal("NOT_FOUND");
        }
      });

      it("tells its version, and no hypervisors to a member", async () => {
        const { computeVersion, hypervisors } = await bench.compute.describeCloud(bench.signal);
        expect(computeVersion).to.match(/^2\.\d+$/);
        expect(hypervisors).to.equal(null);
      });
    });

    describe("the credential", () => {
      it("is refused with a wrong secret", async () => {
        const compute = connect({ ...bench.credential, application_credential_secret: "wrong" });
        expect((await failure(compute.listServers("x", bench.signal))).code).to.equal("UNAUTHORIZED");
      });

      it("is refused when it does not exist any more", async () => {
        const compute = connect({ ...bench.credential, application_credential_id: "0".repeat(32) });
        expect((await failure(compute.listServers("x", bench.signal))).code).to.equal("UNAUTHORIZED");
      });

      it("is refused when it is for another project", async () => {
        const compute = connect({ ...bench.credential, project_id: "0".repeat(32) });
        expect((await failure(compute.listServers("x", bench.signal))).code).to.equal("UNAUTHORIZED");
      });
    });

    describe("one server's life", () => {
      it("is built, stopped, started and deleted, and each may be asked twice", async () => {
        const { compute, signal, tag, credential } = bench;
        const flavor = await compute.resolveFlavor("m1.tiny", signal);
        const room = await compute.capacity(flavor, signal);
        const request = bench.request("life", { tags: [tag, `${tag}:1`], metadata: { "xov:lease": "1" } });
        const made = await compute.createServer(request, signal);
        expect(made).to.include({ name: request.name, status: "BUILD" });
        expect(await compute.getConsoleOutput(made.id, 10, signal)).to.be.a("string");
        const active = await bench.settled(made.id, "ACTIVE");
        expect(await compute.capacity(flavor, signal)).to.equal(room - 1);
        expect(active.tags).to.have.members([tag, `${tag}:1`]);
        expect(active.metadata).to.deep.equal({ "xov:lease": "1" });
        expect(active.addresses).to.have.length(1);
        expect(active.addresses[0]).to.include({ network: "xov-net", version: 4, type: "fixed" });
        expect(active.addresses[0]?.address).to.match(/^10\.77\./);
        expect(Math.abs(active.createdAt - Date.now() / 1000)).to.be.lessThan(600);
        expect(await compute.getConsoleOutput(made.id, 50, signal)).to.not.equal("");

        expect((await compute.createServer(request, signal)).id).to.equal(made.id);
        expect(await compute.listServers(`${tag}:1`, signal)).to.have.length(1);

        await compute.startServer(made.id, signal);
        await compute.stopServer(made.id, signal);
        await compute.stopServer(made.id, signal);
        await bench.settled(made.id, "SHUTOFF");
        await compute.stopServer(made.id, signal);
        await compute.startServer(made.id, signal);
        await bench.settled(made.id, "ACTIVE");

        await compute.rebootServer(made.id, signal);
        await bench.settled(made.id, "ACTIVE");
        await compute.stopServer(made.id, signal);
        await bench.settled(made.id, "SHUTOFF");
        await compute.rebootServer(made.id, signal);
        await bench.settled(made.id, "ACTIVE");

        expect(await countPorts(credential, request.name, signal)).to.equal(1);
        await until(
          target,
          () => compute.deleteServer(made, signal),
          (answer) => answer === "gone",
        );
        expect(await countPorts(credential, request.name, signal)).to.equal(0);
        expect(await compute.deleteServer(made, signal)).to.equal("gone");
        expect(await compute.listServers(`${tag}:1`, signal)).to.deep.equal([]);
        expect((await failure(compute.startServer(made.id, signal))).code).to.equal("NOT_FOUND");
        expect((await failure(compute.rebootServer(made.id, signal))).code).to.equal("NOT_FOUND");
        expect((await failure(compute.getConsoleOutput(made.id, 1, signal))).code).to.equal("NOT_FOUND");
      });

      it("takes names, tags, metadata and user data up to their limits", async () => {
        const { compute, signal, tag } = bench;
        const request = bench.request("limits", {
          tags: [tag, "t".repeat(60)],
          metadata: { ["k".repeat(255)]: "v".repeat(255) },
          userData: new Uint8Array(49_149).fill(0x23),
        });
        const made = await compute.createServer(request, signal);
        expect(made.tags).to.include("t".repeat(60));
        expect(made.metadata).to.deep.equal(request.metadata);
        await compute.deleteServer(made, signal);
      });
    });

    describe("two that ask for the same server at once", () => {
      it("end with one", async () => {
        const { compute, signal, credential } = bench;
        const request = bench.request("twice");
        const both = await Promise.allSettled([
          compute.createServer(request, signal),
          connect(credential).createServer(request, signal),
        ]);
        const servers = both.flatMap((result) => (result.status === "fulfilled" ? [result.value.id] : []));
        expect(new Set(servers).size).to.equal(1);
        for (const result of both) {
          if (result.status === "rejected") expect(result.reason).to.include({ code: "CONFLICT", retryable: true });
        }
        const [id = ""] = servers;
        expect((await connect(credential).createServer(request, signal)).id).to.equal(id);
        await bench.settled(id, "ACTIVE");
        const named = (await compute.listServers(bench.tag, signal)).filter((each) => each.name === request.name);
        expect(named).to.have.length(1);
      });
    });

    describe("a list", () => {
      it("holds the servers with the tag, oldest first, and not what only looks like it", async () => {
        const { compute, signal, tag } = bench;
        const own = `${tag}:list`;
        const first = await compute.createServer(bench.request("a.b", { tags: [tag, own] }), signal);
        const second = await compute.createServer(bench.request("aXb", { tags: [tag, own] }), signal);
        const other = await compute.createServer(bench.request("a-b", { tags: [tag, `${own}2`] }), signal);
        expect(new Set([first.id, second.id, other.id]).size).to.equal(3);
        const listed = (await compute.listServers(own, signal)).map((server) => server.id);
        expect(listed).to.have.members([first.id, second.id]);
        expect(await compute.listServers(`${tag}:nothing`, signal)).to.deep.equal([]);
      });
    });

    describe("a refusal", () => {
      it("makes nothing", async () => {
        const { compute, signal, credential } = bench;
        const request = bench.request("refused", { imageId: "00000000-0000-4000-8000-00000000ffff" });
        const error = await failure(compute.createServer(request, signal));
        expect(error).to.include({ code: "BAD_REQUEST", uncertain: false, retryable: false, status: 400 });
        expect(error.requestId).to.match(/^req-/);
        expect(await countPorts(credential, request.name, signal)).to.equal(0);
      });

      it("comes before anything is sent for what no cloud takes", async () => {
        const { compute, signal, tag } = bench;
        const wrong: [Partial<CreateServer>, string][] = [
          [{ name: "a b" }, "BAD_REQUEST"],
          [{ tags: [tag, "a/b"] }, "BAD_REQUEST"],
          [{ tags: [tag, "t".repeat(61)] }, "BAD_REQUEST"],
          [{ tags: [tag, ...Array.from({ length: 50 }, (_, index) => `t${index}`)] }, "BAD_REQUEST"],
          [{ metadata: { "a/b": "" } }, "BAD_REQUEST"],
          [{ metadata: { a: "v".repeat(256) } }, "BAD_REQUEST"],
          [{ userData: new Uint8Array(49_150) }, "TOO_LARGE"],
        ];
        for (const [more, code] of wrong) {
          const error = await failure(compute.createServer(bench.request("wrong", more), signal));
          expect(error).to.include({ code, status: undefined });
        }
        expect((await failure(compute.getConsoleOutput("x", 0, signal))).code).to.equal("BAD_REQUEST");
      });

      it("is QUOTA_EXCEEDED over the quota, and leaves no port", async function () {
        const { compute, signal, credential } = bench;
        const flavor = await compute.resolveFlavor(VAST, signal).catch(() => this.skip());
        expect(await compute.capacity(flavor, signal)).to.equal(0);
        const request = bench.request("vast", { flavorId: flavor.id });
        const error = await failure(compute.createServer(request, signal));
        expect(error).to.include({ code: "QUOTA_EXCEEDED", uncertain: false, status: 403 });
        expect(await countPorts(credential, request.name, signal)).to.equal(0);
      });

      it("shows as ERROR after the acceptance when no host has room", async function () {
        const { compute, signal, credential } = bench;
        const flavor = await compute.resolveFlavor(HUGE, signal).catch(() => this.skip());
        const request = bench.request("huge", { flavorId: flavor.id });
        const made = await compute.createServer(request, signal);
        const failed = await bench.settled(made.id, "ERROR");
        expect(failed.fault?.code).to.equal(500);
        expect(isNoCapacity(failed)).to.equal(true);
        expect((await compute.createServer(request, signal)).id).to.equal(made.id);
        expect((await failure(compute.startServer(made.id, signal))).code).to.equal("CONFLICT");
        expect(await compute.getConsoleOutput(made.id, 10, signal)).to.equal("");
        await until(
          target,
          () => compute.deleteServer(made, signal),
          (answer) => answer === "gone",
        );
        expect(await countPorts(credential, request.name, signal)).to.equal(0);
      });
    });

    it("stops when its signal is aborted, with that signal's reason", async () => {
      const reason = new Error("enough");
      const aborted = await bench.compute.listServers(bench.tag, AbortSignal.abort(reason)).catch((error) => error);
      expect(aborted).to.equal(reason);
      const controller = new AbortController();
      const listing = bench.compute.listServers(bench.tag, controller.signal).catch((error) => error);
      controller.abort(reason);
      expect(await listing).to.equal(reason);
    });
  });
}
