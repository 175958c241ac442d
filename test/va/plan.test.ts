// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import type { LaunchSpec } from "../../offchain/lease/launchSpec.ts";
import type { Want } from "../../va/desired.ts";
import type { ServerStatus } from "../../va/openstack/compute.ts";
import { type Action, type Actual, isServed, MAX_ATTEMPTS, NO_FAILURES, type OwnServer, plan } from "../../va/plan.ts";

const SPEC: LaunchSpec = { image: "debian-12", sshKeys: [], recipient: "age1x" };
const ADDRESS = { network: "n", address: "10.0.0.1", version: 4, type: "fixed" } as const;

function server(fields: Partial<OwnServer> = {}): OwnServer {
  return {
    id: "a",
    name: "xov-1",
    tags: [],
    metadata: {},
    status: "ACTIVE",
    task: null,
    addresses: [ADDRESS],
    createdAt: 100,
    launch: LAUNCH,
    attempt: 1,
    announcements: 0,
    ...fields,
  };
}

const LAUNCH = "1-00000000";
const LATER = "2-11111111";
const pending: Want = { kind: "running", spec: SPEC, awaited: true, evictable: false, launch: LAUNCH, replace: false };
const active: Want = { ...pending, awaited: false, evictable: true };

function actual(fields: Partial<Actual> = {}): Actual {
  return {
    servers: [],
    announcements: 0,
    announcedId: undefined,
    failures: NO_FAILURES,
    consoleWanted: false,
    mayReboot: true,
    overdue: false,
    ...fields,
  };
}

const kinds = (actions: readonly Action[]) => actions.map(({ kind }) => kind);

