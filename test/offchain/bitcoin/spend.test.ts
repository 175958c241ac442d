// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import * as ecc from "@bitcoinerlab/secp256k1";
import { initEccLib, networks, Psbt, type Signer } from "bitcoinjs-lib";
import { expect } from "chai";
import { z } from "zod";
import { bytesToHex, hexToBytes } from "../../../offchain/bitcoin/bytes.ts";
import { findPayments, type Payment } from "../../../offchain/bitcoin/findPayments.ts";
import { type LeaseAddress, leaseAddress } from "../../../offchain/bitcoin/leaseAddress.ts";
import { rootOf } from "../../../offchain/bitcoin/merkleProof.ts";
import { provePayments } from "../../../offchain/bitcoin/provePayments.ts";
import { taggedHash } from "../../../offchain/bitcoin/taproot.ts";
import { type Regtest, startRegtest, text } from "./regtest.ts";

/** What a wallet does with tapInternalKey and tapMerkleRoot: BIP-341, "taproot_tweak_seckey". */
function tweakedSigner(secret: Uint8Array, merkleRoot: Uint8Array): Signer {
  const point = ecc.pointFromScalar(secret, true);
  if (point === null) throw new Error("no key");
  const even = point[0] === 3 ? ecc.privateNegate(secret) : secret;
  const tweaked = ecc.privateAdd(even, taggedHash("TapTweak", Buffer.concat([point.subarray(1), merkleRoot])));
  const publicKey = tweaked && ecc.pointFromScalar(tweaked, true);
  if (tweaked === null || publicKey === null) throw new Error("no tweaked key");
  return { publicKey, sign: (hash) => ecc.sign(hash, tweaked), signSchnorr: (hash) => ecc.signSchnorr(hash, tweaked) };
}

describe("the coins of lease addresses", function () {
  this.timeout(20_000);
  let regtest: Regtest;
  const secret = Uint8Array.from(randomBytes(32));
  const bitcoinKey = bytesToHex(ecc.xOnlyPointFromScalar(secret));
  const leases = [1, 2].map((n) => leaseAddress(bitcoinKey, `0x${n.toString().repeat(64)}`, "regtest"));
  const watched = new Map(leases.map((lease) => [lease.script, lease]));

  before(async () => {
    initEccLib(ecc);
    regtest = await startRegtest();
  });

  after(() => regtest.stop());

  /** Pays every lease in one transaction, the first in another one too, and mines both in one block. */
  async function payAndMine() {
    const { node, pay, mine } = regtest;
    await pay(Object.fromEntries(leases.map(({ address }) => [address, 100_000n])));
    await pay({ [leases[0]?.address ?? ""]: 200_000n });
    const [hash = ""] = await mine(1);
    const block = await node.block(hash);
    const { height = -1 } = (await node.blockHeader(hash)) ?? {};
    return { block, height, payments: findPayments(block.transactions, watched) };
  }

  it("are proven to be in the node's block", async () => {
    const { block, height, payments } = await payAndMine();
    expect(payments.map(({ value }) => value)).to.have.members([100_000n, 100_000n, 200_000n]);
    const proof = provePayments({ block, height, payments });
    expect(proof.blockHash).to.equal(await regtest.node.blockHash(height));
    expect(proof.transactions).to.have.length(2);
    for (const { txid, full, ...place } of proof.transactions) {
      expect(rootOf(txid, place)).to.equal(block.merkleRoot);
      const raw = await regtest.rpc("getrawtransaction", [txid, false, proof.blockHash], text);
      expect(full).to.equal(`0x${raw}`);
    }
    // bitcoind's own proof of the same transactions, checked by bitcoind, names the same block and transactions.
    const txids = proof.transactions.map(({ txid }) => txid);
    const theirs = await regtest.rpc("gettxoutproof", [txids, proof.blockHash], text);
    expect(theirs.slice(0, 160)).to.equal(proof.header.slice(2));
  });

  it("are spent with a standard PSBT by whoever has the appliance's key", async () => {
    const { payments } = await payAndMine();
    const { node, rpc, mine } = regtest;
    const raw = spend(payments, hexToBytes(await scriptOfNewAddress()));
    const txid = await node.sendRawTransaction(raw);
    expect((await node.mempool()).txids).to.include(txid);
    const [hash = ""] = await mine(1);
    expect(await node.isUnspentInChain({ txid, vout: 0 })).to.equal(true);
    expect(await rpc("getrawtransaction", [txid, false, hash], text)).to.equal(Buffer.from(raw).toString("hex"));
  });

  async function scriptOfNewAddress(): Promise<string> {
    const { rpc } = regtest;
    const address = await rpc("getnewaddress", [], text);
    return (await rpc("getaddressinfo", [address], z.object({ scriptPubKey: text }))).scriptPubKey;
  }

  /** One transaction that spends all of them, signed through a PSBT as it would pass between two programs. */
  function spend(payments: readonly Payment<LeaseAddress>[], script: Uint8Array): Uint8Array {
    const unsigned = new Psbt({ network: networks.regtest });
    for (const { to, txid, vout, value, script: paid } of payments) {
      unsigned.addInput({
        hash: txid,
        index: vout,
        witnessUtxo: { script: hexToBytes(paid), value },
        tapInternalKey: hexToBytes(to.bitcoinKey),
        tapMerkleRoot: hexToBytes(to.merkleRoot),
      });
    }
    const total = payments.reduce((sum, { value }) => sum + value, 0n);
    unsigned.addOutput({ script, value: total - 1_000n });
    const psbt = Psbt.fromBase64(unsigned.toBase64(), { network: networks.regtest });
    for (const [i, { to }] of payments.entries()) psbt.signInput(i, tweakedSigner(secret, hexToBytes(to.merkleRoot)));
    psbt.finalizeAllInputs();
    return psbt.extractTransaction().toBuffer();
  }
});
