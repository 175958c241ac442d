// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import type { BitcoinNodeError } from "../../../offchain/bitcoin/errors.ts";
import {
  type BlockUpdate,
  type Checkpoint,
  CheckpointUnknownError,
  followBlocks,
} from "../../../offchain/bitcoin/followBlocks.ts";
import type { ChainReader } from "../../../offchain/bitcoin/node.ts";
import { systemClock } from "../../../offchain/core/clock.ts";
import { createFakeChain } from "./fakeChain.ts";
import { type Regtest, startRegtest, take } from "./regtest.ts";

const summary = (update: BlockUpdate) =>
  update.type === "block" ? [update.height, update.hash] : ["reorg", update.from, ...update.removed];

/** Applies updates as a caller would, and checks that they fit together. */
function apply(chain: string[], update: BlockUpdate): void {
  if (update.type === "block") {
    expect(update.height).to.equal(chain.length);
    expect(update.block.hash).to.equal(update.hash);
    expect(update.block.previousHash).to.equal(chain.at(-1));
    chain.push(update.hash);
  } else {
    expect(chain.splice(update.from)).to.deep.equal(update.removed);
    expect(update.ancestor).to.deep.equal({ height: chain.length - 1, hash: chain.at(-1) });
  }
}

describe("followBlocks", () => {
  const stopping = new AbortController();
  const follow = (node: ChainReader, from: Checkpoint, errors: BitcoinNodeError[] = []) =>
    followBlocks({
      node,
      from,
      clock: systemClock,
      signal: stopping.signal,
      pollMs: 5,
      onError: (error) => errors.push(error),
    });
  const at = async (node: ChainReader, height: number): Promise<Checkpoint> => {
    return { height, hash: (await node.blockHash(height)) ?? "" };
  };

  context("given a chain that is rewritten at random", () => {
    const moves = fc.array(
      fc.record({
        drop: fc.nat({ max: 6 }),
        mine: fc.nat({ max: 4 }),
        read: fc.nat({ max: 8 }),
        trouble: fc.constantFrom("none", "fails", "forgets"),
      }),
      { maxLength: 25 },
    );

    it("tells a caller, however slow, exactly that chain", async () => {
      await fc.assert(
        fc.asyncProperty(moves, async (all) => {
          const fake = createFakeChain();
          const chain = [fake.best[0] ?? ""];
          let forgetful = false;
          // From a node that is behind a block that it does not know, there is nothing to be had.
          const canRead = () => chain.at(-1) !== fake.best.at(-1) && (!forgetful || fake.best.length >= chain.length);
          const updates = follow(fake.node, await at(fake.node, 0));
          for (const { drop, mine, read, trouble } of all) {
            fake.reorg(Math.max(0, fake.best.length - 1 - drop), mine);
            if (trouble === "forgets") fake.forget();
            forgetful ||= trouble === "forgets";
            if (trouble === "fails") fake.failNextCall();
            for (let i = 0; i < read && canRead(); i++) {
              for (const update of await take(updates, 1)) apply(chain, update);
            }
          }
          fake.reorg(fake.best.length - 1, 10 + chain.length); // outgrows whatever was read before
          while (chain.at(-1) !== fake.best.at(-1)) for (const update of await take(updates, 1)) apply(chain, update);
          expect(chain).to.deep.equal(fake.best);
        }),
        { numRuns: 60 },
      );
    }).timeout(20_000);

    it("waits for a node that is behind, and gives up on one that has another chain", async () => {
      const fake = createFakeChain();
      fake.reorg(0, 3);
      const errors: BitcoinNodeError[] = [];
      const updates = follow(fake.node, await at(fake.node, 3), errors);
      fake.reorg(0, 2);
      fake.forget();
      const next = updates.next();
      while (errors.length === 0) await systemClock.sleep(1);
      expect(errors[0]).to.include({ code: "BEHIND", retryable: true });
      fake.reorg(2, 1);
      const error = await next.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(CheckpointUnknownError).with.property("code", "CHECKPOINT_UNKNOWN");
    });

    it("ends without an error when it is stopped", async () => {
      const fake = createFakeChain();
      const stop = new AbortController();
      const parameters = { node: fake.node, clock: systemClock, signal: stop.signal };
      const next = followBlocks({ ...parameters, from: await at(fake.node, 0) }).next();
      stop.abort();
      expect(await next).to.deep.equal({ value: undefined, done: true });
    });
  });

  context("given a real node", function () {
    this.timeout(20_000);
    let regtest: Regtest;

    before(async () => {
      regtest = await startRegtest(1);
    });

    after(async () => {
      stopping.abort();
      await regtest.stop();
    });

    it("catches up from the checkpoint and then waits for each block", async () => {
      const { node, mine } = regtest;
      const updates = follow(node, await at(node, 90));
      const caughtUp = await take(updates, 11);
      const hashes = await node.blockHashes(91, 11);
      expect(caughtUp.map(summary)).to.deep.equal(hashes.map((hash, i) => [91 + i, hash]));
      const next = updates.next();
      const [mined] = await mine(1);
      expect((await next).value).to.include({ type: "block", height: 102, hash: mined });
    });

    it("tells a reorg of twelve blocks, first what goes, then what comes", async () => {
      const { node, mine, invalidate } = regtest;
      const { blocks } = await node.blockchainInfo();
      const removed = await mine(12);
      const updates = follow(node, await at(node, blocks + 10));
      await take(updates, 2);
      await invalidate(removed[0] ?? "");
      const added = await mine(13);
      expect((await take(updates, 14)).map(summary)).to.deep.equal([
        ["reorg", blocks + 1, ...removed],
        ...added.map((hash, i) => [blocks + 1 + i, hash]),
      ]);
    });

    it("resumes from a checkpoint that was reorganised away while nobody looked", async () => {
      const { node, mine, invalidate } = regtest;
      const { blocks } = await node.blockchainInfo();
      const removed = await mine(3);
      const checkpoint = await at(node, blocks + 2);
      await invalidate(removed[0] ?? "");
      const [added] = await mine(1);
      const updates = follow(node, checkpoint);
      expect((await take(updates, 2)).map(summary)).to.deep.equal([
        ["reorg", blocks + 1, ...removed.slice(0, 2)],
        [blocks + 1, added],
      ]);
    });

    it("goes on after the node was restarted", async () => {
      const { node, mine, restart } = regtest;
      const { blocks } = await node.blockchainInfo();
      const updates = follow(node, await at(node, blocks));
      const next = updates.next();
      await restart();
      const [mined] = await mine(1);
      expect((await next).value).to.include({ type: "block", height: blocks + 1, hash: mined });
    });
  });
});
