// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "chai";
import type { Hex } from "viem";
import { z } from "zod";
import { systemClock } from "../../../offchain/core/clock.ts";
import { type Api, accounts, logIn } from "../../../scripts/openstack/api.ts";
import { readPlace } from "../../../scripts/openstack/place.ts";
import { leaseTag, ownerTag } from "../../../va/identity.ts";
import { openStackCompute, parseCredential } from "../../../va/openstack/index.ts";
import { listPorts, portDescription } from "../../../va/openstack/ports.ts";
import { createSession } from "../../../va/openstack/session.ts";
import { createWorldOn, eventually, OFFERS, opened, PRICE } from "../world.ts";

const file = process.env.XOV_OPENSTACK_CREDENTIAL ?? "";
const LONG_MS = 120_000;
const nothing = z.unknown();
const servicesSchema = z.object({ services: z.array(z.object({ id: z.string() })) });

/** A world whose cloud is the real one. */
async function openWorld() {
  const credential = parseCredential(readFileSync(file, "utf8"));
  const world = await createWorldOn({
    openCloud: async () => ({ credential, close: async () => undefined }),
    offers: { ...OFFERS, images: [{ name: "tiny", user: "root" }] },
    environment: { CLOUD_POLL_MS: "500", CLOUD_DEADLINE_MS: "20000", FULL_PASS_MS: "5000", HOST_KEY_WAIT_MS: "0" },
  });
  const { signal } = new AbortController();
  const compute = openStackCompute({ credential, clock: systemClock });
  const session = createSession({ credential, clock: systemClock, deadlineMs: 30_000 });
  const owner = ownerTag({
    chainId: world.deployment.chainId,
    leases: world.deployment.contracts.Leases,
    appliance: world.appliance,
  });
  const servers = (leaseId: Hex) => compute.listServers(leaseTag(leaseId), signal);
  return {
    ...world,
    compute,
    signal,
    servers,
    all: () => compute.listServers(owner, signal),
    ports: () => listPorts(session, { description: portDescription(owner) }, signal),
    seen: (leaseId: Hex, ...statuses: string[]) =>
      eventually(
        `${leaseId} ${statuses}`,
        async () => (await servers(leaseId)).map(({ status }) => status).join() === statuses.join(),
        LONG_MS,
      ),
    active: (leaseId: Hex) =>
      eventually("active", async () => (await world.status(leaseId)).state === "active", LONG_MS),
    async paid() {
      const lease = await world.lease();
      await world.pay(lease.leaseId, PRICE);
      return lease;
    },
  };
}

/** Where XOV_OPENSTACK_CREDENTIAL names a credential file, of a cloud that `scripts/openstack` has brought up. */
(file === "" ? describe.skip : describe)("the appliance's process on a real cloud", function () {
  this.timeout(4 * LONG_MS);
  let world: Awaited<ReturnType<typeof openWorld>>;
  let va: Awaited<ReturnType<typeof world.startVa>>;
  let admin: Api;

  before(async () => {
    const place = await readPlace(dirname(file));
    if (place === undefined) throw new Error(`${dirname(file)} holds no cloud of scripts/openstack`);
    admin = await logIn(place, accounts(place).admin);
    world = await openWorld();
    va = await world.startVa();
    await eventually("an ask", async () => (await world.asks()).length === 1, LONG_MS);
  });
  after(async () => {
    await world?.stop();
  });

  const restart = async () => {
    va.kill9();
    await va.exited;
    va = await world.startVa();
  };

  it("boots a paid lease, stops it at zero, revives it, and deletes it after grace", async () => {
    const { leaseId, keys } = await world.paid();
    await world.active(leaseId);
    const access = await opened((await world.posted(leaseId))[0], keys.ageIdentity);
    const [server] = await world.servers(leaseId);
    expect(access.user).to.equal("root");
    expect(access.addresses.map(({ address }) => address)).to.deep.equal([server?.addresses[0]?.address]);

    await world.pass(3610);
    await world.seen(leaseId, "SHUTOFF");
    await world.pay(leaseId, PRICE);
    await world.seen(leaseId, "ACTIVE");
    expect((await world.servers(leaseId))[0]?.id).to.equal(server?.id);
    await world.pass(3610);
    await world.seen(leaseId, "SHUTOFF");
    await world.pass(3600);
    await world.seen(leaseId);
    await eventually("closed", async () => (await world.status(leaseId)).stored === "closed", LONG_MS);
  });

  it("has one server after it was killed while the cloud was making it", async () => {
    const { leaseId } = await world.paid();
    await eventually("asked for", async () => (await world.servers(leaseId)).length === 1, LONG_MS);
    await restart();
    await world.active(leaseId);
    await world.seen(leaseId, "ACTIVE");
    expect(await world.posted(leaseId)).to.have.length(1);
  });

  it("has one server for each lease when a second process works beside it", async () => {
    const second = await world.startVa({ DATA_DIR: `${world.dir}/second` });
    const leases: Hex[] = [];
    for (let i = 0; i < 4; i++) leases.push((await world.paid()).leaseId);
    for (const leaseId of leases) await world.active(leaseId);
    for (const leaseId of leases) {
      await world.seen(leaseId, "ACTIVE");
      expect(await world.posted(leaseId)).to.have.length(1);
    }
    await second.stop();
  });

  it("makes a new server for one that is deleted behind its back", async () => {
    const { leaseId } = await world.paid();
    await world.active(leaseId);
    const [first] = await world.servers(leaseId);
    if (first === undefined) throw new Error("no server");
    await world.compute.deleteServer(first, world.signal);
    await eventually("posted again", async () => (await world.posted(leaseId)).length === 2, LONG_MS);
    expect((await world.servers(leaseId)).map(({ id }) => id))
      .to.have.length(1)
      .and.not.include(first.id);
  });

  it("declines with the cloud's reason when no host takes the server", async () => {
    const { services } = await admin.get("nova", "/os-services?binary=nova-compute", servicesSchema);
    const set = (status: "enabled" | "disabled") =>
      Promise.all(services.map(({ id }) => admin.send("PUT", "nova", `/os-services/${id}`, { status }, nothing)));
    await set("disabled");
    try {
      const { leaseId } = await world.paid();
      const said = await eventually("declined", () => world.declined(leaseId), LONG_MS);
      expect(said).to.match(/No valid host/);
      await world.seen(leaseId);
    } finally {
      await set("enabled");
    }
  });

  it("declines with the reason when the quota is used up by others", async () => {
    const { leaseId } = await world.lease();
    const path = `/os-quota-sets/${parseCredential(readFileSync(file, "utf8")).project_id}`;
    const set = (instances: number) =>
      admin.send("PUT", "nova", path, { quota_set: { instances, force: true } }, nothing);
    await set(1);
    try {
      await world.pay(leaseId, PRICE);
      const said = await eventually("declined", () => world.declined(leaseId), LONG_MS);
      expect(said).to.match(/quota/i);
      await world.seen(leaseId);
    } finally {
      await set(100);
    }
  });

  it("leaves no server and no port when all leases are over", async () => {
    await world.pass(3610);
    await world.pass(3610);
    await eventually("no server", async () => (await world.all()).length === 0, LONG_MS);
    await eventually("no port", async () => (await world.ports()).length === 0, LONG_MS);
  });
});
