// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { TransactionError } from "../../offchain/chain/transactionError.ts";
import { launchKey } from "../../va/launch.ts";
import { ComputeError } from "../../va/openstack/compute.ts";
import { GRACE } from "./fakeChain.ts";
import { createRig, LEASE, type Rig } from "./rig.ts";

const LOST = new ComputeError("TIMEOUT", "no answer", { uncertain: true });
const DOWN = new ComputeError("UNAVAILABLE", "no connection");
const FULL = new ComputeError("QUOTA_EXCEEDED", "quota");
const NOT_MINED = new TransactionError({ code: "NOT_MINED", message: "late" });

type Step = (rig: Rig) => unknown;

const method = fc.constantFrom(
  ...([
    "listServers",
    "createServer",
    "startServer",
    "stopServer",
    "rebootServer",
    "deleteServer",
    "resolveImage",
    "getConsoleOutput",
  ] as const),
);
const when = fc.constantFrom("before", "after" as const);

/** What the world does to an appliance, and what the appliance does. */
const steps: fc.Arbitrary<readonly [name: string, step: Step]> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(["look", (rig: Rig) => rig.look()] as const) },
  { weight: 3, arbitrary: fc.constant(["settle", (rig: Rig) => rig.compute.settle()] as const) },
  { weight: 3, arbitrary: fc.constant(["mine", (rig: Rig) => rig.chain.mine()] as const) },
  fc.constantFrom(60, 400, 1_200, 3_700).map((s) => [`pass ${s}`, (rig: Rig) => rig.chain.mine(s)] as const),
  fc.constant(["restart", (rig: Rig) => rig.restart()] as const),
  fc
    .constantFrom(1, 2 as const)
    .map((depth) => [`reorg ${depth}`, (rig: Rig) => rig.chain.reorg(depth as 1 | 2)] as const),
  fc
    .tuple(method, when, fc.constantFrom(LOST, DOWN, FULL))
    .map(
      ([name, at, error]) =>
        [`fail ${name} ${at} ${error.code}`, (rig: Rig) => rig.compute.fail(name, { error, when: at })] as const,
    ),
  when.map((at) => [`fail send ${at}`, (rig: Rig) => rig.chain.failSend({ error: NOT_MINED, when: at })] as const),
  fc.constant([
    "drop",
    (rig: Rig) => {
      for (const { id } of rig.servers()) rig.compute.vanish(id);
    },
  ] as const),
  fc.constantFrom("SHUTOFF", "ERROR" as const).map(
    (status) =>
      [
        `force ${status}`,
        (rig: Rig) => {
          for (const { id } of rig.servers()) rig.compute.force(id, status);
        },
      ] as const,
  ),
  fc.constantFrom("ERROR", "ACTIVE" as const).map(
    (outcome) =>
      [
        `outcome ${outcome}`,
        (rig: Rig) => {
          rig.compute.outcome = () => outcome as "ERROR" | "ACTIVE";
        },
      ] as const,
  ),
  fc.boolean().map(
    (works) =>
      [
        `reboots ${works ? "work" : "fail"}`,
        (rig: Rig) => {
          rig.compute.reboots = works;
        },
      ] as const,
  ),
  fc.constantFrom("fund", "topUp", "launch", "stop").map((what) => [what, (rig: Rig) => holder(rig, what)] as const),
);

/** What a holder does, as far as the contracts let it. */
async function holder(rig: Rig, what: string): Promise<void> {
  const { chain } = rig;
  const now = chain.feed.heads()?.latest;
  if (now === undefined) return;
  chain.mine();
  const state = current;
  if (what === "fund" && state(chain) === "unfunded") chain.fund(LEASE);
  if (what === "topUp" && state(chain) === "active") chain.topUp(LEASE, 1_800n);
  // The contracts let nobody launch what is used up.
  if (what === "launch" && state(chain) === "active") {
    const { clock, exhaustedAt } = await chain.lease(LEASE, now);
    if (clock + 60n < exhaustedAt) chain.launch(LEASE, await rig.sealed({ userData: `# ${now.number}` }));
  }
  if (what === "stop" && ["pending", "active"].includes(state(chain))) chain.end(LEASE, "stopped");
}

