// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createWorld, eventually, PRICE, type World } from "./world.ts";

describe("the appliance's metrics", function () {
  this.timeout(120_000);
  let world: World;
  let url: string;

  before(async () => {
    world = await createWorld();
    const va = await world.startVa({ METRICS_PORT: "0", STALE_MS: "3000" });
    url = va.ready.metrics ?? "";
    await eventually("an ask", async () => (await world.asks()).length === 1);
  });
  after(() => world?.stop());

  const get = (path: string) => fetch(new URL(path, url));
  const metric = async (name: string) => {
    const lines = (await (await get("metrics")).text()).split("\n");
    return Number(lines.find((line) => line.startsWith(`${name} `))?.split(" ")[1] ?? Number.NaN);
  };

  it("are served on the loopback only, in Prometheus' text format, with units in their names", async () => {
    expect(new URL(url).hostname).to.equal("127.0.0.1");
    const reply = await get("metrics");
    expect(reply.headers.get("content-type")).to.match(/^text\/plain; version=0\.0\.4/);
    const text = await reply.text();
    for (const [, name, type] of text.matchAll(/^# TYPE (xov_\S+) (\S+)$/gm)) {
      if (type === "counter") expect(name).to.match(/_total$/);
      if (type === "histogram") expect(name).to.match(/_seconds$/);
    }
  });

  it("count leases, servers, calls of the cloud and transactions", async () => {
    const { leaseId } = await world.lease();
    await world.pay(leaseId, PRICE);
    await eventually("active", async () => (await world.status(leaseId)).state === "active");
    await eventually("counted", async () => (await metric('xov_va_leases{state="active"}')) === 1);
    expect(await metric("xov_va_leases_with_server")).to.equal(1);
    expect(await metric('xov_va_transactions_total{kind="start",outcome="mined"}')).to.equal(1);
    expect(await metric('xov_va_cloud_call_duration_seconds_count{call="createServer",outcome="ok"}')).to.equal(1);
    expect(await metric("xov_va_asks")).to.be.at.least(1);
    const { timestamp } = await world.client.getBlock();
    expect(await metric('xov_va_block_timestamp_seconds{tag="latest"}')).to.be.within(
      Number(timestamp) - 5,
      Number(timestamp) + 5,
    );
  });

  it("tell readiness apart from life", async () => {
    expect((await get("health/live")).status).to.equal(200);
    expect((await get("health/ready")).status).to.equal(200);
    await world.anvil.stop();
    await eventually("not ready", async () => (await get("health/ready")).status === 503);
    const { reasons } = (await (await get("health/ready")).json()) as { reasons: string[] };
    expect(reasons.join()).to.contain("no news of the chain");
    expect((await get("health/live")).status).to.equal(200);
    expect((await get("elsewhere")).status).to.equal(404);
  });
});