describe("plan", function () {
  this.timeout(20_000);
  describe("when a server should run", () => {
    it("makes one when none is there", () => {
      expect(plan(pending, actual())).to.deep.equal([{ kind: "create", attempt: 1 }]);
    });
    it("adopts one that is there", () => {
      expect(plan(pending, actual({ servers: [server({ status: "BUILD", addresses: [] })] }))).to.deep.equal([]);
    });
    it("starts the lease once its server runs and has an address", () => {
      expect(plan(pending, actual({ servers: [server({ addresses: [] })] }))).to.deep.equal([]);
      const one = server();
      expect(plan(pending, actual({ servers: [one] }))).to.deep.equal([
        { kind: "announce", server: one, by: "start", console: false },
      ]);
    });
    it("leaves an announced one alone", () => {
      expect(plan(active, actual({ servers: [server()], announcements: 1 }))).to.deep.equal([]);
    });
    it("starts one that was stopped, and waits while it starts", () => {
      const one = server({ status: "SHUTOFF" });
      expect(plan(active, actual({ servers: [one], announcements: 1 }))).to.deep.equal([
        { kind: "start", server: one },
      ]);
      const starting = server({ status: "SHUTOFF", task: "powering-on" });
      expect(plan(active, actual({ servers: [starting], announcements: 1 }))).to.deep.equal([]);
    });
    it("makes another when an announced one is gone, and posts its access details", () => {
      expect(plan(active, actual({ announcements: 1 }))).to.deep.equal([{ kind: "create", attempt: 1 }]);
      const second = server({ announcements: 1 });
      expect(plan(active, actual({ servers: [second], announcements: 1 }))).to.deep.equal([
        { kind: "announce", server: second, by: "postAccess", console: false },
      ]);
    });
    it("waits until one that is being deleted is gone", () => {
      expect(plan(active, actual({ servers: [server({ task: "deleting" })] }))).to.deep.equal([]);
    });
    it("rebuilds a failed one once, then declines with the cloud's reason", () => {
      const failed = server({ status: "ERROR", fault: { code: 500, message: "No valid host was found" } });
      expect(plan(pending, actual({ servers: [failed] }))).to.deep.equal([
        { kind: "delete", server: failed, why: "failed" },
      ]);
      const failures = { lastAttempt: 1, final: undefined };
      expect(plan(pending, actual({ failures }))).to.deep.equal([{ kind: "create", attempt: 2 }]);
      const again = { ...failed, attempt: 2 };
      expect(plan(pending, actual({ servers: [again], failures }))).to.deep.equal([
        { kind: "decline", reason: "No valid host was found" },
      ]);
    });
    it("declines with the reason for which no attempt makes sense", () => {
      const failures = { lastAttempt: 0, final: "no such image" };
      expect(plan(pending, actual({ failures }))).to.deep.equal([{ kind: "decline", reason: "no such image" }]);
    });
    it("goes on trying for a running lease while its holder can be let wait", () => {
      const failures = { lastAttempt: 7, final: "no such image" };
      expect(plan(active, actual({ failures, announcements: 1 }))).to.deep.equal([{ kind: "create", attempt: 8 }]);
    });
    it("switches an announced one in ERROR off and on, then asks for its operator, and deletes nothing", () => {
      const failed = server({ status: "ERROR" });
      const world = actual({ servers: [failed], announcements: 1 });
      expect(plan(active, world)).to.deep.equal([{ kind: "reboot", server: failed }]);
      expect(kinds(plan(active, { ...world, mayReboot: false }))).to.deep.equal(["attention"]);
      const rebooting = { ...failed, task: "rebooting_hard" };
      expect(plan(active, { ...world, servers: [rebooting] })).to.deep.equal([]);
    });
  });

  describe("when a lease that runs was not served for too long", () => {
    const overdue = (fields: Partial<Actual> = {}) => actual({ announcements: 1, overdue: true, ...fields });
    const reason = (want: Want, world: Actual) => {
      const [last] = plan(want, world).slice(-1);
      return last?.kind === "evict" ? last.reason : undefined;
    };
    it("ends it with what the cloud says of the server", () => {
      const failed = server({ status: "ERROR", fault: { code: 500, message: "The disk is gone" } });
      expect(plan(active, overdue({ servers: [failed] }))).to.deep.equal([
        { kind: "evict", reason: "The server a is in ERROR: The disk is gone" },
      ]);
      expect(reason(active, overdue({ servers: [server({ status: "ERROR" })] }))).to.match(/names no fault/);
      expect(reason(active, overdue({ servers: [server({ status: "SHUTOFF" })] }))).to.match(/does not start/);
      expect(reason(active, overdue({ servers: [server({ status: "BUILD" })] }))).to.match(/is not built/);
    });
    it("ends it with why the server cannot be made again", () => {
      const final = { lastAttempt: 0, final: "no such image" };
      expect(reason(active, overdue({ failures: final }))).to.match(/cannot be made again: no such image/);
      const used = { lastAttempt: MAX_ATTEMPTS, fault: "No valid host was found", final: undefined };
      expect(reason(active, overdue({ failures: used }))).to.match(/No valid host was found/);
      const failed = server({
        status: "ERROR",
        attempt: 2,
        announcements: 1,
        fault: { code: 500, message: "No host" },
      });
      expect(reason(active, overdue({ servers: [failed] }))).to.match(/No host/);
      expect(reason({ ...active, spec: undefined }, overdue())).to.match(/launch spec cannot be read/);
    });
    it("makes another all the same while nothing says that it cannot", () => {
      expect(plan(active, overdue())).to.deep.equal([{ kind: "create", attempt: 1 }]);
    });
    it("leaves what its operator has paused, and what is neither this nor that, to its operator", () => {
      expect(kinds(plan(active, overdue({ servers: [server({ status: "PAUSED" })] })))).to.deep.equal(["attention"]);
      for (const status of ["BUSY", "UNKNOWN", "DELETED"] as const) {
        expect(plan(active, overdue({ servers: [server({ status })] }))).to.deep.equal([]);
      }
    });
  });

  describe("when there are two", () => {
    it("keeps the older and deletes the newer, which nobody was told of", () => {
      const [older, newer] = [server({ id: "z" }), server({ id: "a", createdAt: 200, attempt: 2 })];
      expect(plan(pending, actual({ servers: [newer, older] }))).to.deep.equal([
        { kind: "delete", server: newer, why: "surplus" },
        { kind: "announce", server: older, by: "start", console: false },
      ]);
    });
    it("deletes none while the one to keep does not run yet", () => {
      const servers = [server({ id: "a", status: "BUILD" }), server({ id: "b", createdAt: 200 })];
      expect(plan(pending, actual({ servers }))).to.deep.equal([]);
    });
    it("only stops one of which the holder may have been told", () => {
      const [older, newer] = [server({ id: "a" }), server({ id: "b", createdAt: 200 })];
      expect(plan(active, actual({ servers: [older, newer], announcements: 1 }))).to.deep.equal([
        { kind: "stop", server: newer },
      ]);
    });
    it("keeps the one that was announced last", () => {
      const [first, second] = [server({ id: "a" }), server({ id: "b", createdAt: 200, announcements: 1 })];
      expect(plan(active, actual({ servers: [first, second], announcements: 2 }))).to.deep.equal([
        { kind: "stop", server: first },
      ]);
      const servers = [server({ id: "a" }), server({ id: "b", createdAt: 200 })];
      expect(plan(active, actual({ servers, announcements: 1, announcedId: "b" }))).to.deep.equal([
        { kind: "stop", server: servers[0] },
      ]);
    });
  });

  describe("when none should run", () => {
    it("stops what runs and deletes nothing, failed or not", () => {
      const [one, two] = [server(), server({ id: "b", status: "ERROR" })];
      for (const kind of ["none", "stopped"] as const) {
        expect(plan({ kind }, actual({ servers: [one, two] }))).to.deep.equal([{ kind: "stop", server: one }]);
      }
    });
    it("deletes all when the lease is gone", () => {
      const servers = [server(), server({ id: "b", status: "ERROR" }), server({ id: "c", status: "BUILD" })];
      expect(kinds(plan({ kind: "gone" }, actual({ servers, announcements: 1 })))).to.deep.equal(
        Array(3).fill("delete"),
      );
    });
  });

  describe("whatever it finds", () => {
    it("makes a server only where there is none", () => {
      fc.assert(
        fc.property(wants, actuals, (want, found) => {
          const actions = plan(want, found);
          if (kinds(actions).includes("create")) {
            expect(found.servers).to.have.length(0);
            expect(actions).to.have.length(1);
          }
        }),
      );
    });
    it("deletes servers of another launch when this one is final, and only then", () => {
      fc.assert(
        fc.property(wants, actuals, (want, found) => {
          for (const action of plan(want, found)) {
            if (action.kind !== "delete" || action.why !== "relaunched") continue;
            expect(want.kind === "running" && want.replace && want.launch !== action.server.launch).to.equal(true);
          }
        }),
      );
    });
    it("deletes a server that the holder may know of only when the lease is gone or launched anew", () => {
      fc.assert(
        fc.property(wants, actuals, (want, found) => {
          for (const action of plan(want, found)) {
            if (action.kind !== "delete" || action.why === "relaunched" || want.kind === "gone") continue;
            expect(action.server.announcements, "announced").to.be.at.least(found.announcements);
            expect(action.server.id).to.not.equal(found.announcedId);
          }
        }),
      );
    });
    it("deletes a working server of a funded lease only beside another that runs", () => {
      fc.assert(
        fc.property(wants, actuals, (want, found) => {
          for (const action of plan(want, found)) {
            if (action.kind !== "delete" || want.kind === "gone" || action.server.status === "ERROR") continue;
            if (action.why === "relaunched") continue;
            const others = found.servers.filter(({ id, status }) => id !== action.server.id && status === "ACTIVE");
            expect(others).to.not.have.length(0);
          }
        }),
      );
    });
    it("evicts only a lease that may be, that nothing serves, whose holder waits too long, and deletes nothing of it", () => {
      fc.assert(
        fc.property(wants, actuals, (want, found) => {
          const actions = plan(want, found);
          if (!kinds(actions).includes("evict")) return;
          expect(want.kind === "running" && !want.awaited && want.evictable).to.equal(true);
          expect(found.overdue).to.equal(true);
          expect(isServed(want, found)).to.equal(false);
          expect(kinds(actions)).to.not.include.members(["delete"]);
          expect(found.servers.some((each) => each.status === "ACTIVE" && each.id === found.announcedId)).to.equal(
            false,
          );
        }),
        { numRuns: 2_000 },
      );
    });
    it("evicts what is overdue in the end, when the cloud makes nothing that works", () => {
      fc.assert(
        fc.property(actuals, fc.boolean(), (found, refuses) => {
          const world: Actual = { ...found, overdue: true, mayReboot: false };
          let now: { want: Want; world: Actual } = { want: active, world };
          if (isServed(now.want, now.world) !== false) return;
          for (let step = 0; step < 30; step++) {
            const actions = plan(now.want, now.world);
            if (kinds(actions).includes("evict")) return;
            const { failures } = now.world;
            if (refuses && kinds(actions).includes("create")) {
              now = { ...now, world: { ...now.world, failures: { ...failures, final: "the quota is used up" } } };
              continue;
            }
            now = actions.reduce(apply, now);
            const servers = now.world.servers.flatMap((each) => (each.task === "deleting" ? [] : [broken(each)]));
            now = { ...now, world: { ...now.world, servers } };
          }
          expect.fail(`it is never evicted: ${JSON.stringify(now.world)}`);
        }),
        { numRuns: 500 },
      );
    });
    it("declines only a pending lease", () => {
      fc.assert(
        fc.property(wants, actuals, (want, found) => {
          const waits = want.kind === "declined" || (want.kind === "running" && want.awaited);
          if (kinds(plan(want, found)).includes("decline")) expect(waits).to.equal(true);
        }),
      );
    });
    it("reaches what is wanted in a few steps, when the cloud does as it is told", () => {
      fc.assert(
        fc.property(wants, actuals, (want, found) => {
          const end = settle(want, found);
          expect(kinds(plan(end.want, end.world)).filter((kind) => kind !== "attention")).to.deep.equal([]);
          expect(isReached(end.want, end.world), JSON.stringify(end.world)).to.equal(true);
        }),
        { numRuns: 500 },
      );
    });
  });
});

