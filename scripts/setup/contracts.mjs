// SPDX-License-Identifier: Apache-2.0
// The compiled contracts and their TypeScript types. Hardhat has a cache of its own, but asking it costs seconds.

import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE, exclusively, exists, ROOT, run, step, textOf } from "./steps.mjs";

const STAMP = join(CACHE, "contracts.stamp");
const CLOCK_TICK_MS = 50; // file times are coarser than the clock
const TYPES = join(ROOT, "typechain-types");
const PRODUCTS = [join(ROOT, "artifacts/contracts"), join(TYPES, "index.ts")];

/** Compiles the contracts unless neither they nor what compiles them has changed since. */
export async function ensureContracts(node, env) {
  if (await isDone()) return;
  await step("contracts", () =>
    exclusively("contracts", async () => {
      if (await isDone()) return;
      const stamp = await stampOf();
      await rm(STAMP, { force: true });
      const begun = Date.now();
      await run(node, ["node_modules/hardhat/dist/src/cli.js", "build", "--no-tests"], { env });
      await removeTypesFrom(begun - CLOCK_TICK_MS);
      await writeFile(STAMP, stamp);
    }),
  );
}

/** Every build writes every type anew; what is older belongs to a contract that is no more. */
async function removeTypesFrom(time) {
  for (const entry of await readdir(TYPES, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await stat(path)).mtimeMs < time) await rm(path);
  }
}

async function isDone() {
  for (const product of PRODUCTS) if (!(await exists(product))) return false;
  return (await textOf(STAMP)) === (await stampOf());
}

async function stampOf() {
  const sources = (await readdir(join(ROOT, "contracts"), { recursive: true })).filter((name) => name.endsWith(".sol"));
  const names = ["hardhat.config.ts", "package-lock.json", ...sources.sort().map((name) => join("contracts", name))];
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${name}\0`).update(await readFile(join(ROOT, name)));
  return hash.digest("hex");
}
