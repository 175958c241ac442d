// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import * as secp256k1 from "@bitcoinerlab/secp256k1";
import { expect } from "chai";
import fc from "fast-check";
import { z } from "zod";
import { hex } from "./support/blocks.ts";
import { connection } from "./support/lightClient.ts";
import { keyOf, leaseKeyOf, leaseOf, leaseRootOf, outputKeyOf, scriptOf, tweakOf } from "./support/payments.ts";

const { ethers, networkHelpers } = connection;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const { vectors } = z
  .object({
    vectors: z.array(z.object({ internalPubkey: hash, merkleRoot: hash, tweak: hash, tweakedPubkey: hash })),
  })
  .parse(JSON.parse(readFileSync(new URL("../../vectors/bitcoin/bip341-output-keys.json", import.meta.url), "utf8")));

const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const FIELD = 2n ** 256n - 2n ** 32n - 977n;
const word = (value: bigint): string => ethers.toBeHex(value, 32);

/** The two y of an x. */
const ordinatesOf = (x: string): string[] =>
  ["02", "03"].map((sign) =>
    hex(Buffer.from(secp256k1.pointCompress(Buffer.from(`${sign}${x}`, "hex"), false)).subarray(33)),
  );

const deploy = () => ethers.deployContract("TaprootAddressHarness");

describe("TaprootAddress", () => {
  describe("given the vectors of BIP-341", () => {
    for (const { internalPubkey, merkleRoot, tweak, tweakedPubkey } of vectors) {
      it(`finds ${tweakedPubkey.slice(0, 8)}…, with one y and not with the other`, async () => {
        const taproot = await networkHelpers.loadFixture(deploy);
        const [key, root, x] = [`0x${internalPubkey}`, `0x${merkleRoot}`, `0x${tweakedPubkey}`];
        expect(await taproot.tweak(key, root)).to.equal(BigInt(`0x${tweak}`));
        const results = await Promise.all(ordinatesOf(tweakedPubkey).map((y) => taproot.isOutputKey(x, y, key, root)));
        expect(results.filter((result) => result)).to.have.length(1);
        expect(await taproot.lifts(key)).to.equal(true);
      });
    }
  });

  it("agrees with another implementation for any key and lease", async () => {
    const taproot = await networkHelpers.loadFixture(deploy);
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (name, lease) => {
        const [key, leaseId] = [keyOf(name), leaseOf(lease)];
        const address = leaseKeyOf(key, leaseId);
        const root = await taproot.leaseRoot(hex(leaseId));
        expect(root).to.equal(hex(leaseRootOf(leaseId)));
        expect(await taproot.tweak(hex(key), root)).to.equal(BigInt(hex(tweakOf(key, leaseRootOf(leaseId)))));
        expect(await taproot.isPaidTo(hex(scriptOf(address)), hex(address.y), hex(key), root)).to.equal(true);
      }),
      { numRuns: 25 },
    );
  });

  it("refuses another x, y, key and root", async () => {
    const taproot = await networkHelpers.loadFixture(deploy);
    const [key, root] = [keyOf("appliance"), leaseRootOf(leaseOf("one"))];
    const { x, y } = outputKeyOf(key, root);
    expect(await taproot.isOutputKey(hex(x), hex(y), hex(key), hex(root))).to.equal(true);
    const other = outputKeyOf(keyOf("other"), root);
    expect(await taproot.isOutputKey(hex(other.x), hex(y), hex(key), hex(root))).to.equal(false);
    expect(await taproot.isOutputKey(hex(x), word(FIELD - BigInt(hex(y))), hex(key), hex(root))).to.equal(false);
    expect(await taproot.isOutputKey(hex(x), hex(y), hex(keyOf("other")), hex(root))).to.equal(false);
    expect(await taproot.isOutputKey(hex(x), hex(y), hex(key), hex(leaseRootOf(leaseOf("two"))))).to.equal(false);
    // The internal key itself is what a wallet would pay that dropped the commitment.
    expect(await taproot.isOutputKey(hex(key), hex(y), hex(key), hex(root))).to.equal(false);
  });

  it("refuses scripts of other types and lengths", async () => {
    const taproot = await networkHelpers.loadFixture(deploy);
    const [key, root] = [keyOf("appliance"), leaseRootOf(leaseOf("one"))];
    const address = outputKeyOf(key, root);
    const script = scriptOf(address).toString("hex");
    for (const bad of [
      "",
      script.slice(2),
      `${script}00`,
      script.slice(0, -2),
      `52${script.slice(2)}`,
      `00${script.slice(2)}`,
    ]) {
      expect(await taproot.isPaidTo(`0x${bad}`, hex(address.y), hex(key), hex(root))).to.equal(false);
    }
  });

  it("refuses keys that are no x of a point, zero, or not below the group's order", async () => {
    const taproot = await networkHelpers.loadFixture(deploy);
    const root = hex(leaseRootOf(leaseOf("one")));
    // 5 is the least positive integer that is no x on the curve.
    for (const bad of [0n, 5n, N, N + 1n, FIELD - 1n, FIELD, 2n ** 256n - 1n]) {
      expect(await taproot.lifts(word(bad))).to.equal(false);
      expect(await taproot.isOutputKey(word(1n), word(1n), word(bad), root)).to.equal(false);
    }
    expect(await taproot.lifts(word(1n))).to.equal(true);
    expect(await taproot.lifts(hex(keyOf("appliance")))).to.equal(true);
  });

  it("agrees on which x lift", async () => {
    const taproot = await networkHelpers.loadFixture(deploy);
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 1n, max: N - 1n }), async (x) => {
        const isPoint = secp256k1.isPoint(Buffer.from(`02${word(x).slice(2)}`, "hex"));
        expect(await taproot.lifts(word(x))).to.equal(isPoint);
      }),
      { numRuns: 50 },
    );
  });
});
