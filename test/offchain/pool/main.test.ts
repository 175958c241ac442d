// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { z } from "zod";
import { healthSchema } from "../../../offchain/pool/api.ts";
import { type Anvil, startAnvil } from "../../../scripts/devnet/anvil.ts";
import { startProcess } from "../../../scripts/devnet/process.ts";
import { DEPLOYMENT } from "../indexer/support/deployment.ts";

const MAIN = fileURLToPath(new URL("../../../offchain/pool/main.ts", import.meta.url));
const readySchema = z.object({ ready: z.literal(true), url: z.url() });

describe("the pool service as a process", function () {
  this.timeout(120_000);
  let folder: string;
  let anvil: Anvil;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "xov-pool-"));
    anvil = await startAnvil({ blockTime: 1 });
    const deployment = { ...DEPLOYMENT, startBlock: Number(DEPLOYMENT.startBlock) };
    await writeFile(join(folder, "deployment.json"), JSON.stringify(deployment));
  });
  after(async () => {
    await anvil.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (env: Record<string, string> = {}) =>
    startProcess({
      command: process.execPath,
      args: ["--import", "tsx", MAIN],
      env: {
        XOV_RPC_URLS: anvil.url,
        XOV_CHAIN_ID: "31337",
        XOV_DEPLOYMENT_FILE: join(folder, "deployment.json"),
        XOV_POOL_NAME: "stackmonkey",
        XOV_BITCOIN_NETWORK: "regtest",
        XOV_RELAYER_URL: "http://127.0.0.1:1",
        XOV_DATA_DIR: join(folder, "data"),
        DATABASE_URL: "",
        ...env,
      },
      ready: (line) => (line.startsWith('{"ready"') ? readySchema.parse(JSON.parse(line)) : undefined),
      readyTimeoutMs: 60_000,
      logFile: join(folder, "log"),
    });

  it("says where it listens once it has caught up, stops on SIGTERM, and goes on with its index", async () => {
    for (const begins of [true, false]) {
      const { ready, pid, exited } = await start();
      const response = await fetch(`${ready.url}/health`);
      const health = healthSchema.parse(await response.json());
      expect(health.reasons).to.deep.equal(["the relayer does not answer, or is not healthy"]);
      expect(health.block?.number).to.be.greaterThan(-1);
      const streaming = await fetch(`${ready.url}/api/events?offers`);
      process.kill(pid, "SIGTERM");
      await streaming.body?.cancel();
      expect(await exited).to.deep.equal({ code: 0, signal: null });
      const log = await readFile(join(folder, "log"), "utf8");
      expect(log.includes("the index begins at zero"), log).to.equal(begins);
      await writeFile(join(folder, "log"), "");
    }
  });

  it("ends with 78 and says what is wrong with its configuration", async () => {
    const error = await start({ XOV_POOL_NAME: "No!" }).then(
      () => "started",
      (reason: unknown) => String(reason),
    );
    expect(error).to.include("XOV_POOL_NAME").and.include("78");
  });

  it("does not open an index that another process has open", async () => {
    const first = await start();
    const error = await start().then(
      () => "started",
      (reason: unknown) => String(reason),
    );
    await first.stop();
    expect(error).to.include(`process ${first.pid} has the database`);
  });
});