const wants: fc.Arbitrary<Want> = fc.oneof(
  fc.constantFrom<Want>(
    { kind: "none" },
    { kind: "unchanged" },
    { kind: "stopped" },
    { kind: "gone" },
    { kind: "declined", reason: "no" },
  ),
  fc
    .record({
      awaited: fc.boolean(),
      evictable: fc.boolean(),
      launch: fc.constantFrom(LAUNCH, LATER),
      replace: fc.boolean(),
    })
    .map((fields): Want => ({ kind: "running", spec: SPEC, ...fields })),
);

const STATUSES: readonly ServerStatus[] = ["BUILD", "ACTIVE", "SHUTOFF", "ERROR", "BUSY", "UNKNOWN"];

const actuals: fc.Arbitrary<Actual> = fc
  .record({
    announcements: fc.nat(3),
    servers: fc.array(
      fc.record({
        status: fc.constantFrom(...STATUSES),
        task: fc.constantFrom(null, null, "deleting", "powering-off"),
        addressed: fc.boolean(),
        createdAt: fc.nat(3),
        launch: fc.constantFrom(LAUNCH, LATER),
        attempt: fc.integer({ min: 1, max: 3 }),
        announcements: fc.nat(3),
      }),
      { maxLength: 4 },
    ),
    announced: fc.option(fc.nat(3), { nil: undefined }),
    lastAttempt: fc.nat(2),
    final: fc.constantFrom(undefined, "no such image"),
    mayReboot: fc.boolean(),
    overdue: fc.boolean(),
  })
  .map(({ servers, announced, announcements, lastAttempt, final, mayReboot, overdue }) => ({
    mayReboot,
    overdue,
    consoleWanted: false,
    servers: servers.map(({ addressed, ...fields }, i) =>
      server({ ...fields, id: `server-${i}`, addresses: addressed ? [ADDRESS] : [] }),
    ),
    announcements,
    announcedId: announced === undefined ? undefined : `server-${announced}`,
    failures: { lastAttempt, final },
  }));

