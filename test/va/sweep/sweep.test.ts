// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { z } from "zod";
import { bytesToHex, type Hex } from "../../../offchain/bitcoin/bytes.ts";
import { leaseAddress } from "../../../offchain/bitcoin/leaseAddress.ts";
import { createRpc } from "../../../offchain/bitcoin/rpc.ts";
import { taprootOutput } from "../../../offchain/bitcoin/taproot.ts";
import { systemClock as clock } from "../../../offchain/core/clock.ts";
import { withChecksum } from "../../../va/bitcoin/descriptor.ts";
import { bitcoinKey } from "../../../va/bitcoin/key.ts";
import { extract, originOf, signDerived, unsignedPsbt } from "../../../va/bitcoin/psbt.ts";
import { virtualSize } from "../../../va/bitcoin/weight.ts";
import { coinsAt, derivedAddresses } from "../../../va/sweep/addresses.ts";
import { type DerivedCoin, planSweep, type SweepParameters } from "../../../va/sweep/plan.ts";
import { type Regtest, startRegtest, text } from "../../offchain/bitcoin/regtest.ts";

const { signal } = new AbortController();
const SCRIPT: Hex = `0x5120${"33".repeat(32)}`;
const LEASES: Hex[] = [1, 2, 3].map((n): Hex => `0x${n.toString().repeat(64)}`);

describe("planSweep", () => {
  const coin = (n: number, lease: number | undefined, value: bigint, height: number): DerivedCoin => ({
    txid: n.toString(16).padStart(64, "0"),
    vout: 0,
    value,
    height,
    script: SCRIPT,
    leaseId: lease === undefined ? undefined : LEASES[lease],
    derived: { internalKey: "0x00", merkleRoot: undefined },
  });
  const plan = (coins: DerivedCoin[], parameters: Partial<SweepParameters> = {}) =>
    planSweep({ coins, needed: new Map(), script: SCRIPT, feeRate: 2, ...parameters });

  it("spends every coin, less the fee", () => {
    const coins = [coin(1, 0, 10_000n, 5), coin(2, 1, 20_000n, 4), coin(3, undefined, 700n, 9)];
    const { inputs, output, fee, kept, left } = plan(coins);
    expect(inputs).to.have.length(3);
    expect(output).to.deep.equal({ script: SCRIPT, value: 30_700n - fee });
    expect(fee).to.equal(BigInt(2 * virtualSize(["p2tr", "p2tr", "p2tr"], [Buffer.alloc(34)])));
    expect([kept, left]).to.deep.equal([[], []]);
  });

  it("leaves of each lease its newest coins, until they are worth what its refund needs", () => {
    const coins = [coin(1, 0, 10_000n, 5), coin(2, 0, 10_000n, 6), coin(3, 0, 10_000n, 7), coin(4, 1, 9_000n, 1)];
    const needed = new Map([[LEASES[0] ?? "0x", 10_001n]]);
    const { inputs, kept } = plan(coins, { needed });
    expect(inputs.map(({ height }) => height)).to.deep.equal([1, 5]);
    expect(kept.map(({ height }) => height)).to.deep.equal([7, 6]);
  });

  it("leaves all of a lease whose coins are not enough", () => {
    const needed = new Map([[LEASES[0] ?? "0x", 50_000n]]);
    expect(plan([coin(1, 0, 10_000n, 5), coin(2, 1, 10_000n, 5)], { needed }).kept).to.have.length(1);
  });

  it("leaves coins that cost more than they are worth", () => {
    const { inputs, left } = plan([coin(1, 0, 100_000n, 5), coin(2, 0, 5_700n, 6)], { feeRate: 100 });
    expect(inputs).to.have.length(1);
    expect(left.map(({ value }) => value)).to.deep.equal([5_700n]);
  });

  it("leaves what does not fit one standard transaction, newest first", () => {
    const coins = Array.from({ length: 1_600 }, (_, n) => coin(n + 1, 0, 10_000n, n));
    const { inputs, left } = plan(coins);
    expect(inputs).to.have.length(1_500);
    expect(left.every(({ height }) => height >= 1_500)).to.equal(true);
  });

  it("refuses when nothing is worth it", () => {
    expect(() => plan([coin(1, 0, 400n, 5)])).to.throw(/nothing worth sweeping/);
    expect(() => plan([])).to.throw(/nothing worth sweeping/);
  });
});

describe("withChecksum", () => {
  it("agrees with BIP-380's example", () => {
    expect(withChecksum("raw(deadbeef)")).to.equal("raw(deadbeef)#89f8spxm");
  });
  it("refuses a character that no descriptor has", () => {
    expect(() => withChecksum("raw(é)")).to.throw(RangeError);
  });
});

