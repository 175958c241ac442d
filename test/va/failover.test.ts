// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { expect } from "chai";
import type { Hex } from "viem";
import { createWorld, eventually, opened, PRICE, type World } from "./world.ts";

const LONG_MS = 60_000;

describe("two appliances on one cluster", function () {
  this.timeout(180_000);
  let world: World;
  let first: Awaited<ReturnType<World["startVa"]>>;

  before(async () => {
    world = await createWorld();
    first = await world.startVa();
    await world.startVa({ DATA_DIR: join(world.dir, "data-2") });
    await eventually("an ask", async () => (await world.asks()).length === 1);
  });
  after(() => world?.stop());

  const servers = (leaseId: Hex) =>
    world.cloud.control.servers().filter(({ metadata }) => metadata.xov_lease === leaseId);
  const served = async ({ leaseId, keys }: Awaited<ReturnType<World["lease"]>>) => {
    await eventually("active", async () => (await world.status(leaseId)).state === "active", LONG_MS);
    await eventually(
      "runs",
      () =>
        servers(leaseId)
          .map(({ status }) => status)
          .join() === "ACTIVE",
      LONG_MS,
    );
    expect((await opened((await world.posted(leaseId))[0], keys.ageIdentity)).addresses).to.have.length(1);
  };
  const paid = async () => {
    const lease = await world.lease();
    await world.pay(lease.leaseId, PRICE);
    return lease;
  };
  /** How many servers the cloud was ever asked for, by lease: names tell them apart. */
  const asked = () => world.cloud.control.calls("POST", "/servers$").length;

  it("serve a lease once, with the same hot key", async () => {
    const before = asked();
    await served(await paid());
    expect(asked() - before).to.equal(1);
    expect(await world.asks()).to.have.length(1);
  });

  it("go on with one when the other is killed in the middle of its work, and boot nothing twice", async () => {
    const leases = [await world.lease(), await world.lease(), await world.lease()];
    const before = asked();
    for (const { leaseId } of leases) await world.pay(leaseId, PRICE);
    await eventually("the first is asked for", () => asked() > before, LONG_MS);
    first.kill9();
    await first.exited;
    for (const lease of leases) await served(lease);
    expect(world.cloud.control.servers()).to.have.length(4);
    await served(await paid());
    expect(world.cloud.control.servers()).to.have.length(5);
    await world.pass(3_610);
    await eventually(
      "all are stopped",
      () => world.cloud.control.servers().every(({ status }) => status === "SHUTOFF"),
      LONG_MS,
    );
  });
});
