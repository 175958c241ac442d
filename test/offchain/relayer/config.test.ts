// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { readRelayerConfig } from "../../../offchain/relayer/config.ts";

const ENTRY = new URL("../../../offchain/relayer/main.ts", import.meta.url).pathname;
const GOOD = {
  XOV_RPC_URLS: "http://127.0.0.1:8545, http://127.0.0.1:8546",
  XOV_CHAIN_ID: "31337",
  XOV_DEPLOYMENT_FILE: "deployment.json",
  XOV_KEY_FILE: "key",
  XOV_BITCOIN_URL: "http://127.0.0.1:18443",
  XOV_BITCOIN_COOKIE_FILE: ".cookie",
  XOV_DATA_DIR: "data",
};

describe("relayer: configuration", () => {
  it("has defaults for what can have one", () => {
    expect(readRelayerConfig(GOOD)).to.deep.equal({
      rpcUrls: ["http://127.0.0.1:8545", "http://127.0.0.1:8546"],
      chainId: 31337,
      deploymentFile: "deployment.json",
      keyFile: "key",
      bitcoin: { url: "http://127.0.0.1:18443", auth: { cookieFile: ".cookie" } },
      esploraUrls: [],
      maxFeePerGas: undefined,
      spendPerDay: undefined,
      bumpAfterMs: 30_000,
      webhooks: undefined,
      dataDir: "data",
      port: 0,
      pollMs: 1000,
      watchAfterEnd: 30 * 86_400,
    });
  });

  it("takes a user and a password in place of a cookie, but not both", () => {
    const user = { XOV_BITCOIN_USER: "user", XOV_BITCOIN_PASSWORD: "word" };
    const { bitcoin } = readRelayerConfig({ ...GOOD, XOV_BITCOIN_COOKIE_FILE: "", ...user });
    expect(bitcoin.auth).to.deep.equal({ user: "user", password: "word" });
    for (const wrong of [
      { ...GOOD, ...user },
      { ...GOOD, XOV_BITCOIN_COOKIE_FILE: "" },
    ]) {
      expect(() => readRelayerConfig(wrong)).to.throw("XOV_BITCOIN_COOKIE_FILE");
    }
  });

  it("takes fees, a limit and further sources", () => {
    const more = {
      XOV_ESPLORA_URLS: "https://esplora.example/api/, http://127.0.0.1:3000",
      XOV_MAX_FEE_GWEI: "0.5",
      XOV_SPEND_ETH_PER_DAY: "0.25",
      XOV_BUMP_MS: "5000",
    };
    expect(readRelayerConfig({ ...GOOD, ...more })).to.deep.include({
      esploraUrls: ["https://esplora.example/api", "http://127.0.0.1:3000"],
      maxFeePerGas: 500_000_000n,
      spendPerDay: 250_000_000_000_000_000n,
      bumpAfterMs: 5_000,
    });
    for (const [key, wrong] of [
      ["XOV_MAX_FEE_GWEI", "0"],
      ["XOV_MAX_FEE_GWEI", "-1"],
      ["XOV_SPEND_ETH_PER_DAY", "1 ETH"],
      ["XOV_ESPLORA_URLS", "esplora.example"],
    ] as const) {
      expect(() => readRelayerConfig({ ...GOOD, [key]: wrong }), `${key} ${wrong}`).to.throw(key);
    }
  });

  it("takes webhooks of a file or one of the environment, but not both, and shows no secret", () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
    const one = { XOV_WEBHOOK_URL: "https://shop.example/paid", XOV_WEBHOOK_SECRET: secret };
    const { webhooks } = readRelayerConfig({ ...GOOD, ...one });
    expect(webhooks).to.have.nested.property("webhooks[0].url", one.XOV_WEBHOOK_URL);
    expect(readRelayerConfig({ ...GOOD, XOV_WEBHOOKS_FILE: "hooks" }).webhooks).to.deep.equal({ file: "hooks" });
    for (const wrong of [
      { ...one, XOV_WEBHOOKS_FILE: "hooks" },
      { XOV_WEBHOOK_URL: one.XOV_WEBHOOK_URL },
      { XOV_WEBHOOK_SECRET: secret },
      { ...one, XOV_WEBHOOK_ALLOW: "other.example" },
    ]) {
      expect(() => readRelayerConfig({ ...GOOD, ...wrong }))
        .to.throw(/configuration cannot be used/)
        .with.property("message")
        .that.does.not.contain(secret);
    }
  });

  it("ends with exit code 78 and says which key, what it was and what it has to be", async function () {
    this.timeout(30_000);
    const env = { ...process.env, ...GOOD, XOV_PORT: "65536", XOV_CHAIN_ID: "" };
    const child = spawn(process.execPath, ["--import", "tsx", ENTRY], { env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const [code] = (await once(child, "close")) as [number];
    expect(code).to.equal(78);
    expect(said).to.contain('XOV_PORT: is "65536", needs a whole number from 0 to 65535');
    expect(said).to.contain("XOV_CHAIN_ID: is not set");
  });
});
