// SPDX-License-Identifier: Apache-2.0
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect } from "chai";
import { openAccessDetails } from "../../offchain/lease/accessDetails.ts";
import { sealAccess } from "../../va/access.ts";
import { accessPolicySchema, firewallRules, letsIn, versionsOf } from "../../va/accessPolicy.ts";
import type { ServerAddress } from "../../va/openstack/compute.ts";

describe("the access policy", () => {
  const isGood = (policy: unknown) => accessPolicySchema.safeParse(policy).success;

  it("leaves everything to the cloud when it is empty", () => {
    const policy = accessPolicySchema.parse({});
    expect(policy).to.deep.equal({ securityGroups: [], rules: [] });
    expect(versionsOf(policy)).to.equal(undefined);
    expect(firewallRules(policy)).to.deep.equal([]);
  });

  it("takes addresses, groups and rules, and a floating IP only beside IPv4", () => {
    expect(isGood({ addresses: ["ipv4", "ipv6"], floatingNetwork: "public", securityGroups: ["web"] })).to.equal(true);
    expect(isGood({ floatingNetwork: "public" })).to.equal(true);
    expect(isGood({ addresses: ["ipv6"], floatingNetwork: "public" })).to.equal(false);
  });

  it("refuses what no cloud understands", () => {
    const wrong = [
      { addresses: [] },
      { addresses: ["ipv4", "ipv4"] },
      { addresses: ["ipv5"] },
      { securityGroups: ["a", "a"] },
      { rules: [{ protocol: "sctp" }] },
      { rules: [{ protocol: "tcp", ports: [30, 20] }] },
      { rules: [{ protocol: "tcp", ports: 0 }] },
      { rules: [{ protocol: "tcp", ports: 70_000 }] },
      { rules: [{ protocol: "icmp", ports: 22 }] },
      { rules: [{ protocol: "any", ports: 22 }] },
      { rules: [{ protocol: "tcp", from: "10.0.0.1" }] },
      { rules: [{ protocol: "tcp", from: "10.0.0.0/33" }] },
      { floatingIp: "public" },
    ];
    for (const each of wrong) expect(isGood(each), JSON.stringify(each)).to.equal(false);
  });

  it("makes a rule for each IP version that it is about", () => {
    const rules = (...given: object[]) => firewallRules(accessPolicySchema.parse({ rules: given }));
    expect(rules({ protocol: "tcp", ports: 22 })).to.deep.equal([
      { version: 4, protocol: "tcp", ports: [22, 22], from: undefined },
      { version: 6, protocol: "tcp", ports: [22, 22], from: undefined },
    ]);
    expect(rules({ protocol: "any", from: "fd00::/8" })).to.deep.equal([
      { version: 6, protocol: undefined, ports: undefined, from: "fd00::/8" },
    ]);
    expect(rules({ protocol: "udp", ports: [1, 9], from: "0.0.0.0/0" })).to.deep.equal([
      { version: 4, protocol: "udp", ports: [1, 9], from: undefined },
    ]);
  });

  it("knows what lets SSH in from anywhere", () => {
    const open = (rule: object, version: 4 | 6 = 4) =>
      letsIn(firewallRules(accessPolicySchema.parse({ rules: [rule] })), version, 22);
    expect(open({ protocol: "tcp", ports: 22 })).to.equal(true);
    expect(open({ protocol: "tcp" }, 6)).to.equal(true);
    expect(open({ protocol: "any" })).to.equal(true);
    expect(open({ protocol: "tcp", ports: [20, 30], from: "0.0.0.0/0" })).to.equal(true);
    expect(open({ protocol: "tcp", ports: 22, from: "0.0.0.0/0" }, 6)).to.equal(false);
    expect(open({ protocol: "tcp", ports: 22, from: "10.0.0.0/8" })).to.equal(false);
    expect(open({ protocol: "udp", ports: 22 })).to.equal(false);
    expect(open({ protocol: "tcp", ports: [23, 30] })).to.equal(false);
  });
});

describe("sealAccess", () => {
  const at = (address: string, version: 4 | 6, type: "fixed" | "floating" = "fixed"): ServerAddress => {
    return { network: "xov-net", address, version, type };
  };
  const addresses = [at("fd00::2", 6), at("10.0.0.2", 4), at("203.0.113.9", 4, "floating")];
  const parts = { server: { addresses }, user: "debian", consoleLog: "", consoleUrl: undefined, versions: undefined };

  async function opened(more: Partial<Parameters<typeof sealAccess>[0]>) {
    const identity = await generateX25519Identity();
    const sealed = await sealAccess({ ...parts, ...more }, await identityToRecipient(identity));
    return openAccessDetails(sealed, identity);
  }
  const listed = async (more: Partial<Parameters<typeof sealAccess>[0]>) =>
    (await opened(more)).addresses.map(({ address }) => address);

  it("names the address from outside first, then IPv4 before IPv6", async () => {
    expect(await listed({})).to.deep.equal(["203.0.113.9", "10.0.0.2", "fd00::2"]);
  });
  it("leaves out versions that the policy does not have, as long as any is left", async () => {
    expect(await listed({ versions: [4] })).to.deep.equal(["203.0.113.9", "10.0.0.2"]);
    expect(await listed({ versions: [6], server: { addresses: [at("10.0.0.2", 4)] } })).to.deep.equal(["10.0.0.2"]);
  });
  it("has the console's URL where there is one that fits", async () => {
    const consoleUrl = "https://console.cloud.test/vnc_auto.html?token=1";
    expect((await opened({ consoleUrl })).consoleUrl).to.equal(consoleUrl);
    expect((await opened({})).consoleUrl).to.equal(undefined);
    expect((await opened({ consoleUrl: `${consoleUrl}${"1".repeat(600)}` })).consoleUrl).to.equal(undefined);
  });
});
