// SPDX-License-Identifier: Apache-2.0
// The npm packages, as the lock file says. `npm ci` is not used: it refuses a lock file that was written on one
// platform and leaves out the optional binaries of others.

import { createHash } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { npmCommand } from "./node.mjs";
import { exclusively, ROOT, run, step, textOf } from "./steps.mjs";

const STAMP = join(ROOT, "node_modules/.xov-stamp");

/** Installs the packages unless those that are there were installed from the same lock file by the same Node. */
export async function ensurePackages(node, env) {
  const lock = await textOf(join(ROOT, "package-lock.json"));
  const stamp = await stampOf(lock ?? "", node);
  if ((await textOf(STAMP)) === stamp) return;
  await step("npm packages", () =>
    exclusively("packages", async () => {
      if ((await textOf(STAMP)) === stamp) return;
      await rm(STAMP, { force: true });
      await install(lock ?? "", node, env);
      await writeFile(STAMP, stamp);
    }),
  );
}

async function stampOf(lock, node) {
  const { dependencies, devDependencies } = JSON.parse((await textOf(join(ROOT, "package.json"))) ?? "{}");
  const version = (await run(node, ["--version"])).trim();
  return createHash("sha256")
    .update(JSON.stringify([lock, dependencies, devDependencies, version, process.platform, process.arch]))
    .digest("hex");
}

async function install(lock, node, env) {
  const [program, ...args] = npmCommand(node);
  const options = ["--no-save", "--ignore-scripts", "--include=dev", "--include=optional", "--prefer-offline"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  // npm never adds an optional binary that the lock file leaves out, so elsewhere only package.json's exact versions hold.
  const known = lock.includes(`"node_modules/@nomicfoundation/edr-${process.platform}-${process.arch}`);
  await run(program, [...args, "install", ...options, ...quiet, ...(known ? [] : ["--no-package-lock"])], { env });
}
