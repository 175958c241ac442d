// SPDX-License-Identifier: Apache-2.0
// What every client of a Bitcoin node has to do alike, against one and the same bitcoind.
import { Transaction } from "bitcoinjs-lib";
import { expect } from "chai";
import { z } from "zod";
import { workOf } from "../../../offchain/bitcoin/chainwork.ts";
import { BitcoinNodeError } from "../../../offchain/bitcoin/errors.ts";
import { createEsplora } from "../../../offchain/bitcoin/esplora.ts";
import { type BlockUpdate, followBlocks } from "../../../offchain/bitcoin/followBlocks.ts";
import { headersSince } from "../../../offchain/bitcoin/headersSince.ts";
import type { BitcoinNode } from "../../../offchain/bitcoin/node.ts";
import { fullBytes, transactionId } from "../../../offchain/bitcoin/transaction.ts";
import { type MempoolUpdate, watchMempool } from "../../../offchain/bitcoin/watchMempool.ts";
import { systemClock as clock } from "../../../offchain/core/clock.ts";
import { type FakeEsplora, startFakeEsplora } from "../../fakes/esplora.ts";
import { type Regtest, startRegtest, take, text } from "./regtest.ts";

const UNKNOWN = "77".repeat(32);

describe("clients of a Bitcoin node", function () {
  this.timeout(60_000);
  let regtest: Regtest;
  let esplora: FakeEsplora;

  before(async () => {
    regtest = await startRegtest(20);
    esplora = await startFakeEsplora(regtest);
  });

  after(async () => {
    await esplora?.stop();
    await regtest?.stop();
  });

  const clients: [string, () => BitcoinNode][] = [
    ["bitcoind's RPC", () => regtest.node],
    ["Esplora's REST", () => createEsplora({ url: esplora.url, clock, retries: 0 })],
  ];
  for (const [name, client] of clients) describe(name, () => describeNode(client, () => regtest));

  const errorOf = async (promise: Promise<unknown>): Promise<BitcoinNodeError> => {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof BitcoinNodeError)) throw new Error(`not a BitcoinNodeError: ${error}`);
    return error;
  };

  describe("Esplora's REST alone", () => {
    it("counts chainwork from an anchor as from the first block, above it and below", async () => {
      const height = 50;
      const hash = await regtest.node.blockHash(height);
      const { chainwork = 0n } = (await regtest.node.blockHeader(hash ?? "")) ?? {};
      for (const anchor of [
        { height, hash: hash ?? "", chainwork },
        // One of another chain is of no use.
        { height, hash: UNKNOWN, chainwork: 1n },
      ]) {
        const node = createEsplora({ url: esplora.url, clock, anchor: async () => anchor });
        for (const at of [height + 45, height, 3]) {
          const block = (await regtest.node.blockHash(at)) ?? "";
          expect(await node.blockHeader(block)).to.deep.equal(await regtest.node.blockHeader(block));
        }
      }
    });

    it("tells what may pass from what will not", async () => {
      const node = createEsplora({ url: esplora.url, clock, retries: 0 });
      esplora.down = true;
      expect(await errorOf(node.bestBlockHash())).to.include({ code: "BUSY", retryable: true });
      esplora.down = false;
      const nobody = createEsplora({ url: "http://127.0.0.1:1", clock, retries: 0 });
      expect(await errorOf(nobody.bestBlockHash())).to.include({ code: "UNREACHABLE", retryable: true });
      const other = createEsplora({ url: `${esplora.url}/nowhere`, clock, retries: 0 });
      expect(await errorOf(other.bestBlockHash())).to.include({ code: "BAD_REPLY", retryable: false });
    });

    it("knows the work of known targets", () => {
      // Of the first block, and of regtest.
      expect(workOf(0x1d00ffff)).to.equal(0x100010001n);
      expect(workOf(0x207fffff)).to.equal(2n);
      expect(workOf(0x01800000), "negative").to.equal(0n);
      expect(workOf(0xff123456), "too large").to.equal(0n);
    });
  });
});

