// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createWorld, eventually, opened, PRICE, type World } from "./world.ts";

describe("the appliance's process", function () {
  this.timeout(120_000);
  let world: World;

  before(async () => {
    world = await createWorld();
  });
  after(async () => {
    await world?.stop();
  });

  it("offers what fits, boots a paid lease, posts its access details, stops it at zero and deletes it after grace", async () => {
    await world.startVa();
    await eventually("an ask", async () => (await world.asks()).length === 1);
    const { leaseId, keys } = await world.lease();
    expect(world.cloud.control.servers()).to.have.length(0);
    await world.pay(leaseId, PRICE);
    await eventually("active", async () => (await world.status(leaseId)).state === "active");
    const access = await opened((await world.posted(leaseId))[0], keys.ageIdentity);
    expect(access.user).to.equal("debian");
    expect(access.addresses).to.have.length(1);
    expect(world.cloud.control.servers().map(({ status }) => status)).to.deep.equal(["ACTIVE"]);

    const seen = async (status: string) =>
      eventually(status, () => world.cloud.control.servers().some((server) => server.status === status));
    await world.pass(1800);
    await world.pass(1810);
    await seen("SHUTOFF");
    await world.pay(leaseId, PRICE);
    await seen("ACTIVE");
    expect(await world.posted(leaseId)).to.have.length(1);
    await world.pass(1800);
    await world.pass(1810);
    await seen("SHUTOFF");
    await world.pass(3600);
    await eventually("gone", () => world.cloud.control.servers().length === 0);
    await eventually("closed", async () => (await world.status(leaseId)).stored === "closed");
  });
});
