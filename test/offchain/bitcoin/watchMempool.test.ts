// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { z } from "zod";
import { type Hex, hexToBytes } from "../../../offchain/bitcoin/bytes.ts";
import { type LeaseAddress, leaseAddress } from "../../../offchain/bitcoin/leaseAddress.ts";
import { type MempoolUpdate, watchMempool } from "../../../offchain/bitcoin/watchMempool.ts";
import { systemClock } from "../../../offchain/core/clock.ts";
import { type Regtest, startRegtest, take, text } from "./regtest.ts";

const BITCOIN_KEY = "0x187791b6f712a8ea41c8ecdd0ee77fab3e85263b37e1ec18a3651926b3a6cf27";
const lease = (n: number) => leaseAddress(BITCOIN_KEY, `0x${n.toString(16).padStart(64, "0")}`, "regtest");

describe("watchMempool", function () {
  this.timeout(20_000);
  let regtest: Regtest;
  const stopping = new AbortController();

  before(async () => {
    regtest = await startRegtest();
  });

  after(async () => {
    stopping.abort();
    await regtest.stop();
  });

  /** Watches these leases, and whichever are put into the map later. */
  function watch(...leases: readonly LeaseAddress[]) {
    const watched = new Map<Hex, LeaseAddress>(leases.map((each) => [each.script, each]));
    const { node } = regtest;
    const updates = watchMempool({
      node,
      watched: () => watched,
      clock: systemClock,
      signal: stopping.signal,
      pollMs: 5,
    });
    return { watched, updates };
  }

  const seen = (update: MempoolUpdate<LeaseAddress> | undefined) => {
    expect(update).to.include({ type: "seen" });
    const { to, txid, value, script } = update?.payment ?? {};
    expect(script).to.equal(to?.script);
    return { lease: to?.leaseId, txid, value };
  };

  it("sees payments, several of one transaction too, and that they were mined", async () => {
    const [a, b] = [lease(1), lease(2)];
    const { updates } = watch(a, b);
    const first = updates.next();
    await regtest.pay({ [lease(3).address]: 10_000n });
    const txid = await regtest.pay({ [a.address]: 50_000n, [b.address]: 60_000n, [lease(4).address]: 70_000n });
    const both = [await first, await updates.next()].map(({ value }) => seen(value || undefined));
    expect(both).to.have.deep.members([
      { lease: a.leaseId, txid, value: 50_000n },
      { lease: b.leaseId, txid, value: 60_000n },
    ]);
    await regtest.mine(1);
    const gone = await take(updates, 2);
    expect(gone.map(({ type, payment }) => [type, payment.txid])).to.deep.equal(Array(2).fill(["gone", txid]));
    for (const update of gone) expect(update).to.have.property("reason", "mined");
  });

  it("sees what was paid before it started, and before the script was watched", async () => {
    const [early, late] = [lease(5), lease(6)];
    const txid = await regtest.pay({ [early.address]: 20_000n });
    const lateTxid = await regtest.pay({ [late.address]: 30_000n });
    const { watched, updates } = watch(early);
    expect(seen((await take(updates, 1))[0])).to.deep.equal({ lease: early.leaseId, txid, value: 20_000n });
    const next = updates.next();
    watched.set(late.script, late);
    expect(seen((await next).value || undefined)).to.deep.equal({
      lease: late.leaseId,
      txid: lateTxid,
      value: 30_000n,
    });
  });

  it("tells when a payment is replaced (BIP-125), and by what", async () => {
    const paid = lease(7);
    const { updates } = watch(paid);
    const txid = await regtest.pay({ [paid.address]: 40_000n });
    await take(updates, 1);
    const bumped = await regtest.rpc("bumpfee", [txid], z.object({ txid: text }));
    const [replacement, gone] = await take(updates, 2);
    expect(seen(replacement)).to.deep.equal({ lease: paid.leaseId, txid: bumped.txid, value: 40_000n });
    expect(gone).to.include({ type: "gone", reason: "replaced", replacedBy: bumped.txid });
    expect(gone?.payment.txid).to.equal(txid);
  });

  it("tells when a payment is replaced by one that pays somebody else", async () => {
    const paid = lease(8);
    const { updates } = watch(paid);
    const txid = await regtest.pay({ [paid.address]: 45_000n });
    await take(updates, 1);
    const other = await regtest.rpc("getnewaddress", [], text);
    const options = { outputs: [{ [other]: 0.0001 }] };
    const bumped = await regtest.rpc("bumpfee", [txid, options], z.object({ txid: text }));
    const [gone] = await take(updates, 1);
    expect(gone).to.include({ type: "gone", reason: "replaced", replacedBy: bumped.txid });
  });

  it("tells when a conflicting transaction was mined instead", async () => {
    const paid = lease(9);
    const { updates } = watch(paid);
    const txid = await regtest.pay({ [paid.address]: 46_000n });
    await take(updates, 1);
    const other = await regtest.rpc("getnewaddress", [], text);
    const options = { outputs: [{ [other]: 0.0001 }] };
    const next = updates.next();
    const psbt = await regtest.rpc("psbtbumpfee", [txid, options], z.object({ psbt: text }));
    const signed = await regtest.rpc("walletprocesspsbt", [psbt.psbt], z.object({ hex: text }));
    await regtest.rpc("generateblock", [other, [signed.hex]], z.unknown());
    expect((await next).value).to.include({ type: "gone", reason: "dropped" });
  });

  it("sees a payment again that a reorg threw back into the mempool", async () => {
    const paid = lease(10);
    const { updates } = watch(paid);
    const txid = await regtest.pay({ [paid.address]: 47_000n });
    await take(updates, 1);
    const [block] = await regtest.mine(1);
    expect((await take(updates, 1))[0]).to.include({ type: "gone", reason: "mined" });
    await regtest.invalidate(block ?? "");
    expect(seen((await take(updates, 1))[0])).to.deep.equal({ lease: paid.leaseId, txid, value: 47_000n });
  });

  it("takes a restart of the node for nothing more, as the mempool survives it", async () => {
    const [before, after] = [lease(11), lease(12)];
    const { updates } = watch(before, after);
    await regtest.pay({ [before.address]: 48_000n });
    await take(updates, 1);
    const next = updates.next();
    await regtest.restart();
    const txid = await regtest.pay({ [after.address]: 49_000n });
    expect(seen((await next).value || undefined)).to.deep.equal({ lease: after.leaseId, txid, value: 49_000n });
  });

  it("sends what it is given once, however often it is asked", async () => {
    const { node, rpc, mine } = regtest;
    const txid = await regtest.pay({ [lease(13).address]: 50_000n });
    const raw = hexToBytes(await rpc("getrawtransaction", [txid], text));
    expect(await node.sendRawTransaction(raw)).to.equal(txid);
    await mine(1);
    expect(await node.sendRawTransaction(raw)).to.equal(txid);
  });
});
