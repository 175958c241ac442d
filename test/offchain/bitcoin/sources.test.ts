// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Hash } from "../../../offchain/bitcoin/bytes.ts";
import { BitcoinNodeError } from "../../../offchain/bitcoin/errors.ts";
import { createEsplora } from "../../../offchain/bitcoin/esplora.ts";
import { type BlockUpdate, followBlocks } from "../../../offchain/bitcoin/followBlocks.ts";
import type { BitcoinNode } from "../../../offchain/bitcoin/node.ts";
import { createSources, type SourceState, type Sources } from "../../../offchain/bitcoin/sources.ts";
import { systemClock as clock } from "../../../offchain/core/clock.ts";
import { type FakeEsplora, startFakeEsplora } from "../../fakes/esplora.ts";
import { type Regtest, startRegtest, take, text } from "./regtest.ts";

describe("several sources of Bitcoin", function () {
  this.timeout(60_000);
  let ours: Regtest;
  let theirs: Regtest;
  let esplora: FakeEsplora;
  /** Faults of the first source. */
  let first: { failing: boolean; syncing: boolean; refusing: boolean };
  let changes: (readonly SourceState[])[];
  let sources: Sources;

  before(async () => {
    [ours, theirs] = await Promise.all([startRegtest(2), startRegtest(0)]);
    esplora = await startFakeEsplora(theirs);
  });

  after(async () => {
    await esplora?.stop();
    await Promise.all([ours?.stop(), theirs?.stop()]);
  });

  beforeEach(async () => {
    await meet();
    esplora.down = false;
    first = { failing: false, syncing: false, refusing: false };
    changes = [];
    sources = open(3_600_000);
  });

  const open = (compareEveryMs: number) => {
    const second = createEsplora({ url: esplora.url, clock, retries: 0 });
    return createSources({
      sources: [
        { name: "bitcoind", node: faulty(ours.node) },
        { name: "esplora", node: second },
      ],
      clock,
      compareEveryMs,
      onChange: (states) => changes.push(states),
    });
  };

  /** Gives each node the other one's blocks, and ours one more, so that both have the same chain. */
  async function meet(): Promise<void> {
    const give = async (from: Regtest, to: Regtest) => {
      const { blocks } = await from.node.blockchainInfo();
      for (const hash of await from.node.blockHashes(1, blocks)) {
        const block = await from.rpc("getblock", [hash, 0], text);
        await to.rpc("submitblock", [block], text.nullable());
      }
    };
    await give(ours, theirs);
    await give(theirs, ours);
    await ours.mine(1);
    await give(ours, theirs);
    expect(await ours.node.bestBlockHash()).to.equal(await theirs.node.bestBlockHash());
  }

  function faulty(node: BitcoinNode): BitcoinNode {
    return {
      ...node,
      blockchainInfo: async (signal) => {
        const info = await (first.failing ? unreachable() : node.blockchainInfo(signal));
        return { ...info, initialBlockDownload: first.syncing };
      },
      bestBlockHash: (signal) => (first.failing ? unreachable() : node.bestBlockHash(signal)),
      block: (hash, signal) => (first.refusing ? pruned() : node.block(hash, signal)),
    };
  }
  const unreachable = async (): Promise<never> => {
    throw new BitcoinNodeError("UNREACHABLE", "test", "as the test wants");
  };
  const pruned = async (): Promise<never> => {
    throw new BitcoinNodeError("REFUSED", "getblock", "Block not available (pruned data)", { rpcCode: -1 });
  };
  const inUse = () => sources.states().find((state) => state.inUse)?.name;
  const tip = async () => {
    await sources.compare();
    return await sources.node.bestBlockHash();
  };

  it("asks the first while both agree, and says so", async () => {
    expect(await tip()).to.equal(await ours.node.bestBlockHash());
    expect(inUse()).to.equal("bitcoind");
    expect(sources.states()).to.have.length(2);
    for (const { error, forksAbove, tip: hash } of sources.states()) {
      expect({ error, forksAbove, hash }).to.deep.equal({
        error: undefined,
        forksAbove: undefined,
        hash: await ours.node.bestBlockHash(),
      });
    }
  });

  it("asks the second while the first fails, and the first again when it is back", async () => {
    first.failing = true;
    expect(await tip()).to.equal(await theirs.node.bestBlockHash());
    expect(inUse()).to.equal("esplora");
    expect(changes.at(-1)?.[0]?.error).to.contain("as the test wants");
    first.failing = false;
    await tip();
    expect(inUse()).to.equal("bitcoind");
    expect(changes.at(-1)?.[0]?.error).to.equal(undefined);
  });

  it("fails as the first one does when none answers", async () => {
    first.failing = true;
    esplora.down = true;
    const error: unknown = await tip().catch((reason: unknown) => reason);
    expect(error).to.include({ code: "UNREACHABLE", retryable: true });
  });

  it("asks the second while the first still fetches the chain", async () => {
    first.syncing = true;
    await tip();
    expect(inUse()).to.equal("esplora");
    // Two that sync are worth as much as each other: one has to do.
    esplora.down = true;
    await tip();
    expect(inUse()).to.equal("bitcoind");
  });

  it("asks the second for a block that the first has pruned", async () => {
    first.refusing = true;
    const hash = await tip();
    expect((await sources.node.block(hash)).hash).to.equal(hash);
    expect(inUse()).to.equal("bitcoind");
  });

  it("stays with the first when the second is a block or two ahead, as blocks take time to spread", async () => {
    await theirs.mine(2);
    expect(await tip()).to.equal(await ours.node.bestBlockHash());
    expect(inUse()).to.equal("bitcoind");
  });

  it("goes over to the second when the first has lost touch, and back when it has caught up", async () => {
    await theirs.mine(3);
    expect(await tip()).to.equal(await theirs.node.bestBlockHash());
    expect(inUse()).to.equal("esplora");
    await meet();
    await tip();
    expect(inUse()).to.equal("bitcoind");
  });

  it("tells when the chains differ, and follows the one with more work", async () => {
    const { blocks } = await ours.node.blockchainInfo();
    await theirs.mine(1);
    await ours.mine(1);
    expect(await tip()).to.equal(await ours.node.bestBlockHash());
    expect(changes.at(-1)?.[1]?.forksAbove).to.equal(blocks);
    await theirs.mine(3);
    expect(await tip()).to.equal(await theirs.node.bestBlockHash());
    expect(sources.states()[1]).to.include({ inUse: true, forksAbove: blocks });
    await meet();
    await tip();
    expect(changes.at(-1)?.map(({ forksAbove }) => forksAbove)).to.deep.equal([undefined, undefined]);
  });

  it("believes no work that headers do not prove", async () => {
    const { blocks } = await ours.node.blockchainInfo();
    const [best, liar] = [await ours.node.bestBlockHash(), "00".repeat(32)];
    const boasting: BitcoinNode = {
      ...ours.node,
      blockchainInfo: async () => ({ ...(await ours.node.blockchainInfo()), blocks: blocks + 100, bestHash: liar }),
      bestBlockHash: async () => liar,
      blockHashes: async (_from, count) => Array.from({ length: count }, () => liar),
      // Linked, each with the least target there is, and without the work for it.
      rawHeaders: async (hashes) => {
        const raw = Buffer.alloc(80);
        Buffer.from(best, "hex").reverse().copy(raw, 4);
        raw.writeUInt32LE(0x1d00ffff, 72);
        return hashes.map(() => `0x${raw.toString("hex")}` as const);
      },
    };
    const both = createSources({
      sources: [
        { name: "bitcoind", node: ours.node },
        { name: "liar", node: boasting },
      ],
      clock,
      compareEveryMs: 0,
    });
    expect(await both.node.bestBlockHash()).to.equal(best);
    expect(both.states()[0]?.inUse).to.equal(true);
  });

  it("shows whoever follows the chain a change of source as a reorg", async () => {
    const { blocks, bestHash } = await ours.node.blockchainInfo();
    const ending = new AbortController();
    const { node } = open(100);
    const from = { height: blocks, hash: bestHash };
    const follow = followBlocks({ node, from, clock, signal: ending.signal, pollMs: 20 });
    const hashes = (updates: BlockUpdate[]) => updates.map((each) => (each.type === "block" ? each.hash : each.type));
    const old: Hash[] = await ours.mine(2);
    expect(hashes(await take(follow, 2))).to.deep.equal(old);
    const better = await theirs.mine(5);
    expect(hashes(await take(follow, 6))).to.deep.equal(["reorg", ...better]);
    ending.abort();
  });

  it("is not held up by a source that does not answer", async () => {
    await tip();
    const never = createSources({
      sources: [
        { name: "bitcoind", node: ours.node },
        {
          name: "silent",
          node: { ...ours.node, blockchainInfo: () => (asked++ === 0 ? ours.node.blockchainInfo() : hang()) },
        },
      ],
      clock,
      compareEveryMs: 0,
    });
    let asked = 0;
    const hang = () => new Promise<never>(() => undefined);
    const best = await ours.node.bestBlockHash();
    for (let i = 0; i < 3; i++) expect(await never.node.bestBlockHash()).to.equal(best);
    expect(asked).to.equal(2);
  });

  it("sends a transaction to whichever takes it", async () => {
    first.failing = true;
    esplora.down = true;
    const address = await ours.rpc("getnewaddress", [], text);
    const txid = await ours.pay({ [address]: 50_000n });
    const raw = Buffer.from(await ours.rpc("getrawtransaction", [txid], text), "hex");
    expect(await sources.node.sendRawTransaction(raw)).to.equal(txid);
    await ours.mine(1);
  });
});
