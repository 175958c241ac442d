// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { openAccessDetails } from "../../offchain/lease/accessDetails.ts";
import { ComputeError, type ComputeErrorCode } from "../../va/openstack/compute.ts";
import type { ComputeFault } from "../fakes/compute.ts";
import { createRig, type Rig } from "./rig.ts";

/** A call that fails so from now on. */
function always(code: ComputeErrorCode, message: string): ComputeFault[] {
  return Array(1_000).fill({ error: new ComputeError(code, message), when: "before" });
}

describe("what a holder is told when it cannot be served", function () {
  this.timeout(20_000);
  let rig: Rig;
  beforeEach(async () => {
    rig = await createRig();
  });
  const declined = () => {
    const [last] = rig.chain.sent.filter(({ kind }) => kind === "decline");
    return last?.kind === "decline" ? last.explanation : undefined;
  };

  const cases: [
    what: string,
    method: "resolveImage" | "resolveFlavor" | "resolveNetwork" | "resolveAccess" | "createServer",
    code: ComputeErrorCode,
    message: string,
    shown: RegExp,
  ][] = [
    [
      "the image is missing",
      "resolveImage",
      "NOT_FOUND",
      'No image "debian-12"',
      /does not have what .*: No image "debian-12"/,
    ],
    ["the flavor is missing", "resolveFlavor", "NOT_FOUND", 'No flavor "m1.small"', /No flavor "m1.small"/],
    ["the network is missing", "resolveNetwork", "NOT_FOUND", 'No network "xov-net"', /No network "xov-net"/],
    ["a security group is missing", "resolveAccess", "NOT_FOUND", 'No security group "web"', /No security group "web"/],
    ["no router leads out", "createServer", "NOT_FOUND", "External network is not reachable", /not reachable/],
    [
      "the quota is exhausted",
      "createServer",
      "QUOTA_EXCEEDED",
      "Quota exceeded for cores",
      /full: its quota is used up/,
    ],
    [
      "the cloud refuses the request",
      "createServer",
      "BAD_REQUEST",
      "Flavor's disk is too small",
      /refuses the server: Flavor's disk/,
    ],
    ["the user data is too long", "createServer", "TOO_LARGE", "too many bytes", /refuses the server: too many bytes/],
  ];
  for (const [what, method, code, message, shown] of cases) {
    it(`declines at once when ${what}`, async () => {
      rig.compute.fail(method, ...always(code, message));
      await rig.funded();
      await rig.run();
      expect(declined()).to.match(shown);
      expect(rig.servers()).to.have.length(0);
    });
  }

  const passing: [code: ComputeErrorCode, shown: RegExp][] = [
    ["UNAUTHORIZED", /refuses the provider's credential/],
    ["FORBIDDEN", /may not make servers/],
    ["RATE_LIMITED", /too busy/],
    ["UNAVAILABLE", /not available/],
    ["TIMEOUT", /did not answer/],
    ["BAD_REPLY", /did not answer/],
    ["CONFLICT", /did not answer/],
  ];
  for (const [code, shown] of passing) {
    it(`waits with ${code}, which may pass, and says it when time runs out`, async () => {
      rig.compute.fail("createServer", ...always(code, "x"));
      await rig.funded();
      await rig.run(5, 100);
      expect(declined()).to.equal(undefined);
      await rig.run(20, 100);
      expect(declined())
        .to.match(shown)
        .and.match(/not ready in time/);
    });
  }

  it("tells which fault the second server had too", async () => {
    rig.compute.outcome = () => "ERROR";
    await rig.funded();
    await rig.run(20);
    expect(declined()).to.equal("No valid host was found.");
    expect(rig.compute.calls.get("createServer")).to.equal(2);
  });

  it("waits for the floating IP that the policy promises, but not for ever", async () => {
    rig.offers.access = { ...rig.offers.access, floatingNetwork: "public" };
    (rig.hands as { hostKeyWaitMs: number }).hostKeyWaitMs = 60_000;
    await rig.funded();
    await rig.run(4);
    const [server] = rig.servers();
    expect(server?.status).to.equal("ACTIVE");
    expect(rig.chain.sent).to.have.length(0);
    if (server === undefined) throw new Error("no server");
    const floating = { network: "xov-net", address: "203.0.113.7", version: 4, type: "floating" } as const;
    rig.compute.servers.set(server.id, { ...server, addresses: [...server.addresses, floating] });
    await rig.run(2);
    const [start] = rig.chain.sent;
    if (start?.kind !== "start") throw new Error("not started");
    const { addresses } = await openAccessDetails(start.sealedAccess, rig.holderIdentity);
    expect(addresses.map(({ address }) => address)).to.deep.equal(["203.0.113.7", "10.0.0.1"]);
  });

  it("starts without the floating IP rather than too late", async () => {
    rig.offers.access = { ...rig.offers.access, floatingNetwork: "public" };
    (rig.hands as { hostKeyWaitMs: number }).hostKeyWaitMs = 60_000;
    await rig.funded();
    await rig.run(14);
    expect(rig.chain.sent.map(({ kind }) => kind)).to.deep.equal(["start"]);
  });

  it("puts the console's URL among the access details, and goes without where the cloud fails to tell it", async () => {
    rig.compute.consoleUrl = "https://console.cloud.test/vnc_auto.html?token=1";
    rig.compute.fail("getConsoleUrl", { error: new ComputeError("UNAVAILABLE", "x"), when: "before" });
    await rig.funded();
    await rig.run();
    const [start] = rig.chain.sent;
    if (start?.kind !== "start") throw new Error("not started");
    expect((await openAccessDetails(start.sealedAccess, rig.holderIdentity)).consoleUrl).to.equal(undefined);
    rig = await createRig();
    rig.compute.consoleUrl = "https://console.cloud.test/vnc_auto.html?token=1";
    await rig.funded();
    await rig.run();
    const [again] = rig.chain.sent;
    if (again?.kind !== "start") throw new Error("not started");
    const details = await openAccessDetails(again.sealedAccess, rig.holderIdentity);
    expect(details.consoleUrl).to.equal(rig.compute.consoleUrl);
  });
});
