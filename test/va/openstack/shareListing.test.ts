// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Server } from "../../../va/openstack/compute.ts";
import { shareListing } from "../../../va/openstack/index.ts";
import { openRig, type Rig } from "./rig.ts";

const OWNER = "xov-test";
const { signal } = new AbortController();

describe("shareListing", () => {
  let rig: Rig;
  /** Tags of the lists that were asked of the cloud. */
  let lists: string[];
  /** Set: no list is answered before. */
  let gate: Promise<void> | undefined;
  const share = () =>
    shareListing(
      {
        ...rig.compute,
        async listServers(tag, stop) {
          lists.push(tag);
          const answer = await rig.compute.listServers(tag, stop);
          await gate;
          return answer;
        },
      },
      OWNER,
    );
  const make = async (lease: string) =>
    rig.compute.createServer(await rig.request(lease, { tags: [OWNER, lease] }), signal);
  const names = (servers: readonly Server[]) => servers.map(({ name }) => name);

  beforeEach(async () => {
    rig = await openRig();
    lists = [];
    gate = undefined;
  });
  afterEach(() => rig.cloud.close());

  it("asks for one lease by its own tag", async () => {
    await make("a");
    expect(names(await share().listServers("a", signal))).to.deep.equal(["a"]);
    expect(lists).to.deep.equal(["a"]);
  });

  it("answers many at once from one list, each with its own servers", async () => {
    const leases = ["a", "b", "c", "d", "e", "f"];
    for (const lease of leases) await make(lease);
    const compute = share();
    const found = await Promise.all(leases.map((lease) => compute.listServers(lease, signal)));
    expect(found.map(names)).to.deep.equal(leases.map((lease) => [lease]));
    expect(lists).to.deep.equal(["a", "b", OWNER]);
  });

  it("tells nobody of a time before its question", async () => {
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const compute = share();
    const early = ["a", "b", "c"].map((lease) => compute.listServers(lease, signal));
    while (lists.length < 3) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 200)); // the list of all was read
    await make("late");
    const late = compute.listServers("late", signal);
    open();
    expect(names(await late)).to.deep.equal(["late"]);
    expect((await Promise.all(early)).map(names)).to.deep.equal([[], [], []]);
    expect(lists).to.deep.equal(["a", "b", OWNER, OWNER]);
  });

  it("asks again after a list that failed, and fails only who waited for it", async () => {
    rig.cloud.control.fault({ path: "/servers/detail", times: 1, effect: { kind: "status", status: 403 } });
    const compute = shareListing(rig.compute, OWNER);
    const all = await Promise.allSettled(["a", "b", "c"].map((lease) => compute.listServers(lease, signal)));
    expect(all.filter(({ status }) => status === "rejected")).to.have.length(1);
    expect(await compute.listServers("a", signal)).to.deep.equal([]);
  });

  it("lets one go that is stopped", async () => {
    gate = new Promise(() => undefined);
    const compute = share();
    const stop = new AbortController();
    void compute.listServers("a", signal);
    void compute.listServers("b", signal);
    const third = compute.listServers("c", stop.signal);
    stop.abort(new Error("enough"));
    expect(await third.catch((error: unknown) => error)).to.have.property("message", "enough");
  });
});
