// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { systemClock } from "../../../offchain/core/clock.ts";
import { startAnvil } from "../../../scripts/devnet/anvil.ts";
import { deployEmitter, emitterAbi, note, testClient } from "./emitter.ts";

describe("startAnvil", function () {
  this.timeout(30_000);

  it("mines by itself, with safe one block behind and final two", async () => {
    const anvil = await startAnvil({ chainId: 4242 });
    try {
      const node = testClient(anvil.url);
      while ((await node.getBlockNumber()) < 3n) await systemClock.sleep(100);
      const [latest, safe, finalized] = await Promise.all([
        node.getBlock({ blockTag: "latest" }),
        node.getBlock({ blockTag: "safe" }),
        node.getBlock({ blockTag: "finalized" }),
      ]);
      expect(latest.number - safe.number).to.equal(1n);
      expect(latest.number - finalized.number).to.equal(2n);
      expect(await node.getChainId()).to.equal(4242);
    } finally {
      await anvil.stop();
    }
  });

  it("keeps blocks, logs and receipts over a restart", async () => {
    const folder = await mkdtemp(join(tmpdir(), "xov-"));
    const stateFile = join(folder, "chain.json");
    const look = async (url: string, hash?: `0x${string}`) => {
      const node = testClient(url);
      const logs = await node.getContractEvents({ abi: emitterAbi, fromBlock: 0n });
      const { hash: tip } = await node.getBlock({ blockNumber: 3n });
      return { tip, logs, receipt: hash && (await node.getTransactionReceipt({ hash })) };
    };
    let anvil = await startAnvil({ stateFile, blockTime: "manual" });
    try {
      const emitter = await deployEmitter(anvil.url);
      const hash = await note(anvil.url, emitter, 1n, 3n);
      await testClient(anvil.url).mine({ blocks: 3 });
      const before = await look(anvil.url, hash);
      await anvil.stop();
      anvil = await startAnvil({ stateFile, blockTime: "manual" });
      expect(await look(anvil.url, hash)).to.deep.equal(before);
      expect(before.logs.length).to.equal(3);
      await testClient(anvil.url).mine({ blocks: 1 });
    } finally {
      await anvil.stop();
      await rm(folder, { recursive: true });
    }
  });
});
