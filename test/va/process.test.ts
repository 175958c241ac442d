// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Hex } from "viem";
import { createWorld, eventually, OFFER, opened, PRICE, type World } from "./world.ts";

describe("the appliance's process", function () {
  this.timeout(180_000);
  let world: World;
  let va: Awaited<ReturnType<World["startVa"]>>;

  before(async () => {
    world = await createWorld();
    va = await world.startVa();
    await eventually("an ask", async () => (await world.asks()).length === 1);
  });
  after(async () => {
    await world?.stop();
  });

  const servers = (leaseId: Hex) =>
    world.cloud.control.servers().filter(({ metadata }) => metadata.xov_lease === leaseId);
  const seen = (leaseId: Hex, ...statuses: string[]) =>
    eventually(`${leaseId} ${statuses}`, () => {
      const now = servers(leaseId).map(({ status }) => status);
      return now.join() === statuses.join();
    });
  const active = (leaseId: Hex) => eventually("active", async () => (await world.status(leaseId)).state === "active");
  const paid = async (...args: Parameters<World["lease"]>) => {
    const lease = await world.lease(...args);
    await world.pay(lease.leaseId, PRICE);
    return lease;
  };
  const restart = async () => {
    va.kill9();
    await va.exited;
    va = await world.startVa();
  };

  it("offers what its offer's maximum and the cloud's room allow", async () => {
    expect((await world.asks()).map(({ quantity }) => quantity)).to.deep.equal([OFFER.maximum]);
    world.cloud.control.setQuotas({ instances: 3 });
    await eventually("less", async () => (await world.asks())[0]?.quantity === 3);
    await restart();
    world.cloud.control.setQuotas({ instances: 100 });
    await eventually("more", async () => (await world.asks())[0]?.quantity === OFFER.maximum);
    expect(await world.asks()).to.have.length(1);
  });

  it("boots a paid lease, posts its access details, stops it at zero, revives it, and deletes it after grace", async () => {
    const { leaseId, keys } = await world.lease();
    expect(servers(leaseId)).to.have.length(0);
    await world.pay(leaseId, PRICE);
    await active(leaseId);
    const access = await opened((await world.posted(leaseId))[0], keys.ageIdentity);
    expect(access.user).to.equal("debian");
    expect(access.addresses).to.have.length(1);
    await seen(leaseId, "ACTIVE");

    await world.pass(3610);
    await seen(leaseId, "SHUTOFF");
    await world.pay(leaseId, PRICE);
    await seen(leaseId, "ACTIVE");
    expect(await world.posted(leaseId)).to.have.length(1);
    await world.pass(3610);
    await seen(leaseId, "SHUTOFF");
    await world.pass(3600);
    await seen(leaseId);
    await eventually("closed", async () => (await world.status(leaseId)).stored === "closed");
  });

  it("shows its holder the console, and the holder alone", async () => {
    const { leaseId, keys } = await paid();
    await active(leaseId);
    await world.requestConsole(leaseId, keys.account);
    await eventually("answered", async () => (await world.posted(leaseId)).length === 2);
    const [first, second] = await world.posted(leaseId);
    const { consoleLog, ...access } = await opened(second, keys.ageIdentity);
    expect(consoleLog)
      .to.match(/login:$/)
      .and.contain("Linux version");
    expect(access).to.deep.equal(await opened(first, keys.ageIdentity));
    const stranger = await world.lease();
    expect(await opened(second, stranger.keys.ageIdentity).catch(() => "refused")).to.equal("refused");
    expect(await world.written()).to.not.contain("Linux version");
  });

  it("has one server after it was killed between the boot request and its answer", async () => {
    world.cloud.control.fault({ method: "POST", path: "/servers$", effect: { kind: "delay", ms: 5_000 } });
    const { leaseId } = await paid();
    await eventually("asked for", () => servers(leaseId).length === 1);
    await restart();
    await active(leaseId);
    await seen(leaseId, "ACTIVE");
    expect(await world.posted(leaseId)).to.have.length(1);
  });

  it("has one server after it was killed at any moment", async () => {
    const { leaseId } = await world.lease();
    await world.pay(leaseId, PRICE);
    for (let i = 0; i < 3; i++) await restart();
    await active(leaseId);
    await seen(leaseId, "ACTIVE");
  });

  it("has one server when the answer to the boot request is lost", async () => {
    world.cloud.control.fault({ method: "POST", path: "/servers$", effect: { kind: "loseReply" } });
    const { leaseId } = await paid();
    await active(leaseId);
    await seen(leaseId, "ACTIVE");
  });

  it("makes a new server for one that is dropped behind its back", async () => {
    const { leaseId, keys } = await paid();
    await active(leaseId);
    const [first] = servers(leaseId);
    if (first === undefined) throw new Error("no server");
    world.cloud.control.vanish(first.id);
    await eventually("posted again", async () => (await world.posted(leaseId)).length === 2);
    expect(servers(leaseId).map(({ id }) => id))
      .to.have.length(1)
      .and.not.include(first.id);
    await opened((await world.posted(leaseId))[1], keys.ageIdentity);
  });

  it("declines with the reason, and takes nothing", async () => {
    const image = await paid({ image: "no-such-image" });
    const broken = await paid({ sealed: new TextEncoder().encode("not sealed") });
    await eventually("declined", async () => /not offered/.test((await world.declined(image.leaseId)) ?? ""));
    await eventually("declined", async () => /cannot be opened/.test((await world.declined(broken.leaseId)) ?? ""));
    expect((await world.status(image.leaseId)).earned).to.equal(0n);
    expect([...servers(image.leaseId), ...servers(broken.leaseId)]).to.have.length(0);
  });

  it("declines with the cloud's reason when no host has room", async () => {
    world.cloud.control.setHosts([]);
    const { leaseId } = await paid();
    await eventually("declined", async () => /No valid host/.test((await world.declined(leaseId)) ?? ""));
    await seen(leaseId);
    world.cloud.control.setHosts([{ name: "dev-host", vcpus: 128, ram: 32_768, disk: 9_600 }]);
  });

  it("goes on after the cloud was away and its tokens were revoked", async () => {
    world.cloud.control.revokeTokens();
    world.cloud.control.fault({ path: "/servers", times: 20, effect: { kind: "status", status: 503 } });
    const { leaseId } = await paid();
    await active(leaseId);
  });

  it("takes back a day later what it does not owe of the collateral of leases that never started", async () => {
    const owed = await paid({ image: "no-such-image" });
    const small = await paid({ image: "no-such-image" });
    const unpaid = await world.lease();
    for (const { leaseId } of [owed, small]) {
      await eventually("declined", async () => (await world.status(leaseId)).stored === "closed");
    }
    await world.pay(owed.leaseId, 2n * PRICE);
    const whole = await world.collateral(owed.leaseId);
    await world.skip(3_700);
    await eventually("closed", async () => (await world.status(unpaid.leaseId)).stored === "closed");
    expect(await world.collateral(unpaid.leaseId)).to.equal(whole);
    await world.skip(86_400);
    await eventually("released", async () => (await world.collateral(unpaid.leaseId)) === 0n);
    await eventually("released", async () => (await world.collateral(small.leaseId)) === 0n);
    expect(await world.collateral(owed.leaseId)).to.equal(whole);
  });

  it("writes no secret to its log or its data", async () => {
    const written = await world.written();
    expect(written).to.contain("announce");
    for (const secret of world.secrets()) expect(written.includes(secret), "a secret").to.equal(false);
  });

  it("ends at once and cleanly on SIGTERM", async () => {
    await va.stop();
    expect(await va.exited).to.deep.include({ code: 0 });
  });
});
