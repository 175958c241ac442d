// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { systemClock } from "../../../offchain/core/clock.ts";
import { readJson } from "../../../offchain/core/files.ts";
import { type Anvil, startAnvil } from "../../../scripts/devnet/anvil.ts";
import { startProcess } from "../../../scripts/devnet/process.ts";
import { type RpcProxy, rpcProxy } from "../../fakes/rpcProxy.ts";
import { type ConsumerConfig, consumerState } from "./consumer.ts";
import { deployEmitter, emitterAbi, note, testClient } from "./emitter.ts";

const LIVES = 4;

describe("a follower that is killed again and again", function () {
  this.timeout(120_000);
  let anvil: Anvil;
  let proxy: RpcProxy;
  let folder = "";

  before(async () => {
    anvil = await startAnvil({ blockTime: "manual" });
    proxy = await rpcProxy(anvil.url);
    folder = await mkdtemp(join(tmpdir(), "xov-"));
  });
  after(async () => {
    await proxy.stop();
    await anvil.stop();
    await rm(folder, { recursive: true });
  });

  const start = (config: ConsumerConfig) =>
    startProcess({
      command: process.execPath,
      args: ["--import=tsx", fileURLToPath(new URL("consumer.ts", import.meta.url)), JSON.stringify(config)],
      ready: (line) => (line === "following" ? true : undefined),
      readyTimeoutMs: 30_000,
    });

  it("ends with every event of the canonical chain, once and in order, after reorgs and outages", async () => {
    const node = testClient(anvil.url);
    const emitter = await deployEmitter(anvil.url);
    const stateFile = join(folder, "state.json");
    const config = { urls: [proxy.url, anvil.url], chainId: anvil.chainId, emitter, stateFile };
    const alive = new AbortController();
    let nextId = 0n;
    let reorgs = 0;
    const disturb = async () => {
      while (!alive.signal.aborted) {
        const count = BigInt(Math.floor(Math.random() * 3));
        if (count > 0n) await note(anvil.url, emitter, nextId, count);
        nextId += count;
        await node.mine({ blocks: 1 });
        if (Math.random() < 0.15) {
          await node.request({
            method: "anvil_reorg" as never,
            params: [1 + Math.floor(Math.random() * 8), []] as never,
          });
          reorgs++;
        }
        proxy.down = Math.random() < 0.2;
        proxy.withholdsLogs = Math.random() < 0.2;
        await systemClock.sleep(Math.random() * 30);
      }
    };
    await node.mine({ blocks: 40 });
    const disturbed = disturb();
    for (let life = 0; life < LIVES; life++) {
      const { kill9, exited } = await start(config);
      await systemClock.sleep(100 + Math.random() * 900);
      kill9();
      await exited;
    }
    alive.abort();
    await disturbed;
    proxy.down = false;
    proxy.withholdsLogs = false;
    await node.mine({ blocks: 1 });
    const { hash } = await node.getBlock();

    const { stop } = await start(config);
    const read = async () => (await readJson(stateFile, consumerState)) ?? { blocks: [] };
    while ((await read()).blocks.at(-1)?.hash !== hash) await systemClock.sleep(50);
    await stop();

    const { blocks } = await read();
    const events = { address: emitter, abi: emitterAbi, eventName: "Noted", fromBlock: 0n } as const;
    const logs = await node.getContractEvents(events);
    expect(blocks.flatMap((block) => block.events)).to.deep.equal(
      logs.map((log) => `${log.blockHash}:${log.logIndex}:${log.args.id}`),
    );
    expect(logs.length).to.be.greaterThan(20);
    expect(reorgs).to.be.greaterThan(3);
  });
});
