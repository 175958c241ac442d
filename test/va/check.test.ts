// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateX25519Identity } from "age-encryption";
import { expect } from "chai";
import { type Address, createTestClient, createWalletClient, type Hex, http } from "viem";
import { generatePrivateKey, privateKeyToAccount, privateKeyToAddress } from "viem/accounts";
import { abis } from "../../offchain/chain/abis.ts";
import { BITCOIN } from "../../offchain/lease/terms.ts";
import { providerRoles } from "../../scripts/devnet/roles.ts";
import type { Finding } from "../../va/check/finding.ts";
import { createWorld, eventually, OFFERS, type World } from "./world.ts";

const CHECK = fileURLToPath(new URL("../../va/check/main.ts", import.meta.url));

describe("va check", function () {
  this.timeout(120_000);
  let world: World;

  before(async () => {
    world = await createWorld();
  });
  after(() => world?.stop());

  async function check(overrides: Record<string, string> = {}) {
    const env = { ...process.env, ...world.environment, ...overrides };
    const { code, stdout, stderr } = await new Promise<{ code: number; stdout: string; stderr: string }>((resolve) =>
      execFile(process.execPath, ["--import", "tsx", CHECK, "--json"], { env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      ),
    );
    const findings: Finding[] = stdout === "" ? [] : JSON.parse(stdout);
    return { code, stderr, findings, wrong: findings.filter(({ ok }) => !ok) };
  }

  async function fileWith(name: string, content: string): Promise<string> {
    const file = join(world.dir, name);
    await writeFile(file, content, { mode: 0o600 });
    return file;
  }

  it("finds all in order, and says what is there", async () => {
    const { code, wrong, findings } = await check();
    expect(wrong).to.deep.equal([]);
    expect(code).to.equal(0);
    const names = findings.map(({ name }) => name.split(" ")[0]);
    expect(names).to.include.members([
      "endpoint",
      "contracts",
      "keys",
      "gas",
      "stake",
      "purse",
      "attestation",
      "cloud",
      "image",
      "offer",
    ]);
  });

  it("warns when nobody could log in, and is content when the policy or a group lets SSH in", async () => {
    const { findings, code } = await check();
    const doubtful = findings.find(({ name }) => name === "access");
    expect(code).to.equal(0);
    expect(doubtful).to.include({ ok: true, warning: true });
    expect(doubtful?.detail).to.contain("default");
    const access = { rules: [{ protocol: "tcp", ports: 22 }], floatingNetwork: "public" };
    const file = await fileWith("open-offers.json", JSON.stringify({ ...OFFERS, access }));
    const good = (await check({ OFFERS_FILE: file })).findings.find(({ name }) => name === "access");
    expect(good?.warning).to.equal(undefined);
    expect(good?.detail).to.equal("SSH is let in by IPv4, 200 floating IPs left");
    expect(world.cloud.control.securityGroups()).to.have.length(1);
    const wrong = await fileWith(
      "no-group.json",
      JSON.stringify({ ...OFFERS, access: { securityGroups: ["nosuch"] } }),
    );
    expect((await check({ OFFERS_FILE: wrong })).wrong.map(({ detail }) => detail)).to.deep.equal([
      'No security group "nosuch"',
    ]);
  });

  it("names an endpoint that does not answer, and goes on with the cloud", async () => {
    const { code, wrong, findings } = await check({ RPC_URLS: "http://127.0.0.1:9/" });
    expect(code).to.equal(1);
    expect(wrong.map(({ name }) => name)[0]).to.match(/^endpoint/);
    expect(wrong[0]?.fix).to.contain("RPC_URLS");
    expect(findings.find(({ name }) => name === "cloud")?.ok).to.equal(true);
  });

  it("tells a hot key and a seal key that are not the appliance's", async () => {
    const hotKey = await fileWith("other.key", generatePrivateKey());
    const identity = await fileWith("other.txt", await generateX25519Identity());
    const { wrong } = await check({ HOT_KEY_FILE: hotKey, AGE_IDENTITY_FILE: identity });
    const keys = wrong.find(({ name }) => name === "keys");
    expect(keys?.detail).to.contain("HOT_KEY_FILE").and.contain("AGE_IDENTITY_FILE");
    expect(keys?.fix).to.contain("setHotKey");
  });

  it("tells a hot key without gas how much to send it", async () => {
    const key = generatePrivateKey();
    const { wrong } = await check({ HOT_KEY_FILE: await fileWith("poor.key", key) });
    const gas = wrong.find(({ name }) => name === "gas");
    expect(gas?.detail).to.match(/^0 /);
    expect(gas?.fix).to.contain(privateKeyToAddress(key));
  });

  const cold = privateKeyToAccount(providerRoles(0).cold.privateKey);
  const find = (findings: readonly Finding[], wanted: string) => findings.find(({ name }) => name === wanted);
  const providers = () =>
    ({ address: world.deployment.contracts.Providers, abi: abis.Providers, account: cold, chain: null }) as const;
  const wallet = () => createWalletClient({ account: cold, transport: http(world.anvil.url) });
  const mined = async (hash: Hex) => {
    const { status } = await world.client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
    expect(status).to.equal("success");
  };

  it("tells whether the hot key may evict: without them it warns, and names the call", async () => {
    const evictions = async (perDay: number) => {
      const args = [world.appliance, perDay] as const;
      await mined(await wallet().writeContract({ ...providers(), functionName: "setEvictionLimit", args }));
      return find((await check()).findings, "evictions");
    };
    const none = await evictions(0);
    expect(none).to.include({ ok: true, warning: true });
    expect(none?.fix).to.contain("setEvictionLimit");
    expect(await evictions(4)).to.deep.equal({
      name: "evictions",
      ok: true,
      detail: "the hot key may do 4 a day, 4 now",
    });
  });

  it("tells whether the hot key may sell for what is asked, or names offer, floor and what to do", async () => {
    // The market has to be there: the appliance opens it.
    const va = await world.startVa();
    await eventually("an ask", async () => (await world.asks()).length === 1);
    await va.stop();
    const setFloor = async (quote: Address, floor: bigint) => {
      const args = [world.appliance, quote, floor] as const;
      await mined(await wallet().writeContract({ ...providers(), functionName: "setPriceFloor", args }));
    };
    expect(find((await check()).findings, "price floors")?.detail).to.contain("none is set");
    await setFloor(BITCOIN, 1n);
    expect(find((await check()).findings, "price floors")?.ok).to.equal(true);
    await setFloor(BITCOIN, 10n ** 15n);
    const low = find((await check()).wrong, "price floors");
    expect(low?.detail)
      .to.contain("m1.small")
      .and.contain(`${10n ** 15n}`);
    expect(low?.fix).to.contain("OFFERS_FILE").and.contain("setPriceFloor");
    await setFloor(BITCOIN, 0n);
    expect(find((await check()).wrong, "price floors")?.detail).to.contain("has no price floor");
    await setFloor(BITCOIN, 1n);
  });

  it("tells clocks that differ", async () => {
    const test = createTestClient({ mode: "anvil", transport: http(world.anvil.url) });
    await test.increaseTime({ seconds: 1_000 });
    await test.mine({ blocks: 3 });
    const { wrong } = await check();
    expect(wrong.map(({ fix }) => fix)).to.deep.equal(["this machine's clock is behind: run an NTP client"]);
  });

  it("names the image, the network and the flavor that the cloud does not have, and one that is too small", async () => {
    const [offer] = OFFERS.offers;
    if (offer === undefined) throw new Error("no offer");
    const offers = {
      network: "no-net",
      images: [{ name: "no-image", user: "debian" }],
      offers: [
        { ...offer, flavor: "no-flavor" },
        { ...offer, class: { ...offer.class, vcpus: 64 } },
      ],
    };
    const file = await fileWith("other-offers.json", JSON.stringify(offers));
    const { wrong } = await check({ OFFERS_FILE: file });
    const found = Object.fromEntries(wrong.map(({ name, detail }) => [name, detail]));
    expect(found["network no-net"]).to.contain("no-net");
    expect(found["image no-image"]).to.contain("no-image");
    expect(found["offer no-flavor"]).to.contain("no-flavor");
    expect(found["offer m1.small"]).to.contain("the class has 64");
  });

  it("says when there is no room", async () => {
    world.cloud.control.setQuotas({ instances: 0 });
    const { wrong } = await check();
    world.cloud.control.setQuotas({ instances: 10 });
    expect(wrong.find(({ name }) => name === "offer m1.small")?.fix).to.contain("quota");
  });

  it("tells a credential that is refused", async () => {
    const refused = { ...world.cloud.credential, application_credential_secret: "wrong" };
    const file = await fileWith("refused.json", JSON.stringify(refused));
    const { code, wrong, stderr } = await check({ OPENSTACK_CREDENTIAL_FILE: file });
    expect(code).to.equal(1);
    expect(wrong.find(({ name }) => name === "cloud")?.fix).to.contain("OPENSTACK_CREDENTIAL_FILE");
    expect(stderr).to.equal("");
  });

  it("ends with 78 when the configuration cannot be read", async () => {
    const { code, stderr } = await check({ APPLIANCE: "seven" });
    expect(code).to.equal(78);
    expect(stderr).to.contain("APPLIANCE");
  });
});
