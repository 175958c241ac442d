// SPDX-License-Identifier: Apache-2.0
// The compiled contracts and their TypeScript types. Hardhat has a cache of its own, but asking it costs seconds.

import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE, exclusively, exists, ROOT, run, step, textOf } from "./steps.mjs";
import { TYPES, tidyTypes } from "./types.mjs";

const STAMP = join(CACHE, "contracts.stamp");
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
      await tidyTypes(begun);
      await writeFile(STAMP, stamp);
    }),
  );
}

async function isDone() {
  for (const product of PRODUCTS) if (!(await exists(product))) return false;
  return (await textOf(STAMP)) === (await stampOf());
}

async function stampOf() {
  const sources = (await readdir(join(ROOT, "contracts"), { recursive: true })).filter((name) =>
    /(?<!\.t)\.sol$/.test(name),
  );
  const names = ["hardhat.config.ts", "package-lock.json", ...sources.sort().map((name) => join("contracts", name))];
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${name}\0`).update(await readFile(join(ROOT, name)));
  return hash.digest("hex");
}
