// SPDX-License-Identifier: Apache-2.0
// node --import tsx offchain/web/build.ts: builds the site and prints its hash; with --check builds it twice and compares.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSite, DIST } from "./buildSite.ts";
import { scriptSize } from "./bundle.ts";

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

const { hash, files } = await buildSite();
const { raw, gzip, brotli } = await scriptSize(DIST);
process.stdout.write(`site ${hash}  (${Object.keys(files).length} files)\n`);
process.stdout.write(`script ${kilobytes(raw)}, gzip ${kilobytes(gzip)}, brotli ${kilobytes(brotli)}\n`);

if (process.argv.includes("--check")) {
  const folder = await mkdtemp(join(tmpdir(), "xov-site-"));
  try {
    const again = await buildSite(folder);
    if (again.hash !== hash) throw new Error(`the second build has another hash: ${again.hash}`);
    process.stdout.write("a second build has the same hash\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
