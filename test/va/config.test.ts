// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateX25519Identity } from "age-encryption";
import { expect } from "chai";
import { ConfigError } from "../../offchain/core/config.ts";
import { startProcess } from "../../scripts/devnet/process.ts";
import { loadConfig } from "../../va/config.ts";

const MAIN = fileURLToPath(new URL("../../va/main.ts", import.meta.url));
const OFFERS = { network: "n", images: [{ name: "i", user: "u" }], offers: [] };
const CREDENTIAL = {
  auth_url: "http://127.0.0.1:1/identity/v3",
  region_name: "r",
  application_credential_id: "id",
  application_credential_secret: "hidden-value",
};

describe("the appliance's configuration", function () {
  this.timeout(20_000);
  let dir: string;
  let environment: Record<string, string>;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "xov-config-"));
    const file = async (name: string, text: string) => {
      await writeFile(join(dir, name), text, { mode: 0o600 });
      return join(dir, name);
    };
    environment = {
      RPC_URLS: "http://127.0.0.1:1,http://127.0.0.1:2",
      CHAIN_ID: "31337",
      DEPLOYMENT_FILE: join(dir, "deployment.json"),
      APPLIANCE: "1",
      HOT_KEY_FILE: join(dir, "hot.key"),
      AGE_IDENTITY_FILE: await file(
        "age.txt",
        `# old and new\n${await generateX25519Identity()}\n\n${await generateX25519Identity()}\n`,
      ),
      OPENSTACK_CREDENTIAL_FILE: await file("credential.json", JSON.stringify(CREDENTIAL)),
      OFFERS_FILE: await file("offers.json", JSON.stringify(OFFERS)),
      DATA_DIR: dir,
    };
  });
  afterEach(() => rm(dir, { recursive: true }));

  const problems = async (changes: Record<string, string>) => {
    const error = await loadConfig({ ...environment, ...changes }).catch((reason: unknown) => reason);
    if (!(error instanceof ConfigError)) throw new Error(`no ConfigError: ${String(error)}`);
    return error.problems;
  };

  it("is read from the environment, with the files that it names", async () => {
    const config = await loadConfig(environment);
    expect(config.settings).to.deep.include({ CHAIN_ID: 31_337, APPLIANCE: 1, BEAT_INTERVAL_S: 1_200 });
    expect(config.settings.RPC_URLS).to.have.length(2);
    expect(config.ageIdentities).to.have.length(2);
    expect(config.offers.network).to.equal("n");
  });
  it("is read from a file, over which the environment has its way", async () => {
    const file = join(dir, "config.json");
    await writeFile(file, JSON.stringify({ ...environment, CHAIN_ID: 5, APPLIANCE: 9 }));
    const config = await loadConfig({ CONFIG_FILE: file, APPLIANCE: "2" });
    expect(config.settings).to.deep.include({ CHAIN_ID: 5, APPLIANCE: 2 });
  });
  it("names each key that is wrong, what it is and what it has to be", async () => {
    const found = await problems({ CHAIN_ID: "main", APPLIANCE: "" });
    expect(found.map(({ key }) => key)).to.have.members(["CHAIN_ID", "APPLIANCE"]);
    expect(found.find(({ key }) => key === "CHAIN_ID")).to.deep.include({ have: '"main"' });
  });
  it("refuses files that are not there, not what they should be, or open to others", async () => {
    expect((await problems({ OFFERS_FILE: join(dir, "none.json") }))[0]?.key).to.equal("OFFERS_FILE");
    await writeFile(environment.AGE_IDENTITY_FILE ?? "", "AGE-SECRET-KEY-0\n");
    const [identity] = await problems({});
    expect(identity?.key).to.equal("AGE_IDENTITY_FILE");
    expect(identity?.need).to.not.contain("AGE-SECRET-KEY-0");
    await chmod(environment.OPENSTACK_CREDENTIAL_FILE ?? "", 0o644);
    const [credential] = await problems({});
    expect(credential?.key).to.equal("OPENSTACK_CREDENTIAL_FILE");
    expect(credential?.need).to.match(/0644/).and.not.contain("hidden-value");
  });
  it("ends the process with 78 and says why, without starting anything", async () => {
    const child = startProcess({
      command: process.execPath,
      args: ["--import", "tsx", MAIN],
      env: { ...environment, CHAIN_ID: "main", CONFIG_FILE: "" },
      ready: () => undefined,
      readyTimeoutMs: 20_000,
    });
    const error = await child.then(String, String);
    expect(error).to.contain("code 78");
    expect(error).to.match(/CHAIN_ID: is "main", needs a whole number/);
  }).timeout(30_000);
});
