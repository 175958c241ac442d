// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { readHeader } from "../../../offchain/bitcoin/block.ts";
import type { Hash } from "../../../offchain/bitcoin/bytes.ts";
import { hexToBytes } from "../../../offchain/bitcoin/bytes.ts";
import {
  type FollowedChain,
  ForkTooDeepError,
  type HeaderBatch,
  headersSince,
} from "../../../offchain/bitcoin/headersSince.ts";
import type { ChainReader } from "../../../offchain/bitcoin/node.ts";
import { createFakeChain } from "./fakeChain.ts";
import { type Regtest, startRegtest } from "./regtest.ts";

/** A light client that takes headers by the contract's rules; every block has the same work. */
function createLightClient(checkpoint: { height: number; hash: Hash; chainwork: bigint }, ring: number) {
  const workPerBlock = checkpoint.chainwork / BigInt(checkpoint.height + 1);
  const hashes = new Map([[checkpoint.height, checkpoint.hash]]);
  let tip = checkpoint.height;
  return {
    chain: (): FollowedChain => ({
      tip: { height: tip, hash: hashes.get(tip) ?? "", chainwork: workPerBlock * BigInt(tip + 1) },
      hashAt: async (height) => (height > tip - ring ? hashes.get(height) : undefined),
    }),
    submit({ height, headers }: HeaderBatch): void {
      const end = height + headers.length - 1;
      expect(end).to.be.greaterThan(tip, "no more work than the followed chain has");
      for (const [i, raw] of headers.entries()) {
        const { hash, previousHash } = readHeader(hexToBytes(raw));
        expect(previousHash).to.equal(hashes.get(height + i - 1));
        hashes.set(height + i, hash);
      }
      tip = end;
    },
  };
}

async function feed(
  node: ChainReader,
  client: ReturnType<typeof createLightClient>,
  batchSize: number,
): Promise<number[]> {
  const sizes: number[] = [];
  for await (const batch of headersSince({ node, chain: client.chain(), batchSize })) {
    client.submit(batch);
    sizes.push(batch.headers.length);
  }
  return sizes;
}

describe("headersSince", () => {
  const genesis = (fake: ReturnType<typeof createFakeChain>) => ({
    height: 0,
    hash: fake.best[0] ?? "",
    chainwork: 1n,
  });

  it("brings a light client to the node's tip, whatever the reorg and the batch", async () => {
    const moves = fc.array(fc.record({ drop: fc.nat({ max: 12 }), mine: fc.nat({ max: 12 }) }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(moves, fc.integer({ min: 1, max: 9 }), async (all, batchSize) => {
        const fake = createFakeChain();
        const client = createLightClient(genesis(fake), 1_000);
        for (const { drop, mine } of all) {
          fake.reorg(Math.max(0, fake.best.length - 1 - drop), mine);
          const { height, hash } = client.chain().tip;
          await feed(fake.node, client, batchSize);
          const hasMore = fake.best.length - 1 > height;
          expect(client.chain().tip.hash).to.equal(hasMore ? fake.best.at(-1) : hash);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("makes the first batch long enough to outdo what it replaces", async () => {
    const fake = createFakeChain();
    const client = createLightClient(genesis(fake), 1_000);
    fake.reorg(0, 20);
    expect(await feed(fake.node, client, 5)).to.deep.equal([5, 5, 5, 5]);
    fake.reorg(8, 15);
    expect(await feed(fake.node, client, 5)).to.deep.equal([13, 2]);
    expect(await feed(fake.node, client, 5)).to.deep.equal([]);
  });

  it("has nothing for a light client whose chain has as much work", async () => {
    const fake = createFakeChain();
    const client = createLightClient(genesis(fake), 1_000);
    fake.reorg(0, 5);
    await feed(fake.node, client, 5);
    fake.reorg(2, 3);
    expect(await feed(fake.node, client, 5)).to.deep.equal([]);
  });

  it("says when the fork is older than what the light client keeps", async () => {
    const fake = createFakeChain();
    const client = createLightClient(genesis(fake), 10);
    fake.reorg(0, 30);
    await feed(fake.node, client, 40);
    fake.reorg(20, 12); // the light client keeps 21 to 30
    const error = await feed(fake.node, client, 40).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(ForkTooDeepError).with.property("code", "FORK_TOO_DEEP");
  });

  it("ends early when the node's chain changes between two answers", async () => {
    const fake = createFakeChain();
    const client = createLightClient(genesis(fake), 1_000);
    fake.reorg(0, 10);
    const batches = headersSince({ node: fake.node, chain: client.chain(), batchSize: 4 });
    const first = await batches.next();
    if (first.value === undefined || first.done) throw new Error("no batch");
    client.submit(first.value);
    fake.reorg(2, 12);
    expect(await batches.next()).to.deep.equal({ value: undefined, done: true });
    await feed(fake.node, client, 4);
    expect(client.chain().tip.hash).to.equal(fake.best.at(-1));
  });

  context("given a real node", function () {
    this.timeout(20_000);
    let regtest: Regtest;

    before(async () => {
      regtest = await startRegtest(10);
    });

    after(() => regtest.stop());

    it("gives real headers, in one chain with the real work", async () => {
      const { node, mine, invalidate } = regtest;
      const checkpoint = await node.blockHeader((await node.blockHash(50)) ?? "");
      if (checkpoint === undefined) throw new Error("no block 50");
      expect(checkpoint.chainwork).to.equal(2n * 51n); // regtest: two expected hashes a block
      const client = createLightClient(checkpoint, 1_000);
      expect(await feed(node, client, 40)).to.deep.equal([40, 20]);
      expect(client.chain().tip.hash).to.equal(await node.bestBlockHash());
      const [removed = ""] = await mine(3);
      await feed(node, client, 40);
      await invalidate(removed);
      await mine(4);
      expect(await feed(node, client, 2)).to.deep.equal([4]);
      expect(client.chain().tip.hash).to.equal(await node.bestBlockHash());
    });
  });
});
