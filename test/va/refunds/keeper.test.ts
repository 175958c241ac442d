// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Psbt } from "bitcoinjs-lib";
import { expect } from "chai";
import { z } from "zod";
import { extract } from "../../../va/bitcoin/psbt.ts";
import { refundUp } from "../../../va/refunds/debt.ts";
import { PATIENCE_BLOCKS } from "../../../va/refunds/plan.ts";
import { text } from "../../offchain/bitcoin/regtest.ts";
import { CONFIRMATIONS, createRefundWorld, type World } from "./world.ts";

describe("refunds of a closed lease", function () {
  this.timeout(120_000);
  let world: World;
  before(async () => {
    world = await createRefundWorld();
  });
  after(() => world?.stop());

  const mempool = async () => (await world.node.mempool()).txids;
  const emptyBlocks = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const miner = await world.regtest.rpc("getnewaddress", [], text);
      await world.regtest.rpc("generateblock", [miner, []], z.object({ hash: text }));
    }
  };

  it("are paid from the lease's own coins, marked, proven at depth, and counted for good", async () => {
    const debt = await world.indebted(100_000n, 50_000n);
    const all = refundUp(debt.owed);
    expect(all).to.equal(148_000n);
    await world.keeper(debt).keep();
    const [txid = ""] = await mempool();
    const entry = z.object({ vin: z.array(z.object({ txid: text })), vout: z.array(z.unknown()) });
    const { vin, vout } = await world.regtest.rpc("getrawtransaction", [txid, true], entry);
    expect(vin.map((each) => each.txid)).to.have.members(debt.payments.map((each) => each.txid));
    expect(vout).to.have.length(3);
    await world.regtest.mine(1);
    await world.keeper(debt).keep();
    expect(debt.refunds, "not deep enough").to.have.length(0);
    await world.regtest.mine(CONFIRMATIONS - 1);
    await world.keeper(debt).keep();
    expect(debt.owed).to.equal(0n);
    expect(await debt.paid()).to.equal(all);
    await world.keeper(debt).keep();
    expect(debt.refunds[0]?.confirmableAt).to.not.equal(undefined);
    debt.now += 259_200n;
    await world.keeper(debt).keep();
    expect(debt.refunds[0]?.confirmableAt).to.equal(undefined);
  });

  it("are not paid again by an appliance that has forgotten everything: in the mempool, in a block, when proven", async () => {
    const debt = await world.indebted(80_000n);
    const all = refundUp(debt.owed);
    for (let i = 0; i < 3; i++) await world.keeper(debt).keep();
    expect(await mempool()).to.have.length(1);
    for (let i = 0; i < 2; i++) {
      await world.regtest.mine(1);
      await world.keeper(debt).keep();
    }
    await world.keeper(debt).keep();
    expect(await mempool()).to.have.length(0);
    expect(await debt.paid()).to.equal(all);
  });

  it("are replaced at a higher fee rate when they are not mined, and only one of them is", async () => {
    const debt = await world.indebted(80_000n);
    await world.keeper(debt).keep();
    const [first = ""] = await mempool();
    await emptyBlocks(PATIENCE_BLOCKS - 1);
    await world.keeper(debt).keep();
    expect(await mempool()).to.deep.equal([first]);
    await emptyBlocks(1);
    await world.keeper(debt).keep();
    const [second = ""] = await mempool();
    expect(await mempool()).to.have.length(1);
    expect(second).to.not.equal(first);
    await world.regtest.mine(CONFIRMATIONS);
    await world.keeper(debt).keep();
    expect(debt.owed).to.equal(0n);
    expect(await debt.paid()).to.equal(78_000n);
  });

  it("pay what came after the close with another transaction, once the first is proven", async () => {
    const debt = await world.indebted(80_000n);
    await world.keeper(debt).keep();
    const txid = await world.regtest.pay({ [debt.address.address]: 10_000n });
    const raw = z.object({ vout: z.array(z.object({ n: z.number(), scriptPubKey: z.object({ hex: text }) })) });
    const { vout } = await world.regtest.rpc("getrawtransaction", [txid, true], raw);
    const paid = vout.find(({ scriptPubKey }) => `0x${scriptPubKey.hex}` === debt.address.script);
    debt.payments.push({ txid, vout: paid?.n ?? -1 });
    debt.owed += 10_000_000n;
    await world.regtest.mine(CONFIRMATIONS);
    await world.keeper(debt).keep();
    expect(debt.owed).to.equal(12_000_000n);
    await world.keeper(debt).keep();
    await world.regtest.mine(CONFIRMATIONS);
    await world.keeper(debt).keep();
    expect(debt.owed).to.equal(0n);
    expect(await debt.paid()).to.equal(88_000n);
  });

  it("take the wallet's coins where the lease's own are gone, and are found again in the wallet", async () => {
    await world.regtest.pay({ [await world.regtest.rpc("getnewaddress", ["", "bech32"], text)]: 10_000_000n });
    const debt = await world.indebted(80_000n);
    debt.payments.length = 0;
    const { node } = world;
    for (let i = 0; i < 3; i++) await world.keeper(debt, { node }).keep();
    expect(await mempool()).to.have.length(1);
    await emptyBlocks(PATIENCE_BLOCKS);
    await world.keeper(debt, { node }).keep();
    expect(await mempool()).to.have.length(1);
    await world.regtest.mine(CONFIRMATIONS);
    for (let i = 0; i < 2; i++) await world.keeper(debt, { node }).keep();
    expect(debt.owed).to.equal(0n);
    expect(await debt.paid()).to.equal(78_000n);
    expect(await mempool()).to.have.length(0);
  });

  it("are written as a PSBT where the key is somewhere else; signed and sent there, they are found", async () => {
    const debt = await world.indebted(80_000n);
    await world.keeper(debt, { key: undefined }).keep();
    expect(await mempool()).to.have.length(0);
    const file = join(world.folder, `refund-${debt.address.leaseId}.psbt`);
    const psbt = Psbt.fromBase64((await readFile(file, "utf8")).trim());
    psbt.signInput(0, world.key.signerFor(debt.address.merkleRoot));
    await world.node.sendRawTransaction(extract(psbt));
    await world.keeper(debt, { key: undefined }).keep();
    await world.regtest.mine(CONFIRMATIONS);
    await world.keeper(debt, { key: undefined }).keep();
    expect(debt.owed).to.equal(0n);
  });

  it("are not held up by somebody else's transaction that carries the mark and is never mined", async () => {
    const debt = await world.indebted(80_000n);
    const mark = { data: debt.address.leaseId.slice(2) };
    const refundAddress = z.object({ address: text });
    const decoded = await world.regtest.rpc("decodescript", [debt.refundScript.slice(2)], refundAddress);
    const outputs = [{ [decoded.address]: 0.00001 }, mark];
    const sent = await world.regtest.rpc("send", [outputs, null, "unset", 1], z.object({ txid: text }));
    await world.keeper(debt).keep();
    expect(await mempool())
      .to.include(sent.txid)
      .and.have.length(2);
    await world.regtest.mine(CONFIRMATIONS);
    for (let i = 0; i < 3; i++) await world.keeper(debt).keep();
    expect(debt.owed).to.equal(0n);
  });

  it("pay nothing below the minimum, nor without a script", async () => {
    const small = await world.indebted(2_999n);
    await world.keeper(small).keep();
    expect(await mempool()).to.have.length(0);
  });

  it("wait while the node still reads its chain or mempool", async () => {
    const debt = await world.indebted(80_000n);
    const { node } = world;
    const syncing = {
      ...node,
      wallet: undefined,
      blockchainInfo: async () => ({ ...(await node.blockchainInfo()), initialBlockDownload: true }),
    };
    await world.keeper(debt, { node: syncing }).keep();
    const loading = { ...node, wallet: undefined, mempool: async () => ({ loaded: false, txids: [] }) };
    await world.keeper(debt, { node: loading }).keep();
    expect(await mempool()).to.have.length(0);
  });

  describe("whatever fails on the way", () => {
    for (const seed of [1, 2, 3]) {
      it(`are paid once: restarts, two appliances, lost answers, empty blocks and reorganisations, seed ${seed}`, async () => {
        const debt = await world.indebted(60_000n, 20_000n);
        const all = refundUp(debt.owed);
        const random = randomFrom(seed);
        for (let step = 0; step < 30; step++) {
          await disturb(debt, random);
          if (step % 5 === 4) expect((await debt.paid()) <= all, `after step ${step}`).to.equal(true);
        }
        for (let i = 0; i < 12; i++) {
          await world.keeper(debt).keep();
          await world.regtest.mine(1);
        }
        expect(debt.owed).to.equal(0n);
        expect(await debt.paid()).to.equal(all);
      });
    }
  });

  async function disturb(debt: Awaited<ReturnType<World["indebted"]>>, random: (below: number) => number) {
    switch (random(6)) {
      case 0:
        return world.regtest.mine(1);
      case 1:
        return emptyBlocks(1 + random(PATIENCE_BLOCKS));
      case 2: {
        const { blocks } = await world.node.blockchainInfo();
        const hash = await world.node.blockHash(blocks - random(3));
        await world.regtest.invalidate(hash ?? "");
        return emptyBlocks(random(4));
      }
      case 3: {
        const lost = {
          ...world.node,
          wallet: undefined,
          sendRawTransaction: async (raw: Uint8Array) => {
            await world.node.sendRawTransaction(raw);
            throw new Error("no answer");
          },
        };
        return world.keeper(debt, { node: lost }).keep();
      }
      case 4:
        return Promise.all([world.keeper(debt).keep(), world.keeper(debt).keep()]);
      default:
        return world.keeper(debt).keep();
    }
  }
});

/** Numbers from a seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}
