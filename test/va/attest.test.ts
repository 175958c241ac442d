// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generateX25519Identity } from "age-encryption";
import { expect } from "chai";
import { zeroHash } from "viem";
import { generatePrivateKey } from "viem/accounts";
import { abis } from "../../offchain/chain/abis.ts";
import { createLog } from "../../offchain/core/log.ts";
import { createDevCloud, type DevCloud } from "../../scripts/devcloud/index.ts";
import { hashOf } from "../../va/attest/encoding.ts";
import { createAttestationKeeper } from "../../va/attest/keeper.ts";
import { accepts, OPEN_LICENCES } from "../../va/attest/spdx.ts";
import { type Component, declarationSchema, type Stack, stackOf } from "../../va/attest/stack.ts";
import type { AttestationView } from "../../va/chain/applianceChain.ts";
import { fakeChain } from "./fakeChain.ts";
import { createWorld, eventually, OFFERS } from "./world.ts";

const OVS: Component = {
  level: "network",
  name: "Open vSwitch",
  version: "3.1.0",
  licence: "Apache-2.0",
  source: "https://github.com/openvswitch/ovs",
  commit: "v3.1.0",
};
const QEMU: Component = {
  level: "hypervisor",
  name: "QEMU",
  version: "7.2.0",
  licence: "GPL-2.0-only",
  source: "https://gitlab.com/qemu-project/qemu",
  commit: "v7.2.0",
};
const CEPH: Component = {
  level: "storage",
  name: "Ceph",
  version: "18.2.4",
  licence: "LGPL-2.1-only OR LGPL-3.0-only",
  source: "https://github.com/ceph/ceph",
  commit: "v18.2.4",
};
const SEEN = {
  hypervisors: [{ type: "QEMU", version: 7_002_000 }],
  networkAgents: ["neutron-dhcp-agent", "neutron-openvswitch-agent"],
};
const BLIND = { hypervisors: null, networkAgents: null };
const stack = (cloud: Parameters<typeof stackOf>[0], ...declared: Component[]) =>
  stackOf(cloud, declared, OPEN_LICENCES);

describe("stackOf", () => {
  it("takes from the cloud what it tells, and the rest from the provider, and says which", () => {
    const { found, problems } = stack(SEEN, OVS, CEPH);
    expect(problems).to.deep.equal([]);
    expect(found).to.deep.equal([
      { component: QEMU, by: "cloud" },
      { component: OVS, by: "both" },
      { component: CEPH, by: "provider" },
    ]);
  });
  it("takes all from the provider where the credential sees nothing", () => {
    const { found, problems } = stack(BLIND, QEMU, OVS, CEPH);
    expect(problems).to.deep.equal([]);
    expect(found.map(({ by }) => by)).to.deep.equal(["provider", "provider", "provider"]);
  });
  it("names each level of which nothing is known", () => {
    expect(stack(BLIND).problems).to.have.length(3);
    expect(stack(BLIND, QEMU, OVS).problems.join()).to.match(/^nothing is known of the storage/);
  });
  it("asks for the version of a network that the cloud only names", () => {
    expect(stack(SEEN, CEPH).problems).to.deep.equal([
      "Open vSwitch (network): the cloud does not tell its version; declare it, with its commit",
    ]);
  });
  it("refuses a declared version that is not the cloud's", () => {
    expect(stack(SEEN, { ...QEMU, version: "9.0.0" }, OVS, CEPH).problems).to.deep.equal([
      "QEMU (hypervisor): declared 9.0.0, the cloud says 7.2.0",
    ]);
  });
  it("knows hosts of several versions apart", () => {
    const hypervisors = [...SEEN.hypervisors, { type: "QEMU", version: 9_001_002 }];
    const { found, problems } = stack({ ...SEEN, hypervisors }, OVS, CEPH);
    expect(problems).to.deep.equal([]);
    expect(found.map(({ component }) => component.version)).to.deep.equal(["7.2.0", "9.1.2", "3.1.0", "18.2.4"]);
    const newer = { ...QEMU, version: "9.1.2", commit: "abc" };
    expect(stack({ ...SEEN, hypervisors }, QEMU, newer, OVS, CEPH).problems).to.deep.equal([]);
  });
  it("refuses each closed hypervisor, network and storage, seen or declared, whatever its licence is said to be", () => {
    for (const type of ["VMware vCenter Server", "hyperv", "powervm", "PHYP"]) {
      const { problems } = stack({ ...SEEN, hypervisors: [{ type, version: 8_000_000 }] }, OVS, CEPH);
      expect(problems.join(), type).to.contain("is closed");
    }
    for (const component of [
      { ...QEMU, name: "VMware ESXi" },
      { ...OVS, name: "Cisco ACI" },
      { ...CEPH, name: "NetApp ONTAP" },
    ]) {
      const { problems } = stack(BLIND, QEMU, OVS, CEPH, component);
      expect(problems).to.deep.equal([
        `${component.name} (${component.level}) is closed: instances may not be offered on it`,
      ]);
    }
    expect(stack({ ...SEEN, networkAgents: ["neutron-cisco-apic-agent"] }, OVS, CEPH).problems.join()).to.contain(
      "closed",
    );
  });
  it("refuses what nobody knows until the provider declares it", () => {
    const odd = { ...SEEN, hypervisors: [{ type: "fake", version: 1_000 }] };
    expect(stack(odd, OVS, CEPH).problems.join()).to.contain("fake is not known here");
    const declared = { ...QEMU, name: "fake", version: "0.1.0", licence: "MIT" };
    expect(stack(odd, declared, OVS, CEPH).problems).to.deep.equal([]);
  });
  it("refuses one closed host among open ones", () => {
    const mixed = { ...SEEN, hypervisors: [...SEEN.hypervisors, { type: "VMware vCenter Server", version: 1 }] };
    expect(stack(mixed, OVS, CEPH).problems).to.have.length(1);
  });
  it("refuses licences that are not open", () => {
    for (const licence of ["LicenseRef-Proprietary", "NONE", "BUSL-1.1", "GPL", "MIT AND BUSL-1.1"]) {
      expect(stack(BLIND, QEMU, OVS, { ...CEPH, licence }).problems, licence).to.have.length(1);
    }
  });
  it("takes no more than the contract does", () => {
    const good = (component: object) =>
      declarationSchema.safeParse({ components: [{ ...CEPH, ...component }] }).success;
    expect(good({})).to.equal(true);
    expect(good({ name: "x".repeat(129) })).to.equal(false);
    expect(good({ version: "é".repeat(65) })).to.equal(false);
    expect(good({ commit: "" })).to.equal(false);
    expect(good({ level: "cpu" })).to.equal(false);
    const many = Array.from({ length: 31 }, (_, i) => ({ ...CEPH, name: `part ${i}` }));
    expect(stack(BLIND, QEMU, OVS, ...many).problems).to.deep.equal(["33 components, at most 32"]);
  });
});