function describeNode(client: () => BitcoinNode, regtestOf: () => Regtest): void {
  let node: BitcoinNode;
  let regtest: Regtest;

  before(() => {
    node = client();
    regtest = regtestOf();
  });

  const coin = async (sats: bigint) => {
    const address = await regtest.rpc("getnewaddress", ["", "bech32m"], text);
    const script = await regtest.rpc("getaddressinfo", [address], z.object({ scriptPubKey: text }));
    const txid = await regtest.pay({ [address]: sats });
    return { txid, address, script: `0x${script.scriptPubKey}` as const };
  };
  const voutOf = async (txid: string, address: string) => {
    const schema = z.object({ vout: z.array(z.object({ n: z.number(), scriptPubKey: z.object({ address: text }) })) });
    const { vout } = await regtest
      .rpc("gettransaction", [txid, true, true], z.object({ decoded: schema }))
      .then(({ decoded }) => decoded);
    return vout.find(({ scriptPubKey }) => scriptPubKey.address === address)?.n ?? -1;
  };

  it("knows its chain and tip", async () => {
    const { chain, blocks, bestHash, initialBlockDownload } = await node.blockchainInfo();
    const expected = await regtest.rpc("getbestblockhash", [], text);
    expect({ chain, bestHash, initialBlockDownload }).to.deep.equal({
      chain: "regtest",
      bestHash: expected,
      initialBlockDownload: false,
    });
    expect(await node.bestBlockHash()).to.equal(expected);
    expect(await node.blockHash(blocks)).to.equal(expected);
    expect(await node.blockHash(blocks + 1)).to.equal(undefined);
    expect(await node.blockHashes(blocks - 1, 5)).to.deep.equal([await node.blockHash(blocks - 1), expected]);
  });

  it("gives headers with their place and chainwork, and blocks", async () => {
    const { blocks } = await node.blockchainInfo();
    for (const height of [0, 1, blocks]) {
      const hash = (await node.blockHash(height)) ?? "";
      const header = await node.blockHeader(hash);
      expect(header).to.deep.equal({
        hash,
        height,
        confirmations: blocks - height + 1,
        previousHash: height === 0 ? undefined : await node.blockHash(height - 1),
        chainwork: BigInt(2 * (height + 1)),
      });
      const [raw] = await node.rawHeaders([hash]);
      const block = await node.block(hash);
      expect(block).to.include({ hash, header: raw });
      expect(`0x${await regtest.rpc("getblockheader", [hash, false], text)}`).to.equal(raw);
    }
    expect(await node.blockHeader(UNKNOWN)).to.equal(undefined);
    await node.block(UNKNOWN).then(
      () => expect.fail("there is no such block"),
      (error: unknown) => expect(error).to.include({ code: "REFUSED", retryable: false }),
    );
  });

  it("knows what waits, who spends it, and what is unspent in the chain", async () => {
    const { txid, address } = await coin(60_000_000n);
    const vout = await voutOf(txid, address);
    expect(await node.mempool()).to.deep.include({ loaded: true });
    expect((await node.mempool()).txids).to.include(txid);
    expect(await node.isUnspentInChain({ txid, vout })).to.equal(false);
    const [transaction, missing] = await node.transactions([txid, UNKNOWN]);
    expect(transaction && transactionId(transaction)).to.equal(txid);
    expect(missing).to.equal(undefined);

    await regtest.mine(1);
    expect(await node.isUnspentInChain({ txid, vout })).to.equal(true);
    expect(await node.isUnspentInChain({ txid, vout: 99 })).to.equal(false);
    expect(await node.isUnspentInChain({ txid: UNKNOWN, vout: 0 })).to.equal(false);
    const inputs = [{ txid, vout }];
    const to = await regtest.rpc("getnewaddress", [], text);
    const schema = z.object({ txid: text });
    const spender = await regtest.rpc("send", [[{ [to]: 0.5 }], null, "unset", 2, { inputs }], schema);
    // Another one's spending does not unmake it before it is mined.
    expect(await node.isUnspentInChain({ txid, vout })).to.equal(true);
    const unspent = { txid: spender.txid, vout: 0 };
    expect(await node.mempoolSpenders([{ txid, vout }, unspent])).to.deep.equal([spender.txid, undefined]);
    await regtest.mine(1);
    expect(await node.isUnspentInChain({ txid, vout })).to.equal(false);
    expect(await node.mempoolSpenders([{ txid, vout }])).to.deep.equal([undefined]);
  });

  it("sends a transaction, and again, and when it is mined; passes on a refusal", async () => {
    const { txid } = await coin(100_000n);
    const [sent] = await node.transactions([txid]);
    const raw = sent === undefined ? new Uint8Array() : fullBytes(sent);
    expect(await node.sendRawTransaction(raw)).to.equal(txid);
    await regtest.mine(1);
    expect(await node.sendRawTransaction(raw)).to.equal(txid);
    const orphan = new Transaction();
    orphan.version = 2;
    orphan.addInput(new Uint8Array(32).fill(0x11), 0);
    orphan.addOutput(Uint8Array.of(0x00, 0x14, ...new Uint8Array(20)), 1000n);
    const spent = orphan.toBuffer();
    const error: unknown = await node.sendRawTransaction(spent).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(BitcoinNodeError);
    expect(error).to.include({ code: "REFUSED", rpcCode: -25, retryable: false });
  });

  for (const depth of [1, 2, 6]) {
    it(`is followed through a reorg ${depth} deep`, async () => {
      const { blocks, bestHash } = await node.blockchainInfo();
      const ending = new AbortController();
      const follow = followBlocks({
        node,
        from: { height: blocks, hash: bestHash },
        clock,
        signal: ending.signal,
        pollMs: 20,
      });
      const old = await regtest.mine(depth);
      expect((await take(follow, depth)).map((update) => update.type === "block" && update.hash)).to.deep.equal(old);
      await regtest.invalidate(old[0] ?? "");
      const mined = await regtest.mine(depth + 1);
      const [reorg, ...after] = (await take(follow, depth + 2)) as [BlockUpdate, ...BlockUpdate[]];
      expect(reorg).to.deep.equal({
        type: "reorg",
        from: blocks + 1,
        removed: old,
        ancestor: { height: blocks, hash: bestHash },
      });
      expect(after.map((update) => update.type === "block" && update.hash)).to.deep.equal(mined);
      ending.abort();
    });
  }

  it("gives a light client on a stale branch the headers that outdo it", async () => {
    const { blocks, bestHash } = await node.blockchainInfo();
    const old = await regtest.mine(3);
    const chainwork = BigInt(2 * (blocks + 4));
    const stale = [bestHash, ...old];
    await regtest.invalidate(old[0] ?? "");
    const chain = {
      tip: { height: blocks + 3, hash: old[2] ?? "", chainwork },
      hashAt: async (height: number) => (height >= blocks ? stale[height - blocks] : await node.blockHash(height)),
    };
    await regtest.mine(3);
    for await (const batch of headersSince({ node, chain })) expect.fail(`no more work, but ${batch.height}`);
    await regtest.mine(2);
    const batches = [];
    for await (const batch of headersSince({ node, chain, batchSize: 1 })) batches.push(batch);
    // The first outdoes it in one step.
    expect(batches.map(({ height, headers }) => [height, headers.length])).to.deep.equal([
      [blocks + 1, 4],
      [blocks + 5, 1],
    ]);
  });

  it("tells of a payment that it was seen, replaced and dropped, and mined", async () => {
    const { txid, script } = await coin(70_000n);
    const ending = new AbortController();
    const watched = new Map([[script, "it"]]);
    const updates = watchMempool({ node, watched: () => watched, clock, signal: ending.signal, pollMs: 20 });
    const next = async () => (await take(updates, 1))[0] as MempoolUpdate<string>;
    const seen = await next();
    expect(seen).to.deep.include({ type: "seen" });
    expect(seen.payment).to.include({ txid, value: 70_000n, to: "it" });
    const bumped = await regtest.rpc("bumpfee", [txid], z.object({ txid: text }));
    const told = [await next(), await next()];
    expect(told.find(({ type }) => type === "gone")).to.deep.include({ reason: "replaced", replacedBy: bumped.txid });
    expect(told.find(({ type }) => type === "seen")?.payment.txid).to.equal(bumped.txid);
    await regtest.mine(1);
    expect(await next()).to.deep.include({ type: "gone", reason: "mined" });

    // Double-spent: a block has another transaction of the same coin.
    const second = await coin(80_000n);
    const both = new Map([...watched, [second.script, "second"]]);
    const more = watchMempool({ node, watched: () => both, clock, signal: ending.signal, pollMs: 20 });
    expect((await take(more, 1))[0]).to.deep.include({ type: "seen" });
    const [paying] = await regtest
      .rpc(
        "getrawtransaction",
        [second.txid, 1],
        z.object({ vin: z.array(z.object({ txid: text, vout: z.number() })) }),
      )
      .then(({ vin }) => vin);
    const to = await regtest.rpc("getnewaddress", [], text);
    const raw = await regtest.rpc("createrawtransaction", [[paying], [{ [to]: 0.0005 }]], text);
    const { hex } = await regtest.rpc("signrawtransactionwithwallet", [raw], z.object({ hex: text }));
    await regtest.rpc("generateblock", [to, [hex]], z.unknown());
    const gone = (await take(more, 1))[0] as MempoolUpdate<string>;
    expect(gone).to.deep.include({ type: "gone", reason: "dropped" });
    expect(gone.payment.txid).to.equal(second.txid);
    ending.abort();
  });
}
