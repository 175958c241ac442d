// SPDX-License-Identifier: Apache-2.0
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { systemClock as clock } from "../../../offchain/core/clock.ts";
import { until } from "../../../scripts/demo/steps.ts";
import type { Daemon } from "../../../scripts/devnet/daemons.ts";
import { openTokenMarket, type Shop, type TokenMarket } from "../../../scripts/devnet/tokenMarket.ts";
import { stopBySignature, takeWithPermit } from "../../../scripts/devnet/tokenUser.ts";
import type { SignedTake } from "../../../scripts/devnet/user.ts";

const { signal } = new AbortController();
/** Several full passes of a VA of the local network. */
const PASSES_MS = 12_000;

describe("a provider in two pools, with two VAs on one cluster", function () {
  this.timeout(240_000);
  let market: TokenMarket;
  let vas: Daemon[];
  let leases: SignedTake[];

  before(async () => {
    market = await openTokenMarket({ pools: 2 });
    vas = await Promise.all(market.shops.map((shop) => shop.startVa()));
  });
  after(async () => {
    await Promise.all((vas ?? []).map((va) => va.stop()));
    await market?.stop();
  });

  const eventually = <T>(what: string, ask: () => Promise<T | undefined>) => until(what, ask, { clock, signal });
  const shopAt = (n: number): Shop => market.shops[n] ?? fail();
  const leaseAt = (n: number): SignedTake => leases[n] ?? fail();
  const serversOf = (n: number) =>
    market.cloud.control.servers().filter(({ metadata }) => metadata.xov_lease === leaseAt(n).leaseId);
  /** What was asked of the cloud that changes a server. */
  const changes = (id: string) => [
    ...market.cloud.control.calls("DELETE", `/servers/${id}`),
    ...market.cloud.control.calls("POST", `/servers/${id}/action`),
  ];

  it("serves a lease in each, with a server of the right appliance", async () => {
    expect(shopAt(0).pool).to.not.equal(shopAt(1).pool);
    leases = [];
    for (const { appliance } of market.shops) {
      const ask = await eventually("an ask", () => market.chain.openAsk(appliance));
      leases.push(await takeWithPermit(market, ask.order, 5));
    }
    for (const n of [0, 1]) {
      await eventually("active", async () =>
        (await market.chain.lease(leaseAt(n).leaseId))?.state === "active" ? true : undefined,
      );
      expect(serversOf(n).map(({ status }) => status)).to.deep.equal(["ACTIVE"]);
      expect(serversOf(n)[0]?.metadata.xov_appliance).to.equal(`${shopAt(n).appliance}`);
    }
  });

  it("touches no server of the other one: not in passing, not when it has lost all it knew, not when its own lease ends", async () => {
    const [other] = serversOf(1);
    if (other === undefined) throw new Error("no server");
    const before = changes(other.id).length;
    await vas[1]?.stop();
    await vas[0]?.stop();
    await rm(join(market.stack.dir, "va-0"), { recursive: true });
    vas[0] = await shopAt(0).startVa();
    await clock.sleep(PASSES_MS);
    expect(await stopBySignature(market, leaseAt(0).leaseId, leaseAt(0).keys)).to.equal(202);
    await eventually("its own server is deleted", async () => (serversOf(0).length === 0 ? true : undefined));
    await clock.sleep(PASSES_MS / 2);
    expect(changes(other.id).length).to.equal(before);
    expect(serversOf(1).map(({ id, status }) => `${id} ${status}`)).to.deep.equal([`${other.id} ACTIVE`]);
    expect(market.cloud.control.ports().some(({ deviceId }) => deviceId === other.id)).to.equal(true);
  });

  it("ends a lease whose VA was away without the other one's help", async () => {
    expect(await stopBySignature(market, leaseAt(1).leaseId, leaseAt(1).keys)).to.equal(202);
    await clock.sleep(PASSES_MS / 2);
    expect(serversOf(1)).to.have.length(1);
    vas[1] = await shopAt(1).startVa();
    await eventually("its server is deleted", async () => (serversOf(1).length === 0 ? true : undefined));
    expect(market.cloud.control.servers()).to.have.length(0);
  });
});

function fail(): never {
  throw new Error("there is no such one");
}