/** Plans and applies until nothing changes any more. */
function settle(want: Want, world: Actual): { want: Want; world: Actual } {
  let now = { want, world };
  for (let step = 0; step < 30; step++) {
    const actions = plan(now.want, now.world);
    now = actions.reduce(apply, now);
    now = { ...now, world: { ...now.world, servers: now.world.servers.flatMap(progress) } };
  }
  return now;
}

/** What time alone does in a cloud in which nothing works. */
function broken(each: OwnServer): OwnServer {
  return each.status === "BUSY" || each.status === "UNKNOWN" ? each : { ...each, status: "ERROR", task: null };
}

/** What time alone does in a cloud in which nothing fails. */
function progress(each: OwnServer): OwnServer[] {
  if (each.task === "deleting") return [];
  if (each.status === "ERROR" || each.status === "SHUTOFF") return [{ ...each, task: null }];
  return [{ ...each, status: each.task === "powering-off" ? "SHUTOFF" : "ACTIVE", task: null, addresses: [ADDRESS] }];
}

function apply(now: { want: Want; world: Actual }, action: Action): { want: Want; world: Actual } {
  const { want, world } = now;
  const change = (id: string, fields: Partial<OwnServer>) =>
    world.servers.map((each) => (each.id === id ? { ...each, ...fields } : each));
  switch (action.kind) {
    case "create": {
      const { announcements } = world;
      const launch = want.kind === "running" ? want.launch : LAUNCH;
      const made = server({ id: `made-${launch}`, launch, status: "BUILD", attempt: action.attempt, announcements });
      return { want, world: { ...world, servers: [...world.servers, made] } };
    }
    case "start":
      return { want, world: { ...world, servers: change(action.server.id, { status: "ACTIVE" }) } };
    case "stop":
      return { want, world: { ...world, servers: change(action.server.id, { status: "SHUTOFF" }) } };
    case "delete": {
      const lastAttempt = Math.max(world.failures.lastAttempt, action.why === "failed" ? action.server.attempt : 0);
      const servers = change(action.server.id, { task: "deleting" });
      return { want, world: { ...world, servers, failures: { ...world.failures, lastAttempt } } };
    }
    case "announce": {
      const announcements = world.announcements + 1;
      const next: Want = want.kind === "running" ? { ...want, awaited: false } : want;
      return { want: next, world: { ...world, announcements, announcedId: action.server.id } };
    }
    case "decline":
    case "evict":
      return { want: { kind: "stopped" }, world };
    case "reboot": {
      const servers = change(action.server.id, { status: "ACTIVE" });
      return { want, world: { ...world, servers, mayReboot: false } };
    }
    case "attention":
      return now;
  }
}

