// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import * as ecc from "@bitcoinerlab/secp256k1";
import { initEccLib, networks, payments } from "bitcoinjs-lib";
import { expect } from "chai";
import fc from "fast-check";
import { z } from "zod";
import { bip21Uri } from "../../../offchain/bitcoin/bip21Uri.ts";
import { bytesToHex, type Hex, hexToBytes } from "../../../offchain/bitcoin/bytes.ts";
import { leaseAddress } from "../../../offchain/bitcoin/leaseAddress.ts";
import { taprootOutput } from "../../../offchain/bitcoin/taproot.ts";

const hex = z.string().transform((digits): Hex => `0x${digits}`);
const vectorFile = z.object({
  vectors: z.array(z.object({ internalPubkey: hex, merkleRoot: hex, tweak: hex, tweakedPubkey: hex })),
});

/** A secret key from 1 to n − 1, as good as always, and so a valid x-only key. */
const internalKeys = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((secret) => ecc.isPrivate(secret))
  .map((secret) => bytesToHex(ecc.xOnlyPointFromScalar(secret)));
const words = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex);

describe("taprootOutput", () => {
  it("gives the output keys of BIP-341's test vectors", async () => {
    const file = new URL("../../vectors/bitcoin/bip341-output-keys.json", import.meta.url);
    const { vectors } = vectorFile.parse(JSON.parse(await readFile(file, "utf8")));
    expect(vectors).not.to.have.length(0);
    for (const { internalPubkey, merkleRoot, tweak, tweakedPubkey } of vectors) {
      const output = taprootOutput(internalPubkey, merkleRoot, "mainnet");
      expect(output).to.include({ tweak, script: `0x5120${tweakedPubkey.slice(2)}` });
      expect(output.outputKey.x).to.equal(tweakedPubkey);
    }
  });

  it("gives the addresses of BIP-341's test vectors, with and without a script tree", () => {
    const without = taprootOutput(
      "0xd6889cb081036e0faefa3a35157ad71086b123b2b144b649798b494c300a961d",
      undefined,
      "mainnet",
    );
    expect(without.address).to.equal("bc1p2wsldez5mud2yam29q22wgfh9439spgduvct83k3pm50fcxa5dps59h4z5");
    const withTree = taprootOutput(
      "0x187791b6f712a8ea41c8ecdd0ee77fab3e85263b37e1ec18a3651926b3a6cf27",
      "0x5b75adecf53548f3ec6ad7d78383bf84cc57b55a3127c72b9a2481752dd88b21",
      "mainnet",
    );
    expect(withTree.address).to.equal("bc1pz37fc4cn9ah8anwm4xqqhvxygjf9rjf2resrw8h8w4tmvcs0863sa2e586");
  });

  it("agrees with bitcoinjs for any key and root, and gives y of the same point", () => {
    initEccLib(ecc);
    fc.assert(
      fc.property(internalKeys, words, (key, root) => {
        const { address, outputKey, tweak } = taprootOutput(key, root, "regtest");
        const internalPubkey = hexToBytes(key);
        const expected = payments.p2tr({ internalPubkey, hash: hexToBytes(root), network: networks.regtest });
        expect(address).to.equal(expected.address);
        const point = hexToBytes(`0x04${outputKey.x.slice(2)}${outputKey.y.slice(2)}`);
        expect(ecc.isPoint(point)).to.equal(true);
        const { parity } = ecc.xOnlyPointAddTweak(internalPubkey, hexToBytes(tweak)) ?? {};
        expect(BigInt(outputKey.y) % 2n).to.equal(BigInt(parity ?? -1));
      }),
      { numRuns: 25 },
    );
  });

  it("refuses keys that are no point, and wrong lengths", () => {
    const notOnTheCurve = `0x${"00".repeat(31)}05` as const; // 5³ + 7 has no square root
    expect(() => taprootOutput(notOnTheCurve, undefined, "mainnet")).to.throw(RangeError, "not on the curve");
    expect(() => taprootOutput(`0x${"ff".repeat(32)}`, undefined, "mainnet")).to.throw(RangeError, "not on the curve");
    expect(() => taprootOutput("0x02", undefined, "mainnet")).to.throw(RangeError, "has 1 bytes, needs 32");
    expect(() => leaseAddress(`0x${"11".repeat(32)}`, "0x00", "mainnet")).to.throw(RangeError, "the lease id");
    expect(() => leaseAddress("0xzz", `0x${"11".repeat(32)}`, "mainnet")).to.throw(TypeError, "hexadecimal");
  });
});

describe("leaseAddress", () => {
  const key = "0x187791b6f712a8ea41c8ecdd0ee77fab3e85263b37e1ec18a3651926b3a6cf27";

  it("commits to the tagged hash of the lease id", () => {
    fc.assert(
      fc.property(words, (leaseId) => {
        const lease = leaseAddress(key, leaseId, "regtest");
        expect(lease).to.deep.include(taprootOutput(key, lease.merkleRoot, "regtest"));
        expect(lease).to.include({ leaseId, bitcoinKey: key });
      }),
      { numRuns: 10 },
    );
    // sha256(sha256("xov/lease") ‖ sha256("xov/lease") ‖ 32 zero bytes), computed with Python's hashlib
    const zero = leaseAddress(key, `0x${"00".repeat(32)}`, "regtest");
    expect(zero.merkleRoot).to.equal("0x5c4c6f9b655e96dc59322b7bcc00ad2a5fae972937c358caba5d3cceec6ca9c0");
  });

  it("writes the same script with each network's prefix", () => {
    const leaseId = `0x${"11".repeat(32)}` as const;
    const prefixes = { mainnet: "bc1p", testnet: "tb1p", signet: "tb1p", regtest: "bcrt1p" } as const;
    const scripts = Object.entries(prefixes).map(([network, prefix]) => {
      const { address, script } = leaseAddress(key, leaseId, network as keyof typeof prefixes);
      expect(address.startsWith(prefix)).to.equal(true);
      return script;
    });
    expect(new Set(scripts).size).to.equal(1);
  });
});

describe("bip21Uri", () => {
  const address = "bcrt1p23qgrw7mk98y04n0epeq7qvnygrpt8nfxglwljrqpljncemaj72swvm47p";

  it("writes exact decimal amounts and escapes the label", () => {
    const uri = bip21Uri({ address, amountSats: 50_000n, label: "lease & more" });
    expect(uri).to.equal(`bitcoin:${address}?amount=0.0005&label=lease%20%26%20more`);
    expect(bip21Uri({ address })).to.equal(`bitcoin:${address}`);
    expect(bip21Uri({ address, amountSats: 1n })).to.contain("amount=0.00000001");
    expect(bip21Uri({ address, amountSats: 2_100_000_000_000_000n })).to.match(/amount=21000000$/);
    expect(() => bip21Uri({ address, amountSats: 0n })).to.throw(RangeError);
  });

  it("loses no satoshi", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2_100_000_000_000_000n }), (amountSats) => {
        const amount = new URL(bip21Uri({ address, amountSats })).searchParams.get("amount") ?? "";
        const [whole = "", fraction = ""] = amount.split(".");
        expect(BigInt(whole + fraction.padEnd(8, "0"))).to.equal(amountSats);
      }),
    );
  });
});