describe("accepts", () => {
  const is = (expression: string) => accepts(OPEN_LICENCES, expression);
  it("reads SPDX expressions", () => {
    for (const good of [
      "MIT",
      "mit",
      "GPL-2.0-or-later",
      "MPL-2.0+",
      "MIT OR BUSL-1.1",
      "BUSL-1.1 OR MIT AND Apache-2.0",
      "(MIT OR BUSL-1.1) AND (Apache-2.0)",
      "GPL-2.0-only WITH Linux-syscall-note",
    ]) {
      expect(is(good), good).to.equal(true);
    }
    for (const bad of [
      "",
      "BUSL-1.1",
      "MIT AND BUSL-1.1",
      "(MIT OR BUSL-1.1) AND BUSL-1.1",
      "MIT WITH Foo-exception",
      "BUSL-1.1 WITH Linux-syscall-note",
      "MIT MIT",
      "MIT OR",
      "OR MIT",
      "(MIT",
      "MIT)",
      "WITH",
      "MIT; rm",
    ]) {
      expect(is(bad), bad).to.equal(false);
    }
  });
});

describe("va attest", function () {
  this.timeout(60_000);
  let dir: string;
  let cloud: DevCloud;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "xov-attest-"));
    cloud = await createDevCloud({ port: 0, seesHosts: true });
  });
  after(async () => {
    await cloud.close();
    await rm(dir, { recursive: true });
  });
  const file = async (name: string, content: string) => {
    await writeFile(join(dir, name), content, { mode: 0o600 });
    return join(dir, name);
  };
  const run = async (declared: readonly Component[] | undefined, ...args: string[]) => {
    const env = {
      ...process.env,
      RPC_URLS: "http://127.0.0.1:9/",
      CHAIN_ID: "31337",
      APPLIANCE: "1",
      DEPLOYMENT_FILE: join(dir, "none.json"),
      DATA_DIR: dir,
      HOT_KEY_FILE: await file("hot.key", generatePrivateKey()),
      AGE_IDENTITY_FILE: await file("age.txt", await generateX25519Identity()),
      OPENSTACK_CREDENTIAL_FILE: await file("credential.json", JSON.stringify(cloud.credential)),
      OFFERS_FILE: await file("offers.json", JSON.stringify(OFFERS)),
      STACK_FILE: declared === undefined ? "" : await file("stack.json", JSON.stringify({ components: declared })),
    };
    const main = fileURLToPath(new URL("../../va/attest/main.ts", import.meta.url));
    return new Promise<{ code: number; stdout: string }>((resolve) =>
      execFile(process.execPath, ["--import", "tsx", main, ...args], { env }, (error, stdout) =>
        resolve({ code: Number(error?.code ?? 0), stdout }),
      ),
    );
  };

  it("prints what may be attested, and whose word each part is", async () => {
    const { code, stdout } = await run([OVS, CEPH], "--print");
    expect(code).to.equal(0);
    expect(stdout).to.contain("hypervisor: QEMU 7.2.0 (GPL-2.0-only)").and.contain("the cloud says");
    expect(stdout).to.contain("Ceph").and.contain("the provider declares");
    const json = JSON.parse((await run([OVS, CEPH], "--json")).stdout);
    expect(json.problems).to.deep.equal([]);
    expect(json.components.map(({ level }: Component) => level)).to.deep.equal(["hypervisor", "network", "storage"]);
  });
  it("says what is missing or refused, and ends with 1", async () => {
    const { code, stdout } = await run(undefined);
    expect(code).to.equal(1);
    expect(stdout).to.contain("✘ Open vSwitch (network)");
    expect((await run([{ ...CEPH, name: "NetApp ONTAP" }, OVS])).code).to.equal(1);
  });

  it("is kept attested by the appliance's process where it is declared", async () => {
    const world = await createWorld();
    try {
      const declared = await file("kept.json", JSON.stringify({ components: [QEMU, OVS, CEPH] }));
      const address = world.deployment.contracts.Attestations;
      const of = { address, abi: abis.Attestations, functionName: "attestationOf", args: [world.appliance] } as const;
      const hash = async () => (await world.client.readContract(of)).componentsHash;
      const need = hashOf([QEMU, OVS, CEPH]);
      expect(await hash()).not.to.equal(need);
      await world.startVa({ STACK_FILE: declared });
      await eventually("the attestation", async () => (await hash()) === need);
    } finally {
      await world.stop();
    }
  });

  it("attests it with the hot key, and nothing while there are problems", async () => {
    const world = await createWorld();
    try {
      const main = fileURLToPath(new URL("../../va/attest/main.ts", import.meta.url));
      const submit = async (declared: readonly Component[]) => {
        const stack = await file("submitted.json", JSON.stringify({ components: declared }));
        const env = { ...process.env, ...world.environment, STACK_FILE: stack };
        return promisify(execFile)(process.execPath, ["--import", "tsx", main, "--submit", "--json"], { env });
      };
      const address = world.deployment.contracts.Attestations;
      const of = { address, abi: abis.Attestations, functionName: "expiryOf", args: [world.appliance] } as const;
      const expiry = () => world.client.readContract(of);
      const before = await expiry();
      expect(await submit([OVS, CEPH]).catch(({ code }) => code)).to.equal(1);
      expect(await expiry()).to.equal(before);
      const { stdout } = await submit([QEMU, OVS, CEPH]);
      expect(BigInt(JSON.parse(stdout).expiresAt)).to.equal(await expiry());
      expect((await expiry()) > before).to.equal(true);
    } finally {
      await world.stop();
    }
  });
});

