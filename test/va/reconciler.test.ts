// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type Hex, hexToBytes } from "viem";
import { TransactionError } from "../../offchain/chain/transactionError.ts";
import { openAccessDetails } from "../../offchain/lease/accessDetails.ts";
import { labels } from "../../va/identity.ts";
import { ComputeError } from "../../va/openstack/compute.ts";
import { GRACE } from "./fakeChain.ts";
import { createRig, LEASE, type Rig } from "./rig.ts";

const DOWN = new ComputeError("UNAVAILABLE", "no connection");
const LOST = new ComputeError("TIMEOUT", "no answer", { uncertain: true });
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const CONSOLE = `boot\n-----BEGIN SSH HOST KEY KEYS-----\n${KEY} root@host\n-----END SSH HOST KEY KEYS-----\n`;

describe("reconciler", function () {
  this.timeout(20_000);
  let rig: Rig;
  beforeEach(async () => {
    rig = await createRig();
  });
  const sent = () => rig.chain.sent.map(({ kind }) => kind);
  const statuses = () => rig.servers().map(({ status }) => status);
  const running = async () => {
    await rig.funded();
    await rig.run();
    expect(sent()).to.deep.equal(["start"]);
    expect(statuses()).to.deep.equal(["ACTIVE"]);
  };

  describe("when a lease is opened", () => {
    it("boots nothing before it is paid, and nothing before that is safe", async () => {
      rig.chain.open(LEASE, await rig.sealed());
      await rig.run(3);
      expect(rig.servers()).to.have.length(0);
      rig.chain.fund(LEASE);
      rig.chain.mine();
      await rig.look();
      expect(rig.servers()).to.have.length(0);
      rig.chain.mine();
      await rig.look();
      expect(statuses()).to.deep.equal(["BUILD"]);
    });
    it("boots it once paid, and posts what its holder alone can read", async () => {
      rig.compute.console = CONSOLE;
      await rig.funded({ sshKeys: ["ssh-ed25519 AAAA me"] });
      await rig.run();
      const [start] = rig.chain.sent;
      if (start?.kind !== "start") throw new Error("not started");
      expect(await openAccessDetails(start.sealedAccess, rig.holderIdentity)).to.deep.equal({
        addresses: [{ address: "10.0.0.1", version: 4 }],
        user: "debian",
        hostKeys: [KEY],
      });
    });
    it("loses none whose opening is not safe for long", async () => {
      rig.chain.lag = 6;
      rig.chain.open(LEASE, await rig.sealed());
      for (let i = 0; i < 5; i++) {
        rig.chain.mine();
        expect(await rig.look()).to.deep.equal({ kind: "at", time: 0n });
      }
      rig.chain.fund(LEASE);
      await rig.run(20);
      expect(sent()).to.deep.equal(["start"]);
    });
    it("records the end of one that is never paid", async () => {
      rig.chain.open(LEASE, await rig.sealed());
      await rig.run(3);
      rig.chain.mine(3_700);
      await rig.run(3);
      expect(sent()).to.deep.equal(["close"]);
    });
    it("touches no lease of another appliance", async () => {
      rig.chain.open(LEASE, await rig.sealed(), 8);
      rig.chain.fund(LEASE);
      await rig.run();
      expect(rig.servers()).to.have.length(0);
      expect(sent()).to.deep.equal([]);
    });
  });

  describe("when it cannot be served", () => {
    const declined = () => rig.chain.sent.flatMap((each) => (each.kind === "decline" ? [each.explanation] : []))[0];

    it("declines a spec that is sealed to somebody else", async () => {
      const other = await createRig();
      await rig.funded({}, await other.sealed());
      await rig.run();
      expect(declined()).to.match(/cannot be opened/);
    });
    it("declines an image that is not offered, without naming it in public", async () => {
      await rig.funded({ image: "windows-95" });
      await rig.run();
      expect(declined())
        .to.match(/image .* not offered/)
        .and.not.contain("windows");
    });
    it("declines before it is paid what it sees that it cannot serve", async () => {
      rig.chain.open(LEASE, await rig.sealed({ image: "windows-95" }));
      await rig.run(4);
      expect(declined()).to.match(/not offered/);
    });
    it("rebuilds a server that fails once, then declines with the cloud's reason and leaves none", async () => {
      rig.compute.outcome = () => "ERROR";
      await rig.funded();
      await rig.run(20);
      expect(rig.compute.calls.get("createServer")).to.equal(2);
      expect(declined()).to.equal("No valid host was found.");
      expect(rig.servers()).to.have.length(0);
    });
    it("serves it when the second server works", async () => {
      rig.compute.outcome = (name) => (name.endsWith("-1") ? "ERROR" : "ACTIVE");
      await rig.funded();
      await rig.run();
      expect(sent()).to.deep.equal(["start"]);
      expect(rig.servers().map(({ name }) => name.slice(-2))).to.deep.equal(["-2"]);
    });
    it("declines when the cloud is full, after a few tries", async () => {
      const full = { error: new ComputeError("QUOTA_EXCEEDED", "Quota exceeded"), when: "before" as const };
      rig.compute.fail("createServer", full, full, full);
      await rig.funded();
      await rig.run();
      expect(declined()).to.match(/quota/);
    });
    it("records its own silence when it was away for the whole start window", async () => {
      await rig.funded();
      rig.chain.mine(1_900);
      await rig.run(6);
      expect(sent()).to.deep.equal(["close"]);
      expect(rig.servers()).to.have.length(0);
    });
    it("declines with what it knows before the start window ends", async () => {
      const down = { error: DOWN, when: "before" as const };
      rig.compute.fail("createServer", ...Array(1_000).fill(down));
      await rig.funded();
      await rig.run(20, 100);
      expect(declined()).to.match(/not ready in time: the cloud is not available/);
    });
  });

  describe("when the paid time is used up", () => {
    it("stops the server at zero, starts it when paid within grace, and deletes it after grace", async () => {
      await running();
      rig.chain.mine(3_600);
      await rig.run(4);
      expect(statuses()).to.deep.equal(["SHUTOFF"]);
      rig.chain.topUp(LEASE, 600n);
      await rig.run(4);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
      rig.chain.mine(600);
      await rig.run(4);
      expect(statuses()).to.deep.equal(["SHUTOFF"]);
      rig.chain.mine(Number(GRACE));
      expect(await rig.run(8)).to.deep.equal({ kind: "done" });
      expect(rig.servers()).to.have.length(0);
      expect(sent()).to.deep.equal(["start", "close"]);
    });
    it("deletes nothing on one final block, nor when one endpoint says otherwise", async () => {
      await running();
      rig.chain.lie = (view) => ({ ...view, state: "active" });
      rig.chain.end(LEASE, "stopped");
      await rig.run(10);
      expect(statuses()).to.deep.equal(["SHUTOFF"]);
      rig.chain.lie = undefined;
      await rig.look();
      await rig.look();
      expect(rig.compute.calls.get("deleteServer")).to.equal(undefined);
      rig.chain.mine();
      await rig.look();
      expect(rig.compute.calls.get("deleteServer")).to.equal(1);
    });
    it("takes back a stop whose cause a reorganisation takes away", async () => {
      await running();
      rig.chain.end(LEASE, "stopped");
      rig.chain.mine();
      await rig.look();
      expect(statuses()).to.deep.equal(["SHUTOFF"]);
      rig.chain.reorg(2);
      await rig.run(4);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
    });
    it("deletes although the close cannot be sent, and closes although nothing can be deleted", async () => {
      await running();
      rig.chain.mine(3_600);
      rig.chain.mine(Number(GRACE));
      rig.chain.failSend(
        ...Array(8).fill({ error: new TransactionError({ code: "RPC_FAILED", message: "down" }), when: "before" }),
      );
      await rig.run(6);
      expect(rig.servers()).to.have.length(0);
    });
  });

  describe("when it is launched later", () => {
    const reserve = async () => {
      rig.chain.open(LEASE, undefined);
      rig.chain.mine();
      rig.chain.fund(LEASE);
      await rig.run(4);
    };
    it("boots nothing for reserved capacity until it is launched", async () => {
      await reserve();
      expect(rig.servers()).to.have.length(0);
      expect(rig.reconciler().holdings().get(LEASE)).to.deep.include({ state: "reserved", servers: "" });
      rig.chain.launch(LEASE, await rig.sealed());
      rig.chain.mine();
      await rig.look();
      expect(rig.servers(), "not safe yet").to.have.length(0);
      await rig.run(6);
      expect(sent()).to.deep.equal(["start"]);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
    });
    it("waits for the end of what is reserved and never launched", async () => {
      await reserve();
      const next = await rig.look();
      expect(next?.kind === "at" && next.time > 1_006_000n).to.equal(true);
      rig.chain.mine(3_600);
      await rig.run(3);
      expect(sent()).to.deep.equal([]);
      rig.chain.mine(Number(GRACE));
      expect(await rig.run(6)).to.deep.equal({ kind: "done" });
      expect(sent()).to.deep.equal(["close"]);
    });
    it("declines what it cannot serve", async () => {
      await reserve();
      rig.chain.launch(LEASE, await rig.sealed({ image: "windows-95" }));
      rig.chain.mine();
      await rig.run(6);
      expect(sent()).to.deep.equal(["decline"]);
    });
  });

  describe("when a running lease is launched anew", () => {
    const launch = async () => {
      rig.chain.launch(LEASE, await rig.sealed({ userData: "#!/bin/sh" }));
      rig.chain.mine();
    };
    const ids = () => rig.servers().map(({ id }) => id);

    it("replaces the server once the launch is final, and answers", async () => {
      await running();
      rig.chain.lag = 3;
      await launch();
      for (let i = 0; i < 4; i++) {
        expect(await rig.look()).to.deep.equal({ kind: "at", time: 0n });
        expect(ids(), "not final yet").to.deep.equal(["server-1"]);
        expect(statuses()).to.deep.equal(["ACTIVE"]);
        rig.chain.mine();
      }
      await rig.run(20);
      expect(ids()).to.deep.equal(["server-2"]);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
      expect(sent()).to.deep.equal(["start", "start"]);
      expect(rig.servers()[0]?.metadata).to.deep.include({ xov_attempt: "1" });
      expect(rig.servers()[0]?.metadata.xov_launch).to.match(/^2-/);
    });
    it("deletes nothing while one endpoint knows of no launch", async () => {
      await running();
      rig.chain.denyLaunch = true;
      await launch();
      await rig.run(12);
      expect(ids()).to.deep.equal(["server-1"]);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
      rig.chain.denyLaunch = false;
      await rig.run(12);
      expect(ids()).to.deep.equal(["server-2"]);
    });
    it("keeps the former server when a reorganisation takes the launch away", async () => {
      await running();
      await launch();
      await rig.look();
      rig.chain.reorg(1);
      await rig.run(10);
      expect(ids()).to.deep.equal(["server-1"]);
      expect(sent()).to.deep.equal(["start"]);
    });
    it("serves the last of several launches, also when a start has answered it by mistake", async () => {
      await running();
      await launch();
      rig.chain.launch(LEASE, await rig.sealed({ userData: "#!/bin/bash" }));
      rig.chain.mine();
      await rig.chain.send({ kind: "start", leaseId: LEASE, sealedAccess: new Uint8Array() });
      await rig.run(20);
      expect(ids()).to.deep.equal(["server-2"]);
      expect(rig.servers()[0]?.metadata.xov_launch).to.match(/^3-/);
      expect(sent()).to.deep.equal(["start", "start", "postAccess"]);
    });
    it("makes one server when it is restarted after each step", async () => {
      await running();
      await launch();
      for (let i = 0; i < 16; i++) {
        rig.restart();
        await rig.run(3);
        expect(rig.servers().length).to.be.at.most(1);
      }
      expect(rig.compute.calls.get("createServer")).to.equal(2);
      expect(sent()).to.deep.equal(["start", "start"]);
    });
    it("gives the new instance as many tries as the first had, then declines", async () => {
      await running();
      rig.compute.outcome = () => "ERROR";
      await launch();
      await rig.run(30);
      expect(rig.compute.calls.get("createServer")).to.equal(3);
      expect(sent()).to.deep.equal(["start", "decline"]);
      expect(rig.servers()).to.have.length(0);
    });
  });

  describe("when the provider has given notice", () => {
    it("runs until what is paid is used up, and deletes without grace", async () => {
      await running();
      rig.chain.giveNotice(LEASE);
      await rig.run(4);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
      rig.chain.mine(3_600);
      await rig.run(8);
      expect(rig.servers()).to.have.length(0);
      expect(sent()).to.deep.equal(["start", "close"]);
    });
  });

  describe("when its holder stops it", () => {
    it("stops the server at once, and deletes it when the end is final", async () => {
      await running();
      rig.chain.lag = 3;
      rig.chain.mine();
      rig.chain.end(LEASE, "stopped");
      rig.chain.mine();
      await rig.look();
      expect(statuses()).to.deep.equal(["SHUTOFF"]);
      expect(await rig.look()).to.deep.equal({ kind: "at", time: 0n });
      await rig.run(12);
      expect(rig.servers()).to.have.length(0);
    });
  });

  describe("whatever fails on the way", () => {
    it("makes one server when the answer to its creation is lost", async () => {
      rig.compute.fail("createServer", { error: LOST, when: "after" });
      await running();
      expect(rig.errors).to.deep.equal([LOST]);
    });
    it("makes one server when it is restarted after each step", async () => {
      await rig.funded();
      for (let i = 0; i < 10; i++) {
        rig.restart();
        await rig.run(1);
      }
      expect(sent()).to.deep.equal(["start"]);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
    });
    it("goes on when any call fails, before or after it was done", async () => {
      for (const method of [
        "listServers",
        "createServer",
        "resolveImage",
        "resolveFlavor",
        "resolveNetwork",
      ] as const) {
        for (const when of ["before", "after"] as const) {
          rig = await createRig();
          rig.compute.fail(method, { error: DOWN, when }, { error: LOST, when });
          await running();
        }
      }
    });
    it("posts access details once when the answer to the start is lost", async () => {
      rig.chain.failSend({ error: new TransactionError({ code: "NOT_MINED", message: "late" }), when: "after" });
      await rig.funded();
      await rig.run();
      expect(sent()).to.deep.equal(["start"]);
    });
    it("starts again when a reorganisation takes the start away", async () => {
      await rig.funded();
      while (!sent().includes("start")) await rig.run(1);
      rig.chain.reorg(2);
      await rig.run();
      expect(sent().filter((kind) => kind === "start")).to.have.length(2);
      expect(rig.servers()).to.have.length(1);
    });
    it("makes another server when one is dropped behind its back, and posts its access details", async () => {
      await running();
      for (const { id } of rig.servers()) rig.compute.vanish(id);
      rig.restart();
      await rig.run();
      expect(sent()).to.deep.equal(["start", "postAccess"]);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
    });
    it("starts a server that was stopped behind its back", async () => {
      await running();
      for (const { id } of rig.servers()) rig.compute.force(id, "SHUTOFF");
      await rig.run(3);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
    });
    it("keeps a failed server of a running lease for its operator", async () => {
      rig.compute.reboots = false;
      await running();
      for (const { id } of rig.servers()) rig.compute.force(id, "ERROR");
      await rig.run();
      expect(statuses()).to.deep.equal(["ERROR"]);
      expect(rig.errors.map((error) => (error as Error).name)).to.include("AttentionNeeded");
    });
  });

  describe("when a server is left over", () => {
    const leftover = async (leaseId: Hex, appliance: number, block: bigint) => {
      const owner = { ...rig.hands.owner, appliance };
      const request = { imageId: "i", flavorId: "f", networkId: "n", userData: hexToBytes("0x") };
      const identity = { leaseId, launch: "1-00000000", attempt: 1, announcements: 0, block };
      await rig.compute.createServer({ ...labels(owner, identity), ...request }, new AbortController().signal);
      rig.compute.settle();
    };
    it("stops and then deletes one whose lease the chain does not know", async () => {
      await leftover(LEASE, rig.hands.owner.appliance, 1n);
      await rig.run(6);
      expect(rig.servers()).to.have.length(0);
    });
    it("deletes none that was wanted after what is final", async () => {
      await leftover(LEASE, rig.hands.owner.appliance, 1_000n);
      await rig.run(10);
      expect(statuses()).to.deep.equal(["SHUTOFF"]);
    });
    it("never touches another appliance's", async () => {
      await leftover(LEASE, 8, 1n);
      await rig.run(6);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
    });
  });
});