let views: Map<object, string> = new Map();
function current(chain: Rig["chain"]): string {
  return views.get(chain) ?? "none";
}

async function refresh({ chain }: Rig): Promise<string> {
  const heads = chain.feed.heads();
  const state = heads === undefined ? "none" : (await chain.lease(LEASE, heads.latest)).state;
  views.set(chain, state);
  return state;
}

/** Watches every deletion: only what has failed unannounced, or whose lease is over or was launched anew for good. */
function guard(rig: Rig): void {
  const { compute, chain } = rig;
  const remove = compute.deleteServer;
  compute.deleteServer = async (server, signal) => {
    const heads = chain.feed.heads();
    if (heads === undefined) throw new Error("deleted before anything was final");
    const known = compute.servers.get(server.id);
    const final = await chain.lease(LEASE, heads.finalized);
    const isOutdated = await isReplaced(rig, known?.metadata.xov_launch);
    const mayGo = isOutdated || final.state === "closed" || known === undefined || known.status === "ERROR";
    expect(mayGo, `deleted a server in ${known?.status} of a lease that is finally ${final.state}`).to.equal(true);
    return remove(server, signal);
  };
}

/** Whether a later launch than a server's is final. */
async function isReplaced({ chain }: Rig, launch: string | undefined): Promise<boolean> {
  const launches = chain.feed.index().leases.get(LEASE)?.launches ?? [];
  const others = launches.filter((each) => launchKey(each) !== launch && each.number > Number(launch?.split("-")[0]));
  const found = await Promise.all(others.map((each) => chain.finalizedLaunch(LEASE, each, NEVER)));
  return found.some((testimonies) => testimonies.every(({ there }) => there));
}

const NEVER = new AbortController().signal;

describe("reconciler, whatever happens", function () {
  this.timeout(120_000);

  it("never runs two servers, never deletes a funded lease's, and ends where the chain says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 60 }), async (schedule) => {
        views = new Map();
        const rig = await createRig();
        guard(rig);
        await rig.funded();
        for (const [, step] of schedule) {
          await refresh(rig);
          await step(rig);
          const live = rig.servers().filter(({ status }) => status === "ACTIVE" || status === "BUILD");
          expect(live.length, "live servers").to.be.at.most(1);
        }
        await calm(rig);
      }),
      { numRuns: 150 },
    );
  });
});

/** Lets everything work from now on, and looks at where it comes to rest. */
async function calm(rig: Rig): Promise<void> {
  rig.compute.outcome = () => "ACTIVE";
  for (const { id, status } of rig.servers()) if (status === "ERROR") rig.compute.vanish(id);
  // What is still to fail does so now.
  await rig.run(80, 1);
  const state = await refresh(rig);
  const statuses = rig.servers().map(({ status }) => status);
  const heads = rig.chain.feed.heads();
  if (heads === undefined) throw new Error("the chain has no head");
  const { clock, exhaustedAt, overAt } = await rig.chain.lease(LEASE, heads.safe);
  if (state === "closed") expect(statuses, "closed").to.deep.equal([]);
  else if (state === "active" && clock < exhaustedAt) {
    expect(statuses, "active").to.deep.equal(["ACTIVE"]);
    const last = rig.chain.feed.index().leases.get(LEASE)?.launches.at(-1);
    expect(rig.servers()[0]?.metadata.xov_launch, "of the last launch").to.equal(last && launchKey(last));
  } else if (state === "active") {
    expect(clock < overAt && overAt - exhaustedAt === GRACE).to.equal(true);
    expect(
      statuses.filter((status) => status !== "SHUTOFF"),
      "in grace",
    ).to.deep.equal([]);
  } else expect(["unfunded", "none"], "neither served nor declined").to.include(state);
}