describe("the keeper of an attestation", () => {
  const DAY = 86_400;
  const NOW = 2_000_000_000n;
  const sound: Stack = { found: [QEMU, OVS, CEPH].map((component) => ({ component, by: "provider" })), problems: [] };
  const standing = { expiresAt: NOW + 20n * BigInt(DAY), barredUntil: 0n, componentsHash: hashOf([QEMU, OVS, CEPH]) };
  const look = async (view: Partial<AttestationView>, stack = sound) => {
    const chain = fakeChain();
    chain.room.attestation = { ...standing, ...view };
    const log = createLog({ name: "test", level: "silent" });
    const keeper = createAttestationKeeper({ chain, stack: async () => stack, renewBeforeS: 10 * DAY, log });
    await keeper.keep(NOW, new AbortController().signal);
    return { sent: chain.sent, last: keeper.last() };
  };
  const attest = { kind: "attest", components: [QEMU, OVS, CEPH] };

  it("leaves one alone that stands long enough and is true", async () => {
    expect((await look({})).sent).to.deep.equal([]);
    expect((await look({ expiresAt: NOW + 10n * BigInt(DAY) })).sent).to.deep.equal([]);
  });
  it("renews one that ends sooner, and makes the first", async () => {
    expect((await look({ expiresAt: NOW + 10n * BigInt(DAY) - 1n })).sent).to.deep.equal([attest]);
    expect((await look({ expiresAt: 0n, componentsHash: zeroHash })).sent).to.deep.equal([attest]);
  });
  it("attests anew what has changed", async () => {
    expect((await look({ componentsHash: hashOf([{ ...QEMU, version: "7.2.1" }, OVS, CEPH]) })).sent).to.deep.equal([
      attest,
    ]);
  });
  it("attests nothing while there are problems, and says so", async () => {
    const { sent, last } = await look({ expiresAt: NOW }, { ...sound, problems: ["VMware is closed"] });
    expect(sent).to.deep.equal([]);
    expect(last).to.deep.equal({ expiresAt: NOW, problems: ["VMware is closed"] });
  });
  it("waits while a claim bars it", async () => {
    expect((await look({ expiresAt: NOW - 1n, barredUntil: NOW + 1n })).sent).to.deep.equal([]);
    expect((await look({ expiresAt: NOW - 1n, barredUntil: NOW })).sent).to.deep.equal([attest]);
  });
});