function isReached(want: Want, world: Actual): boolean {
  const running = world.servers.filter(({ status }) => status === "ACTIVE").length;
  const broken = world.servers.some(({ status }) => status === "ERROR");
  switch (want.kind) {
    case "unchanged":
      return true;
    case "gone":
      return world.servers.length === 0;
    case "none":
    case "stopped":
      return running === 0;
    case "running": {
      const waits = !want.replace && world.servers.some(({ launch }) => launch !== want.launch);
      return running === 1 || (running === 0 && broken) || waits;
    }
    case "declined":
      return false;
  }
}

describe("a lease that cannot be served", function () {
  this.timeout(20_000);
  it("gets at most so many servers", () => {
    let now: { want: Want; world: Actual } = { want: pending, world: actual() };
    let made = 0;
    for (let step = 0; step < 30; step++) {
      const actions = plan(now.want, now.world);
      made += kinds(actions).filter((kind) => kind === "create").length;
      now = actions.reduce(apply, now);
      const servers = now.world.servers.flatMap((each) =>
        each.task === "deleting" ? [] : [{ ...each, status: "ERROR" as const }],
      );
      now = { ...now, world: { ...now.world, servers } };
    }
    expect(made).to.equal(MAX_ATTEMPTS);
    expect(now.want.kind).to.equal("stopped");
  });
});