describe("the addresses of an appliance, on a real bitcoind", function () {
  this.timeout(60_000);
  let regtest: Regtest;
  const key = bitcoinKey(bytesToHex(randomBytes(32)));
  const derived = derivedAddresses(key.publicKey, LEASES);
  before(async () => {
    regtest = await startRegtest();
    const paid = LEASES.map((leaseId) => leaseAddress(key.publicKey, leaseId, "regtest").address);
    const own = taprootOutput(key.publicKey, undefined, "regtest").address;
    for (const [i, address] of [...paid, own].entries()) await regtest.pay({ [address]: BigInt(10_000 * (i + 1)) });
    await regtest.mine(1);
  });
  after(() => regtest?.stop());

  const coins = () => {
    const auth = { user: "xov", password: "regtest" };
    return coinsAt(createRpc({ url: regtest.rpcUrl, auth, clock }), key.publicKey, derived, signal);
  };

  it("are watched by it once their descriptors are imported", async () => {
    const info = z.object({ descriptor: text });
    for (const { descriptor } of derived) {
      const [plain = ""] = descriptor.split("#");
      expect((await regtest.rpc("getdescriptorinfo", [plain], info)).descriptor).to.equal(descriptor);
    }
    await regtest.rpc("createwallet", ["watch", true, true, "", false, true], z.unknown());
    const wallet = createRpc({
      url: `${regtest.rpcUrl}/wallet/watch`,
      auth: { user: "xov", password: "regtest" },
      clock,
      retries: 0,
    });
    const requests = derived.map(({ descriptor }) => ({ desc: descriptor, timestamp: 0, label: "xov" }));
    const results = z.array(z.object({ success: z.boolean() }));
    const imported = await wallet.call({ method: "importdescriptors", params: [requests], schema: results });
    expect(imported.map(({ success }) => success)).to.deep.equal([true, true, true, true]);
    const balance = await wallet.call({ method: "getbalance", schema: z.number() });
    expect(Math.round(balance * 1e8)).to.equal(100_000);
    await regtest.rpc("unloadwallet", ["watch"], z.unknown());
  });

  it("give a PSBT with all that a taproot signer needs, whose signature the network takes", async () => {
    const found = await coins();
    expect(found.map(({ value }) => value)).to.have.members([10_000n, 20_000n, 30_000n, 40_000n]);
    const origin = originOf("1a2b3c4d/86h/0h/0h/0/7");
    const to: Hex = `0x${await scriptOfNewAddress()}`;
    const { inputs, output, fee } = planSweep({ coins: found, needed: new Map(), script: to, feeRate: 3 });
    const psbt = unsignedPsbt({ inputs, outputs: [output], origin });
    const bip32 = z.object({ pubkey: text, master_fingerprint: text, path: text, leaf_hashes: z.array(text) });
    const input = z.object({
      taproot_internal_key: text,
      taproot_merkle_root: text.optional(),
      taproot_bip32_derivs: z.array(bip32),
    });
    const schema = z.object({ inputs: z.array(input), fee: z.number() });
    const decoded = await regtest.rpc("decodepsbt", [psbt.toBase64()], schema);
    expect(Math.round(decoded.fee * 1e8)).to.equal(Number(fee));
    for (const [i, each] of decoded.inputs.entries()) {
      expect(each.taproot_internal_key).to.equal(key.publicKey.slice(2));
      expect(each.taproot_merkle_root).to.equal(inputs[i]?.derived?.merkleRoot?.slice(2));
      expect(each.taproot_bip32_derivs).to.deep.equal([
        {
          pubkey: key.publicKey.slice(2),
          master_fingerprint: "1a2b3c4d",
          path: "m/86h/0h/0h/0/7",
          leaf_hashes: [],
        },
      ]);
    }
    signDerived(psbt, inputs, key);
    const raw = extract(psbt);
    const txid = await regtest.node.sendRawTransaction(raw);
    const size = z.object({ vsize: z.number() });
    expect((await regtest.rpc("getmempoolentry", [txid], size)).vsize).to.be.at.most(virtualSizeOf(inputs.length));
    await regtest.mine(1);
    expect(await coins()).to.deep.equal([]);
  });

  it("are not signed for by another key", async () => {
    const stranger = bitcoinKey(bytesToHex(randomBytes(32)));
    const script = leaseAddress(key.publicKey, LEASES[0] ?? "0x", "regtest").script;
    const coin = {
      txid: "11".repeat(32),
      vout: 0,
      value: 10_000n,
      script,
      derived: { internalKey: key.publicKey, merkleRoot: undefined },
    };
    const psbt = unsignedPsbt({ inputs: [coin], outputs: [{ script: SCRIPT, value: 9_000n }] });
    expect(() => signDerived(psbt, [coin], stranger)).to.throw(/does not make the address/);
    expect(() => extract(psbt)).to.throw(/not signed/);
  });

  const virtualSizeOf = (count: number) =>
    virtualSize(
      Array.from({ length: count }, () => "p2tr"),
      [Buffer.alloc(34)],
    );

  async function scriptOfNewAddress(): Promise<string> {
    const address = await regtest.rpc("getnewaddress", ["", "bech32m"], text);
    return (await regtest.rpc("getaddressinfo", [address], z.object({ scriptPubKey: text }))).scriptPubKey;
  }
});
