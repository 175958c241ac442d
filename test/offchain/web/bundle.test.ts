// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { xOnlyPointFromScalar } from "@bitcoinerlab/secp256k1";
import { expect } from "chai";
import { bytesToHex, hexToBytes, keccak256, toHex } from "viem";
import { build } from "vite";
import { leaseAddress } from "../../../offchain/bitcoin/leaseAddress.ts";
import { buildSite } from "../../../offchain/web/buildSite.ts";
import { describeBundle, scriptSize } from "../../../offchain/web/bundle.ts";
import { onlyPointAddScalar } from "../../../offchain/web/plugins.ts";

/** The goal for all scripts together, compressed as they are served. */
const MOST_BYTES = 200_000;

describe("web: the bundle", function () {
  this.timeout(120_000);
  const folders: string[] = [];
  const folder = async () => {
    const made = await mkdtemp(join(tmpdir(), "xov-site-"));
    folders.push(made);
    return made;
  };
  after(async () => {
    for (const each of folders) await rm(each, { recursive: true, force: true });
  });

  it("is the same from two builds, is described by its hash, and is small", async () => {
    const [one, two] = [await folder(), await folder()];
    const first = await buildSite(one);
    const second = await buildSite(two);
    expect(second).to.deep.equal(first);
    expect(await describeBundle(one)).to.deep.equal(first);
    expect(JSON.parse(await readFile(join(one, "bundle.json"), "utf8"))).to.deep.equal(first);
    const { gzip, brotli } = await scriptSize(one);
    expect(gzip, "gzip").to.be.below(MOST_BYTES);
    expect(brotli, "brotli").to.be.below(MOST_BYTES);
  });

  it("makes the addresses that the daemons make, with less code for it", async () => {
    const built = await folder();
    const entry = fileURLToPath(new URL("../../../offchain/bitcoin/leaseAddress.ts", import.meta.url));
    await build({
      configFile: false,
      logLevel: "error",
      plugins: [onlyPointAddScalar()],
      build: { outDir: built, lib: { entry, formats: ["es"], fileName: "address" } },
    });
    const page: { leaseAddress: typeof leaseAddress } = await import(join(built, "address.js"));
    for (let n = 1; n <= 20; n++) {
      const key = bytesToHex(xOnlyPointFromScalar(hexToBytes(keccak256(toHex(`key ${n}`)))));
      const leaseId = keccak256(toHex(`lease ${n}`));
      expect(page.leaseAddress(key, leaseId, "mainnet")).to.deep.equal(leaseAddress(key, leaseId, "mainnet"));
    }
    const noPoint = toHex(5n, { size: 32 });
    for (const each of [page.leaseAddress, leaseAddress]) {
      expect(() => each(noPoint, keccak256("0x"), "mainnet")).to.throw(RangeError, "not on the curve");
    }
  });

  it("has no inline script or style, and names no other site", async () => {
    const built = await folder();
    const { files } = await buildSite(built);
    const page = await readFile(join(built, "index.html"), "utf8");
    expect(page).not.to.match(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i);
    expect(page).not.to.match(/https?:\/\//);
    const css = Object.keys(files).filter((file) => file.endsWith(".css"));
    for (const file of css) expect(await readFile(join(built, file), "utf8")).not.to.match(/url\(|@import/);
  });
});
