// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { TransactionError } from "../../offchain/chain/transactionError.ts";
import { desired } from "../../va/desired.ts";
import { countUnserved, emptyMemory, missLook } from "../../va/memory.ts";
import { ComputeError, type ComputeErrorCode } from "../../va/openstack/compute.ts";
import type { LeaseView } from "../../va/types.ts";
import type { ComputeFault, FakeCompute } from "../fakes/compute.ts";
import { createRig, EVICT_AFTER_S, LEASE, type Rig } from "./rig.ts";

/** Looks of the rig, ten seconds each, that take longer than a holder is let wait. */
const TOO_LONG = EVICT_AFTER_S / 10 + 20;

/** A call that fails so from now on. */
function always(code: ComputeErrorCode, message: string): ComputeFault[] {
  return Array(1_000).fill({ error: new ComputeError(code, message), when: "before" });
}

describe("a running lease whose server is lost", function () {
  this.timeout(30_000);
  let rig: Rig;
  beforeEach(async () => {
    rig = await createRig();
    await rig.funded();
    await rig.run();
    expect(sent()).to.deep.equal(["start"]);
  });
  const sent = () => rig.chain.sent.map(({ kind }) => kind);
  const statuses = () => rig.servers().map(({ status }) => status);
  const evicted = () => {
    const [found] = rig.chain.sent.filter(({ kind }) => kind === "evict");
    return found?.kind === "evict" ? found.explanation : undefined;
  };
  const force = (status: Parameters<FakeCompute["force"]>[1]) => {
    for (const { id } of rig.servers()) rig.compute.force(id, status);
  };
  const vanish = () => {
    for (const { id } of rig.servers()) rig.compute.vanish(id);
  };
  const breakForGood = () => {
    force("ERROR");
    rig.compute.reboots = false;
  };

  describe("to an ERROR", () => {
    it("has it switched off and on, and serves on when that helps", async () => {
      force("ERROR");
      await rig.run(TOO_LONG);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
      expect(rig.compute.calls.get("rebootServer")).to.equal(1);
      expect(sent()).to.deep.equal(["start"]);
    });
    it("is evicted with the fault when that does not help, once, and its server goes when that is final", async () => {
      breakForGood();
      await rig.run(EVICT_AFTER_S / 10 - 2);
      expect(evicted(), "too soon").to.equal(undefined);
      expect(statuses()).to.deep.equal(["ERROR"]);
      expect(rig.errors.map((error) => (error as Error).name)).to.include("AttentionNeeded");
      await rig.run(TOO_LONG);
      expect(evicted()).to.equal("The server server-1 is in ERROR: The disk is gone");
      expect(rig.compute.calls.get("rebootServer")).to.equal(1);
      expect(rig.compute.calls.get("deleteServer")).to.equal(1);
      expect(rig.servers()).to.deep.equal([]);
      expect(sent().filter((kind) => kind === "evict")).to.have.length(1);
    });
    it("is repaired again only after so long, should it break again and again", async () => {
      for (let i = 0; i < 10; i++) {
        force("ERROR");
        await rig.run(3);
      }
      expect(rig.compute.calls.get("rebootServer")).to.equal(1);
    });
    it("asks a cloud again that did not hear of the repair, and not one that refused", async () => {
      force("ERROR");
      const down = { error: new ComputeError("UNAVAILABLE", "no connection"), when: "before" } as const;
      rig.compute.fail("rebootServer", down, down);
      await rig.run(6);
      expect(rig.compute.calls.get("rebootServer")).to.equal(3);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
      rig = await createRig();
      await rig.funded();
      await rig.run();
      force("ERROR");
      rig.compute.fail("rebootServer", ...always("CONFLICT", "it is locked"));
      await rig.run(TOO_LONG);
      expect(rig.compute.calls.get("rebootServer")).to.equal(1);
      expect(evicted()).to.match(/in ERROR/);
    });
    it("waits longer after a restart, never shorter", async () => {
      breakForGood();
      for (let i = 0; i < 4; i++) {
        await rig.run(EVICT_AFTER_S / 20);
        rig.restart();
      }
      expect(evicted()).to.equal(undefined);
      await rig.run(TOO_LONG);
      expect(evicted()).to.match(/in ERROR/);
    });
  });

  it("is evicted when it does not start", async () => {
    rig.compute.startServer = async () => undefined;
    force("SHUTOFF");
    await rig.run(TOO_LONG);
    expect(evicted()).to.equal("The server server-1 does not start");
  });

  it("is left to the operator who has paused it", async () => {
    force("PAUSED");
    await rig.run(2 * TOO_LONG);
    expect(sent()).to.deep.equal(["start"]);
    expect(statuses()).to.deep.equal(["PAUSED"]);
  });

  describe("behind the appliance's back, when no other can be made because", () => {
    const cases: [what: string, refuse: () => void, shown: RegExp][] = [
      [
        "the quota is exhausted",
        () => rig.compute.fail("createServer", ...always("QUOTA_EXCEEDED", "Quota exceeded for cores")),
        /its quota is used up/,
      ],
      [
        "the flavor is missing",
        () => rig.compute.fail("resolveFlavor", ...always("NOT_FOUND", 'No flavor "m1.small"')),
        /No flavor "m1.small"/,
      ],
      [
        "the image is missing",
        () => rig.compute.fail("resolveImage", ...always("NOT_FOUND", 'No image "debian-12"')),
        /No image "debian-12"/,
      ],
      [
        "the image is not offered any more",
        () => {
          rig.offers.images = [];
        },
        /image that the launch spec names/,
      ],
      [
        "no host has room",
        () => {
          rig.compute.outcome = () => "ERROR";
        },
        /No valid host was found/,
      ],
      [
        "the credential may not",
        () => rig.compute.fail("createServer", ...always("FORBIDDEN", "Policy does not allow this")),
        /Policy does not allow this/,
      ],
    ];
    for (const [what, refuse, shown] of cases) {
      it(`${what}, is evicted with that reason, and not before so long`, async () => {
        vanish();
        refuse();
        await rig.run(EVICT_AFTER_S / 10 - 2);
        expect(evicted(), "too soon").to.equal(undefined);
        await rig.run(TOO_LONG);
        expect(evicted())
          .to.match(/^The server is gone and cannot be made again: /)
          .and.match(shown);
        expect(rig.servers()).to.deep.equal([]);
      });
    }
    it("it fails now, is evicted with that reason and not with a former one", async () => {
      vanish();
      rig.compute.fail("createServer", ...always("QUOTA_EXCEEDED", "x").slice(0, 8));
      rig.compute.outcome = () => "ERROR";
      await rig.run(TOO_LONG);
      expect(evicted()).to.match(/No valid host was found/);
    });
    it("it is made after all, has its time to be built", async () => {
      vanish();
      rig.compute.fail("createServer", ...always("QUOTA_EXCEEDED", "x").slice(0, EVICT_AFTER_S / 10 - 2));
      rig.compute.settle = () => {
        for (const server of rig.servers())
          if (server.createdAt < 1_000) rig.compute.servers.set(server.id, { ...server, createdAt: now() });
      };
      const now = () => Number(rig.chain.feed.heads()?.latest.timestamp);
      await rig.run(TOO_LONG);
      expect(statuses()).to.deep.equal(["BUILD"]);
      expect(evicted()).to.equal(undefined);
      rig.chain.mine(EVICT_AFTER_S);
      await rig.run(4);
      expect(evicted()).to.match(/^The server server-2 is not built$/);
    });
    it("others failed long ago, is not evicted for that while the cloud does not answer", async () => {
      rig = await createRig();
      rig.compute.outcome = (name) => (name.endsWith("-1") ? "ERROR" : "ACTIVE");
      await rig.funded();
      await rig.run();
      vanish();
      rig.compute.outcome = () => "ERROR";
      await rig.run(4);
      rig.compute.outcome = () => "ACTIVE";
      await rig.run(20);
      expect(sent()).to.deep.equal(["start", "postAccess"]);
      vanish();
      rig.compute.fail("createServer", ...always("TIMEOUT", "no answer"));
      await rig.run(2 * TOO_LONG);
      expect(sent()).to.deep.equal(["start", "postAccess"]);
    });
    it("the cloud refuses for a while, gets another and is served on", async () => {
      vanish();
      rig.compute.fail("createServer", ...always("QUOTA_EXCEEDED", "x").slice(0, 20));
      await rig.run(2 * TOO_LONG);
      expect(sent()).to.deep.equal(["start", "postAccess"]);
      expect(statuses()).to.deep.equal(["ACTIVE"]);
    });
  });

  describe("is not evicted", () => {
    it("while the cloud does not answer, nor for that time when it answers again", async () => {
      breakForGood();
      await rig.run(EVICT_AFTER_S / 10 - 15);
      rig.compute.fail("listServers", ...always("UNAVAILABLE", "no connection").slice(0, 2 * TOO_LONG));
      await rig.run(2 * TOO_LONG + 10);
      expect(rig.compute.calls.get("listServers")).to.be.greaterThan(2 * TOO_LONG);
      expect(evicted()).to.equal(undefined);
      await rig.run(TOO_LONG);
      expect(evicted()).to.match(/in ERROR/);
    });
    it("while the cloud lists servers and answers to nothing else, whatever it refused before", async () => {
      vanish();
      rig.compute.fail("createServer", ...always("QUOTA_EXCEEDED", "x").slice(0, 8));
      rig.compute.fail("createServer", ...always("TIMEOUT", "no answer"));
      await rig.run(2 * TOO_LONG);
      expect(sent()).to.deep.equal(["start"]);
    });
    it("while one endpoint says that it is over, in grace, under notice or awaits a start; but when it takes that back", async () => {
      breakForGood();
      for (const lie of [
        { state: "closed", recorded: true, reason: "stopped" },
        { state: "none" },
        { startBy: 10n ** 12n },
        { clock: 10n ** 12n },
        { reason: "ended" },
      ] as const) {
        rig.chain.lie = (view) => ({ ...view, ...lie });
        await rig.run(TOO_LONG);
        expect(evicted()).to.equal(undefined);
        expect(statuses()).to.deep.equal(["ERROR"]);
      }
      expect(rig.errors.map((error) => (error as Error).message).join()).to.contain("the endpoints do not agree");
      rig.chain.lie = undefined;
      await rig.run(12);
      expect(evicted()).to.match(/in ERROR/);
    });
    it("on one final block alone", async () => {
      breakForGood();
      const { finalizedLease } = rig.chain;
      const views = await finalizedLease(LEASE, new AbortController().signal);
      rig.chain.finalizedLease = async () => views;
      await rig.run(2 * TOO_LONG, 1);
      expect(evicted()).to.equal(undefined);
      rig.chain.finalizedLease = finalizedLease;
      await rig.run(1);
      expect(evicted()).to.match(/in ERROR/);
    });
    it("under notice, nor in grace", async () => {
      breakForGood();
      rig.chain.giveNotice(LEASE);
      await rig.run(2 * TOO_LONG);
      expect(sent()).to.deep.equal(["start"]);
      rig = await createRig();
      await rig.funded();
      await rig.run();
      rig.chain.mine(3_600);
      breakForGood();
      await rig.run(2 * TOO_LONG);
      expect(sent()).to.deep.equal(["start"]);
    });
    it("while its holder waits for another start: that is declined", async () => {
      breakForGood();
      await rig.run(EVICT_AFTER_S / 10 - 4);
      rig.compute.outcome = () => "ERROR";
      rig.chain.launch(LEASE, await rig.sealed({ userData: "#!/bin/sh" }));
      rig.chain.mine();
      await rig.run(TOO_LONG);
      expect(sent()).to.deep.equal(["start", "decline"]);
    });
  });

  describe("beyond what its provider lets the hot key do", () => {
    it("is left to the operator, who is told what to do, without a transaction", async () => {
      rig.chain.room.evictions = { perDay: 0n, left: 0n };
      const { send } = rig.chain;
      rig.chain.send = (transaction) => {
        tried.push(transaction.kind);
        return send(transaction);
      };
      const tried: string[] = [];
      breakForGood();
      await rig.run(TOO_LONG);
      expect(sent()).to.deep.equal(["start"]);
      const texts = rig.errors.map((error) => (error as Error).message).join("\n");
      expect(texts).to.contain("setEvictionLimit").and.contain("The disk is gone");
      expect(tried).to.deep.equal([]);
      rig.chain.room.evictions = { perDay: 2n, left: 2n };
      await rig.run(12);
      expect(evicted()).to.match(/in ERROR/);
    });
    for (const [what, lose, mend] of [
      [
        "started",
        () => {
          const { startServer } = rig.compute;
          rig.compute.startServer = async () => undefined;
          force("SHUTOFF");
          return () => {
            rig.compute.startServer = startServer;
          };
        },
        ["start"],
      ],
      [
        "made again",
        () => {
          const { createServer } = rig.compute;
          rig.compute.createServer = async () => {
            throw new ComputeError("QUOTA_EXCEEDED", "x");
          };
          vanish();
          return () => {
            rig.compute.createServer = createServer;
          };
        },
        ["start", "postAccess"],
      ],
      [
        "rebooted",
        () => {
          breakForGood();
          return () => {
            rig.compute.reboots = true;
          };
        },
        ["start"],
      ],
    ] as const) {
      it(`is served on when its server can be ${what} after all`, async () => {
        rig.chain.room.evictions = { perDay: 0n, left: 0n };
        const heal = lose();
        await rig.run(2 * TOO_LONG, 1);
        heal();
        await rig.run(TOO_LONG, 1);
        expect(sent()).to.deep.equal(mend);
        expect(statuses()).to.deep.equal(["ACTIVE"]);
      });
    }
    it("is looked up only when an eviction is due", async () => {
      let asked = 0;
      const { evictions } = rig.chain;
      rig.chain.evictions = () => {
        asked += 1;
        return evictions();
      };
      breakForGood();
      await rig.run(EVICT_AFTER_S / 10 - 2);
      expect(asked).to.equal(0);
      await rig.run(TOO_LONG);
      expect(asked).to.be.within(1, 3);
    });
    it("says so too when another appliance used up what was left", async () => {
      breakForGood();
      const revert = { errorName: "Providers_TooManyEvictions", args: [], data: "0x" as const };
      const error = new TransactionError({ code: "REVERTED", message: "x", revert });
      await rig.run(EVICT_AFTER_S / 10 - 2);
      rig.chain.failSend({ error, when: "before" });
      await rig.run(6);
      expect(rig.errors.map((each) => (each as Error).message).join("\n")).to.contain(
        "all 4 evictions of a day are used",
      );
    });
  });

  it("may be evicted if both the safe and the latest block say so", async () => {
    const heads = rig.chain.feed.heads();
    if (heads === undefined) throw new Error("no block");
    const view = await rig.chain.lease(LEASE, heads.latest);
    const noticed = { ...view, overAt: view.exhaustedAt };
    const rest = { over: false, spec: { kind: "missing" }, launch: "", relaunched: false, launchFinal: false } as const;
    const isEvictable = (safe: LeaseView, latest: LeaseView) => {
      const want = desired({ safe, latest, ...rest, declineMargin: 0n, lastTrouble: undefined });
      return want.kind === "running" && want.evictable;
    };
    expect(isEvictable(view, view)).to.equal(true);
    expect(isEvictable(noticed, view)).to.equal(false);
    expect(isEvictable(view, noticed)).to.equal(false);
  });

  describe("is not served for", () => {
    const MINUTE = 60_000;
    it("what lies between two looks in a row that both found it so, and no more than some minutes of that", () => {
      const memory = emptyMemory();
      const count = (served: boolean | undefined, now: number) => countUnserved(memory, served, now);
      expect(count(false, 0)).to.equal(0);
      expect(count(false, MINUTE)).to.equal(MINUTE);
      expect(count(undefined, 2 * MINUTE), "nobody can say").to.equal(MINUTE);
      expect(count(false, 3 * MINUTE), "since nobody could").to.equal(MINUTE);
      expect(count(false, 4 * MINUTE)).to.equal(2 * MINUTE);
      missLook(memory);
      expect(count(false, 5 * MINUTE), "a look failed").to.equal(2 * MINUTE);
      expect(count(false, 500 * MINUTE), "the machine slept").to.equal(7 * MINUTE);
      expect(count(false, 400 * MINUTE), "its clock was put back").to.equal(7 * MINUTE);
      expect(count(true, 401 * MINUTE)).to.equal(0);
      expect(count(false, 402 * MINUTE), "anew").to.equal(0);
    });
  });

  it("is evicted once by two appliances", async () => {
    breakForGood();
    const first = rig.reconciler();
    rig.restart();
    const { signal } = new AbortController();
    for (let i = 0; i < TOO_LONG; i++) {
      await first.reconcile(LEASE, signal).catch(() => undefined);
      await rig.run(1);
    }
    expect(sent().filter((kind) => kind === "evict")).to.have.length(1);
    expect(rig.servers()).to.deep.equal([]);
  });
});
