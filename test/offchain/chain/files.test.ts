// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { checkpointFile } from "../../../offchain/chain/checkpoint.ts";
import { contractsOf, readDeployment } from "../../../offchain/chain/deployment.ts";
import { loadAccount } from "../../../offchain/chain/keystore.ts";
import { emitterAbi } from "./emitter.ts";

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "none",
    (error: { code: string }) => error.code,
  );

describe("files of a daemon", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "xov-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  describe("key file", () => {
    // The first account of anvil's mnemonic.
    const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    const write = async (text: string, mode = 0o600) => {
      const path = join(folder, "key");
      await writeFile(path, text);
      await chmod(path, mode);
      return path;
    };

    it("gives the account", async () => {
      const { address } = await loadAccount(await write(`${KEY}\n`));
      expect(address).to.equal("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    });

    it("refuses one that others may read or write, before it reads it", async () => {
      for (const mode of [0o640, 0o604, 0o620, 0o644]) {
        expect(await codeOf(loadAccount(await write(KEY, mode)))).to.equal("KEY_FILE_EXPOSED");
      }
    });

    it("refuses what is no key, without showing it", async () => {
      const bad = [KEY.slice(2), `${KEY}00`, `0x${"0".repeat(64)}`, `0x${"f".repeat(64)}`, "", "zz"];
      for (const text of bad) {
        const path = await write(text);
        const error: Error = await loadAccount(path).catch((e) => e);
        expect(error).to.have.property("code", "KEY_FILE_UNUSABLE");
        if (text.length > 2) expect(`${error.stack}${JSON.stringify(error)}${error.cause}`).not.to.include(text);
      }
      expect(await codeOf(loadAccount(join(folder, "none")))).to.equal("KEY_FILE_MISSING");
    });
  });

  describe("deployment file", () => {
    const write = async (value: unknown) => {
      const path = join(folder, "deployment.json");
      await writeFile(path, JSON.stringify(value));
      return path;
    };
    const address = "0x5fbdb2315678afecb367f032d93f642f64180aa3";

    it("gives addresses beside ABIs", async () => {
      const path = await write({ chainId: 31337, startBlock: 4, contracts: { Emitter: address } });
      const deployment = await readDeployment(path, 31337);
      expect(deployment.startBlock).to.equal(4n);
      const { Emitter } = contractsOf(deployment, { Emitter: emitterAbi });
      expect(Emitter.address).to.equal("0x5FbDB2315678afecb367f032d93F642f64180aa3");
      expect(() => contractsOf(deployment, { Vault: emitterAbi })).to.throw("has no Vault");
    });

    it("says what is wrong with it", async () => {
      expect(await codeOf(readDeployment(join(folder, "none")))).to.equal("NO_DEPLOYMENT");
      const path = await write({ chainId: 1, startBlock: 0, contracts: {} });
      expect(await codeOf(readDeployment(path, 2))).to.equal("OTHER_CHAIN");
      await write({ chainId: 1, startBlock: 0, contracts: { Vault: "0x12" } });
      expect(await codeOf(readDeployment(path))).to.equal("BAD_CONTENT");
    });
  });

  it("keeps a checkpoint", async () => {
    const file = checkpointFile(join(folder, "checkpoint.json"));
    const hash = (digit: string) => `0x${digit.repeat(64)}` as const;
    const checkpoint = { chainId: 1, base: { number: "12345678901234567890", hash: hash("a") }, recent: [hash("b")] };
    expect(await file.load()).to.equal(undefined);
    await file.save(checkpoint);
    expect(await file.load()).to.deep.equal(checkpoint);
    await writeFile(join(folder, "checkpoint.json"), JSON.stringify({ ...checkpoint, recent: ["0x"] }));
    expect(await codeOf(file.load())).to.equal("BAD_CONTENT");
  });
});
